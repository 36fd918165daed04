/**
 * The efficient frontier out of a sweep: each level of the swept limit with the best child there, and the region that
 * the sweep proves to be out of reach. An optimum y at the limit x >= L says that nothing with x >= L is better than y,
 * so the unreachable region is a staircase with its corners at the levels, not at the children found there.
 */
import type { SweepPoint, WireSolution } from '../../engine/protocol/problem.ts';
import type { LimitSetting, Pin } from '../../engine/protocol/workspace.ts';
import { choicesOf } from './children.ts';
import type { Quantity } from './columns.ts';
import type { OpenLibrary } from './engine_store.ts';

export interface FrontierPoint {
  readonly id: string;
  readonly level: number;
  readonly x: number;
  readonly y: number;
  /** Nothing at this level can be better than this. */
  readonly bound: number;
  readonly proven: boolean;
  readonly gap: number;
  /** Optimum of the linear relaxation at this level, which no child can better; undefined where it was not told. */
  readonly relaxation: number | undefined;
  /** Another child found is as good in both directions. */
  readonly dominated: boolean;
  readonly solution: WireSolution;
}

/**
 * The children found, from the smallest to the largest level; levels without a child are left out.
 * @param frontier indices that are not dominated, where the whole sweep has told; else they are worked out.
 */
export function frontierPoints(points: readonly SweepPoint[], over: Quantity, objective: Quantity, frontier: readonly number[] = []): readonly FrontierPoint[] {
  const found = points
    .flatMap(({ index, level, result, relaxation }): (FrontierPoint & { readonly index: number })[] => {
      if (result.status !== 'optimal' && result.status !== 'feasible') return [];
      const solution = result.solutions[0];
      const x = solution.costs[over.id];
      if (x === undefined) return [];
      const y = solution.costs[objective.id] ?? solution.objective;
      const proven = result.status === 'optimal';
      return [{ id: `level-${index}`, index, level, x, y, bound: result.bound, proven, gap: result.gap, relaxation, dominated: false, solution }];
    })
    .sort((a, b) => a.level - b.level);
  const efficient = frontier.length > 0 ? new Set(frontier) : new Set(nonDominated(found, over, objective).map(({ index }) => index));
  return found.map(({ index, ...point }) => ({ ...point, dominated: !efficient.has(index) }));
}

/** Those that no other one equals or beats in both directions, but for the first of equals. */
export function nonDominated<T extends { readonly x: number; readonly y: number }>(
  points: readonly T[],
  over: Pick<Quantity, 'better'>,
  objective: Pick<Quantity, 'better'>,
): readonly T[] {
  const cost = (value: number, { better }: Pick<Quantity, 'better'>): number => (better === 'higher' ? -value : value);
  const best = [...points].sort((a, b) => cost(a.x, over) - cost(b.x, over) || cost(a.y, objective) - cost(b.y, objective));
  let least = Infinity;
  return best.filter((point) => {
    const y = cost(point.y, objective);
    // Sums of the same blocks in another order differ in their last digits.
    if (!(y < least - 1e-9 * Math.abs(least === Infinity ? 0 : least))) return false;
    least = y;
    return true;
  });
}

/** Levels at which nothing fits, in order. */
export function infeasibleLevels(points: readonly SweepPoint[]): readonly { readonly id: string; readonly level: number }[] {
  return points
    .filter(({ result, level }) => result.status === 'infeasible' && Number.isFinite(level))
    .map(({ index, level }) => ({ id: `none-${index}`, level }))
    .sort((a, b) => a.level - b.level);
}

/** The loosest level at which nothing was found, or undefined where every level had a child. */
export function firstUnreachableLevel(points: readonly SweepPoint[], over: Quantity): number | undefined {
  const levels = points.filter(({ result }) => result.status === 'infeasible').map(({ level }) => level);
  if (levels.length === 0) return undefined;
  return over.better === 'higher' ? Math.min(...levels) : Math.max(...levels);
}

export interface Corner {
  /** Undefined for the loose end of the axis. */
  readonly x: number | undefined;
  readonly y: number;
}

/** Boundary of the unreachable region from the loose to the tight end of the swept limit: a step at every level. */
export function unreachableBoundary(points: readonly FrontierPoint[], over: Quantity): readonly Corner[] {
  const loosestFirst = over.better === 'higher' ? points : [...points].reverse();
  const corners: Corner[] = [];
  let y: number | undefined;
  for (const point of loosestFirst) {
    if (y === undefined) corners.push({ x: undefined, y: point.bound });
    else corners.push({ x: point.level, y }, { x: point.level, y: point.bound });
    y = point.bound;
  }
  return corners;
}

/** Whether a total meets the enabled limits on its column. */
export function meetsLimits(value: number, limits: readonly LimitSetting[]): boolean {
  return limits.every((limit) => !limit.enabled || (limit.side === 'max' ? value <= limit.value : value >= limit.value));
}

/** The side on which a quantity is limited when it is swept. */
export function sweptSide(quantity: Quantity): LimitSetting['side'] {
  return quantity.better === 'higher' ? 'min' : 'max';
}

/** Whether a pin may stand on the same axes: figures of another measurement or token convention must not. */
export type PinPlace =
  | { readonly kind: 'here'; readonly choices: readonly number[] }
  | { readonly kind: 'elsewhere'; readonly reason: string };

export function placeOfPin(pin: Pin, library: OpenLibrary): PinPlace {
  if (pin.kind === 'external') return { kind: 'elsewhere', reason: 'this library has no costs for it' };
  if (pin.library_id !== library.view.id) return { kind: 'elsewhere', reason: 'measured in another library' };
  const choices = choicesOf(library.view, pin.blocks);
  return choices === undefined ? { kind: 'elsewhere', reason: 'this library lacks some of its blocks' } : { kind: 'here', choices };
}
