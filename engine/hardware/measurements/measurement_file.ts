/** A file of kernel timings as handed to the readers, and the caps on its size. */
import { WorkbenchError } from '../../protocol/errors.ts';

export interface MeasurementFile {
  /** Relative to what the user picked, with forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The largest published tables are under 1 MB and 101,000 rows each. */
export const MAX_FILE_BYTES = 64 * 2 ** 20;
export const MAX_TOTAL_BYTES = 256 * 2 ** 20;
export const MAX_ROWS = 1_000_000;

export const SUPPORTED_TABLES =
  'Supported are kernel tables of aiconfigurator (gemm_perf, context_attention_perf, generation_attention_perf, ' +
  'custom_allreduce_perf, nccl_perf) as Parquet or as CSV with the same columns, and CSV files with a column "kernel" ' +
  '(gemm, decode_attention, prefill_attention or all_reduce), the sizes of that kernel and a column seconds, latency_ms or latency_us.';

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** @throws WorkbenchError `too_large`, naming the file. */
export function checkSizes(files: readonly { readonly path: string; readonly size: number }[]): void {
  let total = 0;
  for (const { path, size } of files) {
    total += size;
    const [limit, found] = size > MAX_FILE_BYTES ? [MAX_FILE_BYTES, size] : [MAX_TOTAL_BYTES, total];
    if (found <= limit) continue;
    const what = limit === MAX_FILE_BYTES ? 'a file of measurements' : 'the files of one import together';
    throw new WorkbenchError('too_large', `${path}: ${what} may hold ${mib(limit)}, found ${mib(found)}.`, {
      details: { file: path, expected: `at most ${mib(limit)}`, found: mib(found) },
      hint: 'Pick only the tables of one device and version.',
    });
  }
}

/** @throws WorkbenchError `too_large`. */
export function checkRows(file: string, rows: number): void {
  if (rows <= MAX_ROWS) return;
  throw new WorkbenchError('too_large', `${file}: it holds ${rows} rows; an import may hold ${MAX_ROWS}.`, {
    details: { file, expected: `at most ${MAX_ROWS} rows`, found: String(rows) },
    hint: 'Keep only the rows of one device and version, or thin out the sizes.',
  });
}
