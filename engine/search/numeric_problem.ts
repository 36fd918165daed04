/**
 * The search as numbers: one choice per group (a parent layer), a cost to minimise and rows `sum a x <= bound`.
 * This is Puzzle's mixed-integer program (arXiv 2411.19146, section 4.3) with every limit turned into `<=`.
 */

/** `sum coef[chosen] <= bound`, held to `tolerance` (absolute, in the row's own unit). */
export interface Row {
  /** Tells equal rows of two problems apart from others, so that a warm start can be matched. */
  readonly key: string;
  readonly coef: Float64Array;
  readonly bound: number;
  readonly tolerance: number;
}

export interface NumericProblem {
  /** Choices `groupStart[g] .. groupStart[g + 1] - 1` belong to group g; one more entry than there are groups. */
  readonly groupStart: Int32Array;
  readonly cost: Float64Array;
  readonly rows: readonly Row[];
  /**
   * Kinds of each choice that are worth counting, such as its attention or its FFN: deciding how often a kind is used
   * often settles what deciding single choices does not. Labels count from 0; -1 is of no kind.
   */
  readonly kinds?: readonly Int32Array[];
  /**
   * Last group of each choice, where choices may replace several groups in a row; `groupStart` then orders choices by
   * their first group, and a solution covers every group once.
   */
  readonly last?: Int32Array;
}

/** Sum of `coef` over the chosen entries. */
export function sumOver(coef: Float64Array, chosen: Int32Array): number {
  let sum = 0;
  for (const choice of chosen) sum += coef[choice] ?? Number.NaN;
  return sum;
}

/** Whether one choice per group satisfies every row within its tolerance. */
export function satisfies(problem: NumericProblem, chosen: Int32Array): boolean {
  return problem.rows.every((row) => sumOver(row.coef, chosen) <= row.bound + row.tolerance);
}

/** The group of every choice. */
export function groupOfChoices(groupStart: Int32Array): Int32Array {
  const group = new Int32Array(groupStart.at(-1) ?? 0);
  for (let g = 0; g + 1 < groupStart.length; g++) group.fill(g, groupStart[g], groupStart[g + 1]);
  return group;
}
