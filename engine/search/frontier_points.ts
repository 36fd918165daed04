/** Which points of a sweep make its frontier. */
import type { SweepPoint } from '../protocol/problem.ts';

/** Values that agree to this share of the larger are equal: the rounding of sums over the layers. */
const TOLERANCE = 1e-9;

interface Ends {
  readonly index: number;
  /** Both turned so that less is better. */
  readonly cost: number;
  readonly total: number;
}

/**
 * Indices, ascending, of the points that no other one equals or beats in both the objective and the total of the
 * swept column; of equal points the loosest stays. Levels without a child do not count.
 */
export function frontierOf(points: readonly SweepPoint[], over: string, side: 'max' | 'min', objective: 'lower' | 'higher'): number[] {
  const ends = points
    .flatMap(({ index, result }): Ends[] => {
      if ((result.status !== 'optimal' && result.status !== 'feasible') || !result.final) return [];
      // A throughput without runtime is endless.
      const total = result.solutions[0]?.costs[over] ?? Number.POSITIVE_INFINITY;
      return [{ index, cost: objective === 'lower' ? result.objective : -result.objective, total: side === 'max' ? total : -total }];
    })
    .sort((a, b) => a.index - b.index);
  const noWorse = (a: Ends, b: Ends): boolean => atMost(a.cost, b.cost) && atMost(a.total, b.total);
  return ends
    .filter((point) => !ends.some((other) => other !== point && noWorse(other, point) && (other.index < point.index || !noWorse(point, other))))
    .map(({ index }) => index);
}

function atMost(a: number, b: number): boolean {
  return a <= b || a - b <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
