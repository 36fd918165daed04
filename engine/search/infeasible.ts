/**
 * Why nothing fits: per limit, the nearest value to it that can be reached while the others hold, and a smallest set of
 * statements that exclude each other. Each value is a search of its own with the limited sum as its cost; a first round
 * is short, so that something is said at once, and a second one proves what the first could not.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { Problem, Reachable, Statement } from '../protocol/problem.ts';
import type { CompiledLimit, CompiledProblem } from './compile.ts';
import { conflictOf } from './conflict.ts';
import type { SearchContext } from './exact_search.ts';
import { tightestOf } from './extreme.ts';

/** Time per limit in the first and in the second round. */
const ROUNDS_MS = [1_000, 20_000];

/** Calls `onKnown` at once and with every further finding. */
export async function explainInfeasible(
  view: LibraryView,
  problem: Problem,
  compiled: CompiledProblem,
  context: SearchContext,
  onKnown: (reachable: readonly Reachable[], conflict: readonly Statement[]) => void,
): Promise<void> {
  const known = new Map<CompiledLimit, Reachable>();
  let conflict: readonly Statement[] = [];
  const tell = (): void => onKnown(compiled.limits.flatMap((limit) => known.get(limit) ?? []), conflict);
  tell();
  for (const [round, roundMs] of ROUNDS_MS.entries()) {
    for (const limit of compiled.limits) {
      if (known.get(limit)?.proven === true) continue;
      const found = await nearest(compiled, limit, context, roundMs);
      if (context.shouldStop()) return;
      if (found === undefined) continue;
      known.set(limit, found);
      tell();
    }
    if (round === 0) {
      conflict = await conflictOf(view, problem, context);
      if (context.shouldStop()) return;
      tell();
    }
  }
}

async function nearest(compiled: CompiledProblem, limit: CompiledLimit, context: SearchContext, roundMs: number): Promise<Reachable | undefined> {
  const within = { ...context, deadline: context.now() + roundMs };
  const withOthers = await tightestOf(compiled, limit, 'hold', within);
  if (withOthers === 'unknown') return undefined;
  const found = withOthers === 'infeasible' ? await tightestOf(compiled, limit, 'left aside', within) : withOthers;
  // Only the throughput of a child that takes no time is no number; it is then as high as anyone likes.
  if (found === 'unknown' || found === 'infeasible' || !Number.isFinite(found.value)) return undefined;
  return {
    ...(limit.workload === undefined ? {} : { workload: limit.workload }),
    column: limit.column,
    side: limit.side,
    limit: limit.limit,
    reachable: found.value,
    proven: found.proven,
    others_hold: withOthers !== 'infeasible',
  };
}
