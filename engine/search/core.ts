/**
 * A problem cut down to the choices that can still matter, brought to a form that is kind to floating point:
 * groups with one choice become constants, every group's smallest cost and coefficient is 0, every row's largest
 * coefficient is 1, and rows that nothing can violate are gone. All bounds and proofs are computed on cores.
 */
import { groupOfChoices, type NumericProblem } from './numeric_problem.ts';

export interface Core {
  readonly groupStart: Int32Array;
  readonly group: Int32Array;
  /** Cost above `offset`, never negative. */
  readonly cost: Float64Array;
  readonly offset: number;
  readonly coefs: readonly Float64Array[];
  readonly bounds: readonly number[];
  readonly rowKeys: readonly string[];
  /** Index of each row in the problem that the core was cut from, and the size that its coefficients were divided by. */
  readonly rowOrigin: readonly number[];
  readonly rowScales: readonly number[];
  /** Index of each choice in the problem that the core was cut from. */
  readonly origin: Int32Array;
  /** Complete choice of the original problem in which only the open groups have to be filled in. */
  readonly fixed: Int32Array;
  /** Original group of each open group. */
  readonly openGroups: Int32Array;
}

/**
 * The core of `problem` over the choices with `keep[choice] !== 0`; undefined where a row cannot be satisfied at
 * all. Row bounds get half of their tolerance, so that what a solver accepts within rounding passes `satisfies`.
 */
export function coreOf(problem: NumericProblem, keep: Uint8Array): Core | undefined {
  const groups = problem.groupStart.length - 1;
  const fixed = new Int32Array(groups);
  const openGroups: number[] = [];
  const origin: number[] = [];
  const groupStart: number[] = [0];
  let offset = 0;
  for (let g = 0; g < groups; g++) {
    const members: number[] = [];
    for (let c = at(problem.groupStart, g); c < at(problem.groupStart, g + 1); c++) if (keep[c] !== 0) members.push(c);
    const [first] = members;
    if (first === undefined) return undefined;
    fixed[g] = first;
    if (members.length === 1) {
      offset += at(problem.cost, first);
      continue;
    }
    openGroups.push(g);
    origin.push(...members);
    groupStart.push(origin.length);
  }
  const open = new Set(openGroups);
  const cost = new Float64Array(origin.length);
  const starts = Int32Array.from(groupStart);
  offset += shifted(problem.cost, origin, starts, cost).base;

  const coefs: Float64Array[] = [];
  const bounds: number[] = [];
  const rowKeys: string[] = [];
  const rowOrigin: number[] = [];
  const rowScales: number[] = [];
  for (const [index, row] of problem.rows.entries()) {
    const coef = new Float64Array(origin.length);
    const { base, largest, total } = shifted(row.coef, origin, starts, coef);
    let room = row.bound + row.tolerance / 2 - base;
    for (let g = 0; g < groups; g++) if (!open.has(g)) room -= at(row.coef, at(fixed, g));
    if (total <= room) continue;
    if (room < -row.tolerance / 2) return undefined;
    for (let c = 0; c < coef.length; c++) coef[c] = at(coef, c) / largest;
    coefs.push(coef);
    bounds.push(Math.max(0, room) / largest);
    rowKeys.push(row.key);
    rowOrigin.push(index);
    rowScales.push(largest);
  }
  return {
    groupStart: starts,
    group: groupOfChoices(starts),
    cost,
    offset,
    coefs,
    bounds,
    rowKeys,
    rowOrigin,
    rowScales,
    origin: Int32Array.from(origin),
    fixed,
    openGroups: Int32Array.from(openGroups),
  };
}

/** A core's choice per open group as a complete choice of the original problem. */
export function lift(core: Core, chosen: Int32Array): Int32Array {
  const complete = core.fixed.slice();
  for (let g = 0; g < chosen.length; g++) complete[at(core.openGroups, g)] = at(core.origin, at(chosen, g));
  return complete;
}

/** Writes `values - smallest of the group` to `target`. */
function shifted(
  values: Float64Array,
  origin: readonly number[],
  starts: Int32Array,
  target: Float64Array,
): { base: number; largest: number; total: number } {
  let base = 0;
  let largest = 0;
  let total = 0;
  for (let g = 0; g + 1 < starts.length; g++) {
    let low = Infinity;
    let high = -Infinity;
    for (let c = at(starts, g); c < at(starts, g + 1); c++) {
      const value = at(values, origin[c] ?? -1);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    for (let c = at(starts, g); c < at(starts, g + 1); c++) target[c] = at(values, origin[c] ?? -1) - low;
    base += low;
    total += high - low;
    largest = Math.max(largest, high - low);
  }
  return { base, largest, total };
}

/** An element of a numeric array; outside it, NaN, which no comparison accepts. */
export function at(array: { readonly [index: number]: number | undefined }, index: number): number {
  return array[index] ?? Number.NaN;
}
