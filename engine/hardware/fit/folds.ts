/** Splitting measurements into folds that a fit is tested on in turn; the same rows always fall into the same folds. */

export const FOLDS = 5;
const SEED = 20_241_128;

/**
 * Fold of each row: all rows with one key share a fold, and folds hold equally many keys. A fold of -1 is in every fit
 * and in no test.
 */
export type FoldOf = Int8Array;

export function foldsByKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string): FoldOf {
  const keys = [...new Set(rows.map(keyOf))].sort();
  shuffle(keys, SEED);
  const fold = new Map(keys.map((key, i) => [key, i % FOLDS]));
  return Int8Array.from(rows, (row) => fold.get(keyOf(row)) ?? 0);
}

/** Every fifth row in order of `size`; the smallest and the largest stay in every fit, so that nothing is extrapolated. */
export function foldsBySize<Row>(rows: readonly Row[], size: (row: Row) => number): FoldOf {
  const order = rows.map((_, i) => i).sort((a, b) => size(rows[a] as Row) - size(rows[b] as Row));
  const folds = new Int8Array(rows.length);
  for (const [place, i] of order.entries()) folds[i] = place === 0 || place === order.length - 1 ? -1 : (place - 1) % FOLDS;
  return folds;
}

/** Fisher-Yates with a 32-bit generator (mulberry32). */
function shuffle(values: string[], seed: number): void {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const kept = values[i] as string;
    values[i] = values[j] as string;
    values[j] = kept;
  }
}
