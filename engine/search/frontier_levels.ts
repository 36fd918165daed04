/**
 * Where a limit can usefully stand: from the total of the best child without it to the farthest total that the other
 * limits leave, evenly spaced in the limited sum. For a throughput that sum is the runtime, so that half of the levels
 * lie within twice the loosest value, where the decisions are, and children that take no time at all do not push every
 * level to infinity.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { Limit, Problem, WireSolution } from '../protocol/problem.ts';
import { compile } from './compile.ts';
import { childOf, searchNearly } from './frontier_search.ts';
import { quantityOf } from './quantities.ts';
import type { StudyContext } from './solve.ts';
import { isThroughput } from './throughput.ts';

/**
 * An extreme counts as found once nothing beyond it by more than this share is possible: where costs depend on the
 * variant alone, its last digits take far longer than the rest.
 */
const SETTLED_WITHIN = 1e-4;
/** Or after this time, with the farthest child so far. */
const EXTREME_WITHIN_MS = 1_000;

/** One axis of a frontier or a contour. */
export interface Axis {
  readonly column: string;
  readonly side: 'max' | 'min';
  /** From loose to tight. */
  readonly levels: readonly number[];
  /** A child that meets every level and the other limits. */
  readonly farthest: WireSolution;
}

/** Costs are limited from above, throughputs and other things worth having from below. */
export function sideOf(view: LibraryView, column: string): 'max' | 'min' {
  if (isThroughput(column)) return 'min';
  return quantityOf(view, column).better === 'higher' ? 'min' : 'max';
}

export function limitAt({ column, side }: Pick<Axis, 'column' | 'side'>, level: number): Limit {
  return side === 'max' ? { column, max: level } : { column, min: level };
}

/**
 * The levels of `column`, the first of them the total of `best`, the best child without this limit; `problem` must not
 * limit it. Undefined where no extreme was found in time, or where the total has no number at any child.
 */
export async function axisOf(
  view: LibraryView,
  problem: Problem,
  column: string,
  points: number,
  best: WireSolution,
  context: StudyContext,
): Promise<Axis | undefined> {
  const side = sideOf(view, column);
  // Any value makes the row; the search for its extreme does not use the bound.
  const stated = { ...problem, limits: [limitAt({ column, side }, 1), ...problem.limits] };
  const compiled = compile(view, stated);
  const [swept] = compiled.limits;
  if (swept === undefined) return undefined;
  const { coef } = swept.row;
  const { outcome, alternative } = await searchNearly(compiled, { cost: coef, without: swept }, SETTLED_WITHIN, EXTREME_WITHIN_MS, context);
  if (outcome.kind !== 'optimal' && outcome.kind !== 'feasible') return undefined;
  const ofBest = new Set(best.choices);
  let loose = 0;
  for (const [c, choice] of compiled.choices.entries()) if (ofBest.has(choice)) loose += coef[c];
  const tight = Math.min(outcome.cost, loose);
  // A throughput without runtime has no number; the levels then end before it.
  const steps = Number.isFinite(swept.valueOf(tight)) ? points - 1 : points;
  const levels = Array.from({ length: points }, (_, i) => swept.valueOf(loose + ((tight - loose) * i) / steps));
  if (!levels.every(Number.isFinite)) return undefined;
  return { column, side, levels, farthest: outcome.cost <= loose ? childOf(view, problem, compiled, alternative, outcome.chosen) : best };
}
