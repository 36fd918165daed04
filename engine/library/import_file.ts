/** A file handed to the importers, the cap on their size, and what may be imported, in words for hints. */
import { WorkbenchError } from '../protocol/errors.ts';

export interface ImportFile {
  /** Relative to what the user picked, with forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** All files of one import together: a measured library is 1 MB, a large Puzzletron run some tens of MB. */
export const MAX_IMPORT_BYTES = 128 * 2 ** 20;

export const SUPPORTED_FORMATS =
  'Supported are: a library of this workbench (JSON with format "puzzle-workbench/library"); ' +
  'the NVlabs/puzzle demo folder (block_library.json with measurement_info.json and parent_block_stats.json); ' +
  'a Puzzletron folder (replacement_library.json, subblock_stats.json and ' +
  'single_sequence_replacement_solutions--validation/).';

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 1)} MiB`;

/** Throws `too_large` for files that together exceed the cap, naming the largest. */
export function checkImportSize(files: readonly { readonly path: string; readonly size: number }[]): void {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const largest = files.reduce<{ path: string; size: number } | undefined>(
    (most, file) => (most === undefined || file.size > most.size ? file : most),
    undefined,
  );
  if (largest === undefined || total <= MAX_IMPORT_BYTES) return;
  const found = files.length === 1 ? mib(total) : `${mib(total)} in ${files.length} files, ${mib(largest.size)} of it here`;
  throw new WorkbenchError('too_large', `${largest.path}: an import may hold ${mib(MAX_IMPORT_BYTES)} of JSON, this one has ${found}.`, {
    details: { file: largest.path, expected: `at most ${mib(MAX_IMPORT_BYTES)}`, found },
    hint: `Pick only the files of the block library, or leave out per-sample metrics and further measurements. ${SUPPORTED_FORMATS}`,
  });
}
