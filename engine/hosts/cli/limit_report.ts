/** What limits do to the best child, and what would have to give way where nothing fits, by the names they are typed with. */
import type { LimitState, Reachable, SolveReport, SolveUpdate } from '../../protocol/problem.ts';

export type Answer = Extract<SolveUpdate, { status: 'optimal' | 'feasible' }>;
export type Infeasible = Extract<SolveUpdate, { status: 'infeasible' }>;

/** `COLUMN`, or `WORKLOAD:COLUMN` for a workload's limit. */
export function limitKey({ workload, column }: { readonly workload?: string | undefined; readonly column: string }): string {
  return workload === undefined ? column : `${workload}:${column}`;
}

export function limitFigures({ limits, relaxation }: Pick<Answer, 'limits' | 'relaxation'>): Pick<SolveReport, 'binding' | 'prices' | 'limits' | 'relaxation'> {
  return {
    binding: [...new Set(limits.filter((state) => state.binding).map(limitKey))],
    prices: pricesOf(limits),
    limits,
    ...(relaxation === undefined ? {} : { relaxation }),
  };
}

/** A column limited on both sides has the sum: raising both limits together. One of the two is 0 unless they meet. */
function pricesOf(limits: readonly LimitState[]): Record<string, number> {
  const prices: Record<string, number> = {};
  for (const state of limits) prices[limitKey(state)] = (prices[limitKey(state)] ?? 0) + state.price;
  return prices;
}

/**
 * `smallest` for scripts that ask one thing: where each limit alone would have to be moved so that something fits;
 * without those whose move does not help. `reachable` has every side of every limit and what is known of it.
 */
export function infeasibleReport({ reachable, conflict }: Pick<Infeasible, 'reachable' | 'conflict'>): object {
  return { status: 'infeasible', smallest: smallestOf(reachable), reachable, conflict };
}

function smallestOf(reachable: readonly Reachable[]): Record<string, number> {
  return Object.fromEntries(reachable.filter((limit) => limit.others_hold).map((limit) => [limitKey(limit), limit.reachable]));
}
