/** Sizes of a child in words, for the export dialog. */
import { FORMATS, type Format } from '../../engine/protocol/hardware.ts';
import type { LibraryHeader } from '../../engine/protocol/library.ts';
import { formatCount } from './format.ts';
import { FORMAT_NAMES } from './recipe_choices.ts';

/** Bytes of one number; formats that share scales among several numbers are left out. */
const BYTES: Readonly<Partial<Record<Format, number>>> = { fp32: 4, bf16: 2, fp16: 2, fp8: 1, int8: 1 };

/** The KV cache of a token as the library that the child is of keeps it, else at FP8. */
export function kvCacheText(bytesAtFp8: number, header: Pick<LibraryHeader, 'columns' | 'measurements'> | undefined): string {
  const measurement = header?.columns.find(({ id }) => id === 'memory_mib')?.measurement;
  const kept = (header?.measurements.find(({ id }) => id === measurement) ?? header?.measurements[0])?.dtypes.kv;
  const known = FORMATS.find((format) => format === kept && BYTES[format] !== undefined);
  return `${formatCount(bytesAtFp8 * (BYTES[known ?? 'fp8'] ?? 1))} bytes per token at ${FORMAT_NAMES[known ?? 'fp8']}`;
}
