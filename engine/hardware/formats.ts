/** Number formats: bytes that one value takes, and the format that a product is computed in. */
import type { Device, Format } from '../protocol/hardware.ts';

/** Scales included: one byte per 16 fp4 values, two per 128 int4 values. */
const BYTES: Readonly<Record<Format, number>> = { fp32: 4, bf16: 2, fp16: 2, fp8: 1, int8: 1, fp4: 0.5625, int4: 0.515_625 };

/** Bytes per stored value. */
export function bytesOf(format: Format): number {
  return BYTES[format];
}

/**
 * Format of the multiplications for given weights and activations: the wider of the two, since narrower weights are
 * widened on the way (int4 and int8 weights beside bf16 activations run at the bf16 rate).
 */
export function computeFormat(weights: Format, activations: Format): Format {
  return bytesOf(weights) > bytesOf(activations) ? weights : activations;
}

/** Peak of a device in FLOP/s; where it has no units for a format, that of the next wider one it has. */
export function peakFlops(device: Device, format: Format): { readonly flops: number; readonly format: Format } | undefined {
  const ladder: readonly Format[] = format === 'int8' ? ['int8', 'bf16', 'fp16', 'fp32'] : ['fp4', 'int4', 'fp8', 'bf16', 'fp16', 'fp32'];
  for (const candidate of ladder.slice(Math.max(0, ladder.indexOf(format)))) {
    const tflops = device.peak_tflops[candidate];
    if (tflops !== undefined) return { flops: tflops * 1e12, format: candidate };
  }
  return undefined;
}
