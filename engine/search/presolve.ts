/**
 * Choices that are never needed: those that no child can afford under some row, and those that another one of the same
 * layer beats or equals in cost and in every row.
 */
import type { NumericProblem } from './numeric_problem.ts';

/**
 * 1 for every choice of `among` that no other one there dominates. Of equal choices the first stays. Rows include those
 * that ask for diversity.
 */
export function undominated(problem: NumericProblem, among: Uint8Array = new Uint8Array(problem.cost.length).fill(1)): Uint8Array {
  const keep = among.slice();
  const coefs = problem.rows.map((row) => row.coef);
  const noWorse = (a: number, b: number): boolean => {
    if (problem.cost[a] > problem.cost[b]) return false;
    for (const coef of coefs) if (coef[a] > coef[b]) return false;
    return true;
  };
  for (let g = 0; g + 1 < problem.groupStart.length; g++) {
    const start = problem.groupStart[g];
    const end = problem.groupStart[g + 1];
    for (let a = start; a < end; a++) {
      if (keep[a] === 0) continue;
      for (let b = start; b < end && keep[a] === 1; b++) {
        if (a === b || keep[b] === 0 || !noWorse(b, a)) continue;
        if (b < a || !noWorse(a, b)) keep[a] = 0;
      }
    }
  }
  return keep;
}

/**
 * 0 for what exceeds a row even beside the smallest choices of all other groups. Without such choices the relaxation is
 * tighter, but its prices no longer tell what a looser limit would allow.
 */
export function affordable(problem: NumericProblem): Uint8Array {
  const keep = new Uint8Array(problem.cost.length).fill(1);
  const groups = problem.groupStart.length - 1;
  for (const { coef, bound, tolerance } of problem.rows) {
    const smallest = new Float64Array(groups).fill(Infinity);
    for (let g = 0; g < groups; g++) for (let c = problem.groupStart[g]; c < problem.groupStart[g + 1]; c++) smallest[g] = Math.min(smallest[g], coef[c]);
    const room = bound + tolerance - smallest.reduce((sum, value) => sum + value, 0);
    // A row that nothing satisfies is found out by whoever cuts the problem down.
    if (room < 0) continue;
    for (let g = 0; g < groups; g++) for (let c = problem.groupStart[g]; c < problem.groupStart[g + 1]; c++) if (coef[c] - smallest[g] > room) keep[c] = 0;
  }
  return keep;
}
