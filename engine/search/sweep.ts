/**
 * The frontier: the optimum at levels of one limit from its loosest useful value to its tightest, every one of them
 * searched exactly or settled by its neighbours. A coarse picture comes first, simpler methods to compare with last.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { StreamEvent } from '../protocol/api.ts';
import type { Problem, Sweep, SweepPoint } from '../protocol/problem.ts';
import { baselinesOf } from './baselines.ts';
import { Grid } from './frontier_grid.ts';
import { axisOf } from './frontier_levels.ts';
import { coarseToFine } from './frontier_order.ts';
import { frontierOf } from './frontier_points.ts';
import { freeOptimum, relaxationOf } from './frontier_search.ts';
import { objectiveOf } from './quantities.ts';
import type { StudyContext } from './solve.ts';

/** One hard level must not hold up the others: then its best child so far is given with its gap. */
const LEVEL_WITHIN_MS = 2_000;

/** Points come as they are found, every one once, in no order of their index. */
export async function sweepProblem(
  view: LibraryView,
  sweep: Sweep,
  context: StudyContext,
  emit: (event: StreamEvent<'sweep'>) => void,
): Promise<void> {
  const { over, points: count, baselines = [], ...stated } = sweep;
  const problem: Problem = { ...stated, solutions: 1, limits: stated.limits.filter((limit) => limit.column !== over) };
  const free = await freeOptimum(view, problem, LEVEL_WITHIN_MS, context);
  const best = free?.solutions[0];
  const axis = best && (await axisOf(view, problem, over, count, best, context));
  if (context.shouldStop()) return;
  if (free === undefined || best === undefined || axis === undefined) return emit({ kind: 'finished', frontier: [] });

  const grid = new Grid(view, problem, [axis], context);
  grid.offer(best);
  grid.offerBound(free.bound);
  grid.offer(axis.farthest);
  const found: SweepPoint[] = [];
  for (const index of coarseToFine(count)) {
    const startedAt = context.now();
    const result = grid.shortcutAt([index]) ?? (await grid.searchAt([index], LEVEL_WITHIN_MS));
    if (context.shouldStop()) return;
    const relaxation = 'relaxation' in result ? result.relaxation : relaxationOf(view, grid.problemAt([index]));
    const point: SweepPoint = {
      index,
      level: axis.levels[index],
      result: 'solve_ms' in result ? { ...result, solve_ms: context.now() - startedAt } : result,
      ...(relaxation === undefined ? {} : { relaxation }),
    };
    found.push(point);
    emit({ kind: 'point', point });
  }
  await baselinesOf(view, problem, axis, baselines, context, (baseline) => emit({ kind: 'baseline', baseline }));
  if (context.shouldStop()) return;
  emit({ kind: 'finished', frontier: frontierOf(found, over, axis.side, objectiveOf(view, problem.objective).better) });
}
