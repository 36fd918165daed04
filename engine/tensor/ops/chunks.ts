/** Large intermediate results are made, used and dropped a chunk at a time. */

/** What one chunk may take. */
export const CHUNK_BYTES = 64 * 2 ** 20;

export interface Range {
  readonly from: number;
  /** Excluded. */
  readonly to: number;
}

/** 0 .. `count` in ranges of `size`, the last of which may be shorter. */
export function rangesOf(count: number, size: number): readonly Range[] {
  const step = Math.max(1, Math.floor(size));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => ({ from: i * step, to: Math.min(count, (i + 1) * step) }));
}
