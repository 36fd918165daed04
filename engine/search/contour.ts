/**
 * Quality over two limits: the optimum at every pair of levels, each limit between its extremes given the others. A
 * coarse picture of the whole grid comes first; every cell starts from what its neighbours know.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { StreamEvent } from '../protocol/api.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Contour, ContourCell, Problem, SolveUpdate } from '../protocol/problem.ts';
import { Grid } from './frontier_grid.ts';
import { axisOf, type Axis } from './frontier_levels.ts';
import { coarseToFineGrid } from './frontier_order.ts';
import { freeOptimum } from './frontier_search.ts';
import type { StudyContext } from './solve.ts';

const FREE_WITHIN_MS = 2_000;
/** A hard cell keeps its best child so far, with its gap. */
const CELL_WITHIN_MS = 500;

/** Levels first, then every cell once; nothing but the end where the other limits leave no child. */
export async function contourOf(
  view: LibraryView,
  contour: Contour,
  context: StudyContext,
  emit: (event: StreamEvent<'contour'>) => void,
): Promise<void> {
  const { over, points, ...stated } = contour;
  const [first, second] = over;
  if (first === second) throw new WorkbenchError('bad_input', `Two different limits make a contour, not ${first} twice.`);
  const problem: Problem = { ...stated, solutions: 1, limits: stated.limits.filter(({ column }) => column !== first && column !== second) };
  const free = await freeOptimum(view, problem, FREE_WITHIN_MS, context);
  const best = free?.solutions[0];
  const axes: Axis[] = [];
  for (const [k, column] of over.entries()) {
    const axis = best && (await axisOf(view, problem, column, points[k] ?? 0, best, context));
    if (axis !== undefined) axes.push(axis);
  }
  if (context.shouldStop()) return;
  const [rows, columns] = axes;
  if (free === undefined || best === undefined || rows === undefined || columns === undefined) return emit({ kind: 'finished' });
  emit({ kind: 'levels', levels: [[...rows.levels], [...columns.levels]] });

  const grid = new Grid(view, problem, [rows, columns], context);
  grid.offer(best);
  grid.offerBound(free.bound);
  for (const { farthest } of axes) grid.offer(farthest);
  for (const at of coarseToFineGrid(rows.levels.length, columns.levels.length)) {
    const result = grid.shortcutAt(at) ?? (await grid.searchAt(at, CELL_WITHIN_MS));
    if (context.shouldStop()) return;
    emit({ kind: 'cell', cell: cellOf(at, result) });
  }
  emit({ kind: 'finished' });
}

function cellOf([row, column]: readonly [number, number], result: SolveUpdate): ContourCell {
  const at: [number, number] = [row, column];
  if (result.status === 'infeasible') return { at, gap: 0 };
  // Neither a child nor its impossibility was found in time.
  if (result.status !== 'optimal' && result.status !== 'feasible') return { at, gap: 1 };
  return { at, solution: result.solutions[0], gap: result.gap };
}
