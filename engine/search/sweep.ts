/**
 * The frontier: the optimum at levels of one limit from its loosest useful value to its tightest, evenly spaced in the
 * limited sum. For a throughput that sum is the runtime, so that half of the levels lie within twice the loosest value,
 * where the decisions are, and children that take no time at all do not push every level to infinity.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { StreamEvent } from '../protocol/api.ts';
import type { Limit, SolveUpdate, Sweep } from '../protocol/problem.ts';
import { compile, type CompiledLimit } from './compile.ts';
import { searchExactly } from './exact_search.ts';
import { sumOver } from './numeric_problem.ts';
import { searchContext, solveProblem, type StudyContext } from './solve.ts';
import { isThroughput } from './throughput.ts';
import type { WarmStart } from './warm_start.ts';

/** Points come in order from loose to tight, each started from its neighbour's answer. */
export async function sweepProblem(
  view: LibraryView,
  sweep: Sweep,
  context: StudyContext,
  emit: (event: StreamEvent<'sweep'>) => void,
): Promise<void> {
  const limits = (sweep.limits ?? []).filter((limit) => limit.column !== sweep.over);
  const side = sideOf(view, sweep.over);
  const levels = await levelsOf(view, sweep, limits, side, context);
  let warmStart: WarmStart | undefined;
  for (const [index, level] of levels.entries()) {
    let result: SolveUpdate = { status: 'cancelled' };
    const problem = { ...sweep, solutions: 1, limits: [...limits, limitAt(sweep.over, side, level)] };
    warmStart = await solveProblem(view, problem, {
      ...context,
      warmStart,
      onUpdate: (update) => {
        result = update;
      },
    });
    if (context.shouldStop()) return;
    emit({ kind: 'point', point: { index, level, result } });
  }
  emit({ kind: 'finished', frontier: [] });
}

/** Costs are limited from above, throughputs and other things worth having from below. */
function sideOf(view: LibraryView, over: string): 'max' | 'min' {
  if (isThroughput(over)) return 'min';
  return view.header.columns.find((column) => column.id === over)?.better === 'higher' ? 'min' : 'max';
}

function limitAt(column: string, side: 'max' | 'min', level: number): Limit {
  return side === 'max' ? { column, max: level } : { column, min: level };
}

/** From the value of the best child without this limit to the farthest value that can be reached. */
async function levelsOf(
  view: LibraryView,
  sweep: Sweep,
  limits: readonly Limit[],
  side: 'max' | 'min',
  context: StudyContext,
): Promise<number[]> {
  const startedAt = context.now();
  // Any value makes the row; the search for its extreme does not use the bound.
  const compiled = compile(view, { objective: sweep.objective, limits: [limitAt(sweep.over, side, 1), ...limits] });
  const swept: CompiledLimit | undefined = compiled.limits[0];
  if (swept === undefined) return [];
  const { groupStart, cost } = compiled.numeric;
  const others = compiled.limits.slice(1).map((limit) => limit.row);
  const inner = searchContext({ ...context, onUpdate: () => undefined }, startedAt);
  const best = await searchExactly({ groupStart, cost, rows: others }, inner);
  const extreme = await searchExactly({ groupStart, cost: swept.row.coef, rows: others }, inner);
  if ((best.kind !== 'optimal' && best.kind !== 'feasible') || (extreme.kind !== 'optimal' && extreme.kind !== 'feasible')) return [];
  const loose = sumOver(swept.row.coef, best.chosen);
  const tight = extreme.cost;
  // A throughput without runtime has no number; the levels then end before it.
  const steps = Number.isFinite(swept.valueOf(tight)) ? sweep.points - 1 : sweep.points;
  return Array.from({ length: sweep.points }, (_, i) => swept.valueOf(loose + ((tight - loose) * i) / steps));
}
