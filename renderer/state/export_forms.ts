/** What can be said of the forms of an export before anything is written. */
import type { LoaderVerdict } from '../../engine/protocol/api.ts';
import { FORMATS, type Format } from '../../engine/protocol/hardware.ts';
import type { LibraryHeader } from '../../engine/protocol/library.ts';
import { formatCount } from './format.ts';
import { FORMAT_NAMES } from './recipe_choices.ts';

/**
 * Why a DeciLM config.json cannot be written, empty where it can: then every loader refuses, and what the form cannot express is
 * what all of them say.
 */
export function deciLmObstacles(loaders: readonly LoaderVerdict[]): readonly string[] {
  const [first, ...others] = loaders;
  if (first === undefined || loaders.some(({ verdict }) => verdict !== 'refuses')) return [];
  return first.reasons.filter((reason) => others.every(({ reasons }) => reasons.includes(reason)));
}

/** Bytes of one number; formats that share scales among several numbers are left out. */
const BYTES: Readonly<Partial<Record<Format, number>>> = { fp32: 4, bf16: 2, fp16: 2, fp8: 1, int8: 1 };

/** The KV cache of a token as the library that the child is of keeps it, else at FP8. */
export function kvCacheText(bytesAtFp8: number, header: Pick<LibraryHeader, 'columns' | 'measurements'> | undefined): string {
  const measurement = header?.columns.find(({ id }) => id === 'memory_mib')?.measurement;
  const kept = (header?.measurements.find(({ id }) => id === measurement) ?? header?.measurements[0])?.dtypes.kv;
  const known = FORMATS.find((format) => format === kept && BYTES[format] !== undefined);
  return `${formatCount(bytesAtFp8 * (BYTES[known ?? 'fp8'] ?? 1))} bytes per token at ${FORMAT_NAMES[known ?? 'fp8']}`;
}
