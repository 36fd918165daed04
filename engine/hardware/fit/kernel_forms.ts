/**
 * The closed forms of `forms.ts` as fitting problems: which constants, in which range, on which rows. The typical values
 * are round figures of recent GPUs; the ranges keep constants physical (nothing runs much above its peak).
 */
import type {
  AllReduceConstants,
  DecodeAttentionConstants,
  Device,
  Format,
  GemmConstants,
  PrefillAttentionConstants,
} from '../../protocol/hardware.ts';
import { bytesOf, peakFlops } from '../formats.ts';
import { GROUP_SLOWED, allReduceSeconds, decodeAttentionSeconds, gemmSeconds, prefillAttentionSeconds } from '../forms.ts';
import type { AllReduceRow, DecodeRow, GemmRow, PrefillRow } from '../measurements/kernel_rows.ts';
import type { Form } from './least_squares.ts';

/** Undefined where the device has no peak for the format or any wider one. */
export function gemmForm(device: Device, format: Format): Form<GemmRow, GemmConstants> | undefined {
  const peak = peakFlops(device, format);
  if (peak === undefined) return undefined;
  const hardware = { flops: peak.flops, bytesPerS: bytesPerS(device) };
  const weightBytes = bytesOf(format);
  return {
    ranges: {
      eta_compute: { typical: 0.75, min: 0.02, max: 1.05 },
      eta_memory: { typical: 0.8, min: 0.02, max: 1.1 },
      t0: { typical: 5e-6, min: 1e-8, max: 1e-3 },
      p: { typical: 2.4, min: 1.05, max: 20 },
      alpha_input_passes: { typical: 0.5, min: 1e-4, max: 50, orZero: true },
      kappa_per_1024_k: { typical: 2e-7, min: 1e-10, max: 1e-4, orZero: true },
      n0: { typical: 4000, min: 16, max: 1e6 },
      beta_output_passes: { typical: 0.8, min: 1e-4, max: 50, orZero: true },
    },
    seconds: (constants, { m, n, k }) => gemmSeconds(constants, hardware, weightBytes, m, n, k),
  };
}

/** Without the group path, which is fitted on its own. */
export function decodeForm(device: Device, kvFormat: Format): Form<DecodeRow, DecodeAttentionConstants> {
  const bandwidth = bytesPerS(device);
  const kvBytes = bytesOf(kvFormat);
  return {
    ranges: {
      t0: { typical: 8e-6, min: 1e-8, max: 1e-3 },
      eta_memory: { typical: 0.95, min: 0.02, max: 1.2 },
      plateau: { typical: 3e-5, min: 1e-9, max: 1e-2, orZero: true },
      per_cta_wave: { typical: 8e-7, min: 1e-10, max: 1e-4, orZero: true },
      half_saturation_kvhead_tokens: { typical: 6e5, min: 100, max: 1e9 },
      sqrt_length: { typical: 8e-7, min: 1e-10, max: 1e-4, orZero: true },
    },
    seconds: (constants, row) => decodeAttentionSeconds(constants, bandwidth, kvBytes, row),
  };
}

/** Undefined where the device has no BF16 peak or a wider one. */
export function prefillForm(device: Device): Form<PrefillRow, PrefillAttentionConstants> | undefined {
  const peak = peakFlops(device, 'bf16');
  if (peak === undefined) return undefined;
  const hardware = { bf16Flops: peak.flops, bytesPerS: bytesPerS(device) };
  return {
    ranges: {
      t0: { typical: 1.2e-5, min: 1e-8, max: 1e-3 },
      // Attention may be computed in a narrower format than BF16.
      eta_of_bf16_peak: { typical: 0.6, min: 0.02, max: 4 },
      q_passes: { typical: 7, min: 1e-3, max: 200, orZero: true },
      kv_passes: { typical: 3, min: 1e-3, max: 200, orZero: true },
    },
    seconds: (constants, row) => prefillAttentionSeconds(constants, hardware, row),
  };
}

export const ALL_REDUCE_FORM: Form<AllReduceRow, AllReduceConstants> = {
  ranges: {
    alpha: { typical: 4e-6, min: 1e-8, max: 1e-3 },
    bytes_per_second: { typical: 1e11, min: 1e8, max: 1e13 },
    sqrt_coefficient: { typical: 1e-9, min: 1e-12, max: 1e-5, orZero: true },
  },
  seconds: (constants, { bytes }) => allReduceSeconds(constants, bytes),
};

/** Rows of the sizes that a form is made for, and those sizes in words. */
export interface Domain<Row> {
  readonly rows: readonly Row[];
  readonly words: string;
}

/** Fewer rows than this say nothing about so many constants. */
export const MIN_ROWS = 12;

/** Narrower products than 128 are not found in the blocks of a transformer. */
export function gemmDomain(rows: readonly GemmRow[]): Domain<GemmRow> {
  return widest(rows, [
    { words: 'n and k from 128', keep: ({ n, k }) => n >= 128 && k >= 128 },
    { words: 'all sizes', keep: () => true },
  ]);
}

/**
 * Heads of 128 as nearly all models have, 2 to 16 query heads per KV head (more take another path, and one has a kernel
 * of its own), contexts from 256: below, a call is mostly launch, and the constants that describe it would be paid for
 * with the large batches that decide throughput.
 */
export function decodeDomain(rows: readonly DecodeRow[]): Domain<DecodeRow> {
  const group = ({ heads, kvHeads }: DecodeRow): number => heads / kvHeads;
  const grouped = (row: DecodeRow): boolean => group(row) >= 2 && group(row) <= 16;
  return widest(rows, [
    { words: 'heads of 128, 2 to 16 per KV head, contexts from 256', keep: (row) => inDecodeSizes(row) && grouped(row) },
    { words: '2 to 16 heads per KV head', keep: grouped },
    { words: `fewer than ${GROUP_SLOWED} heads per KV head`, keep: (row) => group(row) < GROUP_SLOWED },
  ]);
}

export function inDecodeSizes({ headDim, context }: DecodeRow): boolean {
  return headDim === 128 && context >= 256;
}

/** Heads of 128, prompts from 128. */
export function prefillDomain(rows: readonly PrefillRow[]): Domain<PrefillRow> {
  return widest(rows, [
    { words: 'heads of 128, prompts from 128', keep: ({ headDim, prompt }) => headDim === 128 && prompt >= 128 },
    { words: 'all sizes', keep: () => true },
  ]);
}

/** The first domain with enough rows, else the last. */
function widest<Row>(rows: readonly Row[], domains: readonly { readonly words: string; readonly keep: (row: Row) => boolean }[]): Domain<Row> {
  let found: Domain<Row> = { rows, words: 'all sizes' };
  for (const { words, keep } of domains) {
    found = { rows: rows.filter(keep), words };
    if (found.rows.length >= MIN_ROWS) return found;
  }
  return found;
}

function bytesPerS(device: Device): number {
  return device.memory_gb_s * 1e9;
}
