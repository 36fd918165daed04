/**
 * A problem whose choices may replace several groups in a row, cut down to what can still matter: choices are
 * intervals, a child covers the groups 0, 1, 2, ... exactly once, so it is a path through their boundaries. As in
 * `core.ts` everything is shifted so that the cheapest path costs 0 and takes 0 of every row; a row's largest
 * coefficient is 1; rows that nothing can violate are gone.
 */
import { at } from './core.ts';
import { groupOfChoices, type NumericProblem } from './numeric_problem.ts';
import { undominated } from './presolve.ts';

export interface CoverCore {
  readonly layers: number;
  /** Choices ordered by first layer; those of layer l are `starts[l] .. starts[l + 1] - 1`. */
  readonly starts: Int32Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Cost above `offset`, never negative. */
  readonly cost: Float64Array;
  readonly offset: number;
  /** Cost above `offset` of the dearest path. */
  readonly dearest: number;
  readonly coefs: readonly Float64Array[];
  readonly bounds: readonly number[];
  /** How far the worst path exceeds each row; above 0. */
  readonly excess: readonly number[];
  /** Index of each row in the problem, and the size that its coefficients were divided by. */
  readonly rowOrigin: readonly number[];
  readonly rowScales: readonly number[];
  /** Index of each choice in the problem. */
  readonly origin: Int32Array;
}

/** Last group of every choice. */
export function lastGroups(problem: NumericProblem): Int32Array {
  return problem.last ?? groupOfChoices(problem.groupStart);
}

/** Whether `chosen` covers every group once, in order. */
export function covers(problem: NumericProblem, chosen: Int32Array): boolean {
  const first = groupOfChoices(problem.groupStart);
  const last = lastGroups(problem);
  let next = 0;
  for (const choice of chosen) {
    if (first[choice] !== next) return false;
    next = at(last, choice) + 1;
  }
  return next === problem.groupStart.length - 1;
}

/** Choices to keep: for equal groups, another one that is no worse in cost and rows is not needed. */
export function undominatedIntervals(problem: NumericProblem): Uint8Array {
  const first = groupOfChoices(problem.groupStart);
  const last = lastGroups(problem);
  const order = Int32Array.from(first.keys()).sort((a, b) => at(first, a) - at(first, b) || at(last, a) - at(last, b) || a - b);
  const groupStart: number[] = [];
  for (const [index, choice] of order.entries()) {
    const before = at(order, index - 1);
    if (index === 0 || at(first, before) !== at(first, choice) || at(last, before) !== at(last, choice)) groupStart.push(index);
  }
  const ordered = (values: Float64Array): Float64Array => Float64Array.from(order, (choice) => at(values, choice));
  const kept = undominated({
    groupStart: Int32Array.from([...groupStart, order.length]),
    cost: ordered(problem.cost),
    // Without bounds: intervals overlap, so sums over all of these groups mean nothing.
    rows: problem.rows.map((row) => ({ ...row, coef: ordered(row.coef), bound: Infinity })),
  });
  const keep = new Uint8Array(first.length);
  for (const [index, choice] of order.entries()) keep[choice] = at(kept, index);
  return keep;
}

