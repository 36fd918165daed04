/**
 * Layers whose cost and coefficients are the sum of an attention part and an FFN part fall apart into two groups of
 * their own: 6 + 10 choices instead of 60. Libraries of decoupled blocks and of cost models are mostly so.
 */
import type { NumericProblem, Row } from './numeric_problem.ts';

export interface Factored {
  readonly problem: NumericProblem;
  /** The parts that make up each choice of the original problem, and back. */
  split(chosen: Int32Array): Int32Array;
  join(parts: Int32Array): Int32Array;
}

/** Sums may differ from the whole by this share of the largest value: the rounding of their making. */
const ADDITIVE_WITHIN = 1e-13;

/** The problem over halves of layers; undefined where it would not become much smaller. */
export function factor(problem: NumericProblem): Factored | undefined {
  const { groupStart, kinds, cost, rows, last } = problem;
  const [first, second] = kinds ?? [];
  if (first === undefined || second === undefined || last !== undefined) return undefined;
  const all = [cost, ...rows.map((row) => row.coef)];
  const groups = groupStart.length - 1;
  const slack = all.map((values) => ADDITIVE_WITHIN * values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  // Whether a library adds up shows in a few of its layers; looking at all of them costs as much as a solve.
  const adds = (g: number): boolean => {
    const grid = gridOf(first, second, groupStart[g], groupStart[g + 1]);
    return grid !== undefined && additive(grid);
  };
  if (groups === 0 || ![0, groups >> 2, groups >> 1, groups - 1].some(adds)) return undefined;
  const starts: number[] = [0];
  /** Value of each part in `all`; the base of a layer goes to its first part. */
  const parts: number[][] = all.map(() => []);
  const firstLabels: number[] = [];
  const secondLabels: number[] = [];
  /** Part or parts of each choice. */
  const left = new Int32Array(cost.length).fill(-1);
  const right = new Int32Array(cost.length).fill(-1);
  let made = 0;
  for (let g = 0; g < groups; g++) {
    const from = groupStart[g];
    const to = groupStart[g + 1];
    const grid = gridOf(first, second, from, to);
    if (grid === undefined || !additive(grid)) {
      for (let c = from; c < to; c++) {
        left[c] = made++;
        firstLabels.push(first[c]);
        secondLabels.push(second[c]);
        for (const [k, values] of all.entries()) parts[k].push(values[c]);
      }
      starts.push(made);
      continue;
    }
    for (const [i, row] of grid.entries()) {
      for (const c of row) left[c] = made;
      firstLabels.push(first[row[0]]);
      secondLabels.push(-1);
      for (const [k, values] of all.entries()) parts[k].push(values[grid[i][0]]);
      made++;
    }
    starts.push(made);
    for (const [j, c0] of grid[0].entries()) {
      for (const row of grid) right[row[j]] = made;
      firstLabels.push(-1);
      secondLabels.push(second[c0]);
      for (const [k, values] of all.entries()) parts[k].push(values[c0] - values[grid[0][0]]);
      made++;
    }
    starts.push(made);
  }
  if (made > cost.length / 2) return undefined;
  const whole = new Map(Array.from(left, (part, c) => [part * (made + 1) + right[c] + 1, c]));
  return {
    problem: {
      groupStart: Int32Array.from(starts),
      cost: Float64Array.from(parts[0]),
      rows: rows.map((row, r): Row => ({ ...row, coef: Float64Array.from(parts[r + 1]) })),
      kinds: [Int32Array.from(firstLabels), Int32Array.from(secondLabels)],
    },
    split: (chosen) => Int32Array.from([...chosen].flatMap((c) => (right[c] < 0 ? [left[c]] : [left[c], right[c]]))),
    join: (chosen) => {
      const choices: number[] = [];
      for (let k = 0; k < chosen.length; k++) {
        const alone = whole.get(chosen[k] * (made + 1));
        if (alone === undefined) k++;
        choices.push(alone ?? whole.get(chosen[k - 1] * (made + 1) + chosen[k] + 1) ?? -1);
      }
      return Int32Array.from(choices);
    },
  };

  /** Whether every value is that of its row plus that of its column less that of the corner. */
  function additive(grid: readonly (readonly number[])[]): boolean {
    return all.every((values, k) => {
      const corner = values[grid[0][0]];
      return grid.every((row) => row.every((c, j) => Math.abs(values[c] - values[row[0]] - values[grid[0][j]] + corner) <= slack[k]));
    });
  }
}

/** Choices `from .. to - 1` as a complete table of first against second kind, at least 2 x 2; undefined where it is none. */
function gridOf(first: Int32Array, second: Int32Array, from: number, to: number): number[][] | undefined {
  const rows = new Map<number, number>();
  const columns = new Map<number, number>();
  for (let c = from; c < to; c++) {
    if (!rows.has(first[c])) rows.set(first[c], rows.size);
    if (!columns.has(second[c])) columns.set(second[c], columns.size);
  }
  if (rows.size < 2 || columns.size < 2 || rows.size * columns.size !== to - from) return undefined;
  const grid = Array.from({ length: rows.size }, () => Array.from({ length: columns.size }, () => -1));
  for (let c = from; c < to; c++) grid[rows.get(first[c]) ?? 0][columns.get(second[c]) ?? 0] = c;
  return grid.every((row) => row.every((c) => c >= 0)) ? grid : undefined;
}
