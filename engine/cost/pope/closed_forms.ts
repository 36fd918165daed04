/**
 * Pope et al. 2022 (arXiv 2211.05102, sections 3.2 and appendix A): how many elements each chip sends for one FFN
 * layer of two matrices, both collectives of a pair counted. `tokens` is batch times new tokens (B L), `hidden` E,
 * `ffn` F, `chips` n. A collective over K chips is counted as its result, the factor (K - 1)/K taken as 1. Elements
 * times bytes over bandwidth gives the time.
 */
import type { FfnLayout } from '../../protocol/plan.ts';

export interface FfnShape {
  readonly hidden: number;
  readonly ffn: number;
}

/** Weights split over F: every token's whole hidden state goes round, whatever the number of chips. */
export function weightStationary1d(tokens: number, { hidden }: FfnShape): number {
  return 2 * tokens * hidden;
}

/** E split x ways and F split yz ways: 2 B L (E/X + F/YZ), without the part over a single chip. */
export function weightStationary2d(tokens: number, { hidden, ffn }: FfnShape, x: number, yz: number): number {
  return 2 * tokens * ((yz > 1 ? hidden / x : 0) + (x > 1 ? ffn / yz : 0));
}

/** The X that the sum is smallest at, not rounded: sqrt(n E / F), which is sqrt(n)/2 at F = 4E. */
export function bestX(chips: number, { hidden, ffn }: FfnShape): number {
  return Math.min(chips, Math.max(1, Math.sqrt((chips * hidden) / ffn)));
}

/** At the best X: 4 B L sqrt(E F / n), which is 8 B L E / sqrt(n) at F = 4E. */
export function weightStationary2dBest(tokens: number, shape: FfnShape, chips: number): number {
  const x = bestX(chips, shape);
  return 2 * tokens * (shape.hidden / x + (shape.ffn * x) / chips);
}

/** The divisor of `chips` that serves best as X; the smaller one of equals. */
export function bestMeshX(chips: number, shape: FfnShape): number {
  let best = { x: 1, elements: Infinity };
  for (const x of divisors(chips)) {
    const elements = shape.hidden / x + (shape.ffn * x) / chips;
    if (elements < best.elements * (1 - 1e-12)) best = { x, elements };
  }
  return best.x;
}

/**
 * Weights collected over `gathered` chips, activations round the rest: 2 E F N/n + 2 B L E / N. As printed: the second
 * term stands at N = n too, where no chip is left to send to.
 */
export function weightGathered(tokens: number, { hidden, ffn }: FfnShape, chips: number, gathered: number): number {
  return (2 * hidden * ffn * gathered) / chips + (2 * tokens * hidden) / gathered;
}

/** The N that the sum is smallest at, not rounded: sqrt(B L n / F). */
export function bestGathered(tokens: number, { ffn }: FfnShape, chips: number): number {
  return Math.min(chips, Math.max(1, Math.sqrt((tokens * chips) / ffn)));
}

/** At the best N, where that is between 1 and n: 4 E sqrt(B L F / n). */
export function weightGatheredBest(tokens: number, { hidden, ffn }: FfnShape, chips: number): number {
  return 4 * hidden * Math.sqrt((tokens * ffn) / chips);
}

/** Tokens at which the best 2D weight-stationary and the best weight-gathered layout send the same: E, so F/4 at F = 4E. */
export function breakEvenTokens({ hidden }: FfnShape): number {
  return hidden;
}

/** Tokens from which collecting over all chips is the best N: n F. */
export function fullyGatheredTokens(chips: number, { ffn }: FfnShape): number {
  return chips * ffn;
}

/** What each layout sends for one FFN layer on a mesh: the paper's plot of communication over batch. */
export function trafficByLayout(tokens: number, shape: FfnShape, { x, y, z }: { readonly x: number; readonly y: number; readonly z: number }): Readonly<Record<FfnLayout, number>> {
  const chips = x * y * z;
  return {
    ws_1d: weightStationary1d(tokens, shape),
    ws_2d: weightStationary2d(tokens, shape, x, y * z),
    wg_x: weightGathered(tokens, shape, chips, x),
    wg_xy: weightGathered(tokens, shape, chips, x * y),
    wg_xyz: weightGathered(tokens, shape, chips, chips),
  };
}

/** In rising order. */
export function divisors(value: number): readonly number[] {
  const low: number[] = [];
  const high: number[] = [];
  for (let candidate = 1; candidate * candidate <= value; candidate++) {
    if (value % candidate !== 0) continue;
    low.push(candidate);
    if (candidate * candidate !== value) high.push(value / candidate);
  }
  return [...low, ...high.reverse()];
}
