/** Words of natural language are used about as often as the inverse of their rank (Zipf); so are those of the stories. */
import type { Random } from '../../random.ts';

/** Cumulative shares of ranks 0 .. count - 1, rank r drawn in proportion to 1 / (r + 1). */
function cumulativeShares(count: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => (sum += weight) / total);
}

const shares = new Map<number, readonly number[]>();

/** A rank of 0 .. count - 1, small ones more often. */
export function zipf(random: Random, count: number): number {
  let cumulative = shares.get(count);
  if (cumulative === undefined) shares.set(count, (cumulative = cumulativeShares(count)));
  const point = random.uniform();
  const rank = cumulative.findIndex((share) => point < share);
  return rank === -1 ? count - 1 : rank;
}