/** The core over the choices with `keep[choice] !== 0`; undefined where no path, or none within some row, is left. */
export function coverCoreOf(problem: NumericProblem, keep: Uint8Array): CoverCore | undefined {
  const layers = problem.groupStart.length - 1;
  const allFirst = groupOfChoices(problem.groupStart);
  const allLast = lastGroups(problem);
  let members = allFirst.map((_, choice) => choice).filter((choice) => keep[choice] !== 0);
  const pathsOver = (values: (choice: number) => number): Paths =>
    shortest(layers, members.map((choice) => at(allFirst, choice)), members.map((choice) => at(allLast, choice)), (c) => values(at(members, c)));

  // Choices on no complete path go, and those through which every path exceeds a row; then the same again.
  for (let before = -1; before !== members.length; ) {
    before = members.length;
    const whole = pathsOver(() => 0);
    if (whole.total === Infinity) return undefined;
    members = members.filter((choice) => at(whole.before, at(allFirst, choice)) + at(whole.after, at(allLast, choice) + 1) < Infinity);
    for (const row of problem.rows) {
      const paths = pathsOver((choice) => at(row.coef, choice));
      const most = row.bound + row.tolerance + 1e-12 * Math.abs(row.bound);
      if (paths.total > most) return undefined;
      members = members.filter(
        (choice) => at(paths.before, at(allFirst, choice)) + at(row.coef, choice) + at(paths.after, at(allLast, choice) + 1) <= most,
      );
      if (pathsOver(() => 0).total === Infinity) return undefined;
    }
  }

  const first = members.map((choice) => at(allFirst, choice));
  const last = members.map((choice) => at(allLast, choice));
  const starts = new Int32Array(layers + 1);
  for (const layer of first) starts[layer + 1] = at(starts, layer + 1) + 1;
  for (let layer = 0; layer < layers; layer++) starts[layer + 1] = at(starts, layer + 1) + at(starts, layer);
  const shifted = (values: Float64Array): { values: Float64Array; base: number; spread: number } => {
    const paths = shortest(layers, first, last, (c) => at(values, at(members, c)));
    const target = Float64Array.from(members, (choice, c) =>
      Math.max(0, at(values, choice) + at(paths.after, at(last, c) + 1) - at(paths.after, at(first, c))),
    );
    const longest = shortest(layers, first, last, (c) => -at(target, c));
    return { values: target, base: paths.total, spread: -longest.total };
  };

  const cost = shifted(problem.cost);
  const rows: { coef: Float64Array; bound: number; excess: number; origin: number; scale: number }[] = [];
  for (const [index, row] of problem.rows.entries()) {
    const { values, base, spread } = shifted(row.coef);
    const room = Math.max(0, row.bound + row.tolerance / 2 - base);
    if (spread <= room) continue;
    const scale = values.reduce((most, value) => Math.max(most, value), 0);
    rows.push({ coef: values.map((value) => value / scale), bound: room / scale, excess: (spread - room) / scale, origin: index, scale });
  }
  return {
    layers,
    starts,
    first,
    last,
    cost: cost.values,
    offset: cost.base,
    dearest: cost.spread,
    coefs: rows.map((row) => row.coef),
    bounds: rows.map((row) => row.bound),
    excess: rows.map((row) => row.excess),
    rowOrigin: rows.map((row) => row.origin),
    rowScales: rows.map((row) => row.scale),
    origin: members,
  };
}

/** The boundaries that no choice crosses, 0 and `layers` among them. */
export function uncrossed(core: CoverCore, keep: (choice: number) => boolean = () => true): number[] {
  const reach = new Int32Array(core.layers);
  for (let c = 0; c < core.first.length; c++) if (keep(c)) reach[at(core.first, c)] = Math.max(at(reach, at(core.first, c)), at(core.last, c) + 1);
  const cuts: number[] = [];
  let furthest = 0;
  for (let layer = 0; layer < core.layers; layer++) {
    if (layer >= furthest) cuts.push(layer);
    furthest = Math.max(furthest, at(reach, layer));
  }
  return [...cuts, core.layers];
}

export interface Paths {
  /** Length of the shortest path. */
  readonly total: number;
  /** Shortest from the start to each boundary, and from there to the end. */
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** Shortest paths over intervals that are ordered by their first layer. */
export function shortest(layers: number, first: Int32Array, last: Int32Array, length: (choice: number) => number): Paths {
  const before = new Float64Array(layers + 1).fill(Infinity);
  const after = new Float64Array(layers + 1).fill(Infinity);
  before[0] = 0;
  after[layers] = 0;
  for (let c = 0; c < first.length; c++) {
    const end = at(last, c) + 1;
    before[end] = Math.min(at(before, end), at(before, at(first, c)) + length(c));
  }
  for (let c = first.length - 1; c >= 0; c--) {
    const start = at(first, c);
    after[start] = Math.min(at(after, start), length(c) + at(after, at(last, c) + 1));
  }
  return { total: at(after, 0), before, after };
}
