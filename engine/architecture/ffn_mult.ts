/**
 * `ffn_mult`, the way DeciLM configurations write the width of an FFN: a factor of the hidden size before the 2/3
 * that SwiGLU takes for its third matrix. Loaders read it as int(2 * ffn_mult * hidden / 3) rounded up to a
 * multiple of 256, so no other width can be written.
 */

/** Widths that `ffn_mult` can express are multiples of this. */
export const FFN_WIDTH_MULTIPLE = 256;

/** The width that every loader reads from `ffnMult` at this hidden size. */
export function intermediateSizeOf(ffnMult: number, hiddenSize: number): number {
  const size = Math.trunc((2 * ffnMult * hiddenSize) / 3);
  return Math.ceil(size / FFN_WIDTH_MULTIPLE) * FFN_WIDTH_MULTIPLE;
}

/** A factor that loaders read back as exactly this width, or undefined where there is none. */
export function ffnMultOf(intermediateSize: number, hiddenSize: number): number | undefined {
  const ffnMult = (3 * intermediateSize) / (2 * hiddenSize);
  return intermediateSizeOf(ffnMult, hiddenSize) === intermediateSize ? ffnMult : undefined;
}
