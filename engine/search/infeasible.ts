/**
 * Why nothing fits: per limit, the nearest value to it that can be reached while the other limits hold. Each is a search
 * of its own with the limited sum as its cost; a first round is short, so that something is said at once, and a second
 * one proves what the first could not.
 */
import type { Reachable } from '../protocol/problem.ts';
import type { CompiledLimit, CompiledProblem } from './compile.ts';
import { searchExactly, type SearchContext, type SearchOutcome } from './exact_search.ts';
import { sumOver } from './numeric_problem.ts';

/**
 * A value is settled once nothing nearer by more than this share of it is possible. Its last digits may take far longer:
 * where costs depend on the variant alone, thousands of children lie between two neighbouring megabytes.
 */
const SETTLED_WITHIN = 1e-4;
/** Time per limit in the first and in the second round. */
const ROUNDS_MS = [1_000, 20_000];

/** Calls `onReachable` with everything known after every round. */
export async function explainInfeasible(
  compiled: CompiledProblem,
  context: SearchContext,
  onReachable: (reachable: readonly Reachable[]) => void,
): Promise<void> {
  const known = new Map<CompiledLimit, Reachable>();
  for (const roundMs of ROUNDS_MS) {
    for (const limit of compiled.limits) {
      if (known.get(limit)?.proven === true) continue;
      const found = await nearest(compiled, limit, context, roundMs);
      if (context.shouldStop()) return;
      if (found !== undefined) known.set(limit, found);
    }
    onReachable(compiled.limits.flatMap((limit) => known.get(limit) ?? []));
    if (compiled.limits.every((limit) => known.get(limit)?.proven === true)) return;
  }
}

async function nearest(
  compiled: CompiledProblem,
  limit: CompiledLimit,
  context: SearchContext,
  roundMs: number,
): Promise<Reachable | undefined> {
  const others = compiled.limits.filter((other) => other !== limit).map((other) => other.row);
  let settled = false;
  const search = (rows: typeof others): Promise<SearchOutcome> =>
    searchExactly(
      { groupStart: compiled.numeric.groupStart, cost: limit.row.coef, rows },
      {
        ...context,
        deadline: context.now() + roundMs,
        shouldStop: () => settled || context.shouldStop(),
        onProgress: (chosen, bound) => {
          const value = limit.valueOf(sumOver(limit.row.coef, chosen));
          settled = Math.abs(value - limit.valueOf(bound)) <= SETTLED_WITHIN * Math.abs(value);
        },
      },
    );
  const withOthers = await search(others);
  if (withOthers.kind === 'unknown') return undefined;
  const outcome = withOthers.kind === 'infeasible' ? await search([]) : withOthers;
  if (outcome.kind !== 'optimal' && outcome.kind !== 'feasible') return undefined;
  return {
    column: limit.column,
    side: limit.side,
    limit: limit.limit,
    reachable: limit.valueOf(outcome.cost),
    proven: settled || outcome.kind === 'optimal',
    others_hold: withOthers.kind !== 'infeasible',
  };
}
