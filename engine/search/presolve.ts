/** Choices that another one of the same layer beats or equals in cost and in every row; they are never needed. */
import { at } from './core.ts';
import type { NumericProblem } from './numeric_problem.ts';

/** 1 for every choice to keep. Of equal choices the first stays. Rows include those that ask for diversity. */
export function undominated(problem: NumericProblem): Uint8Array {
  const keep = new Uint8Array(problem.cost.length).fill(1);
  const coefs = problem.rows.map((row) => row.coef);
  const noWorse = (a: number, b: number): boolean => {
    if (at(problem.cost, a) > at(problem.cost, b)) return false;
    for (const coef of coefs) if (at(coef, a) > at(coef, b)) return false;
    return true;
  };
  for (let g = 0; g + 1 < problem.groupStart.length; g++) {
    const start = at(problem.groupStart, g);
    const end = at(problem.groupStart, g + 1);
    for (let a = start; a < end; a++) {
      for (let b = start; b < end && keep[a] === 1; b++) {
        if (a === b || keep[b] === 0 || !noWorse(b, a)) continue;
        if (b < a || !noWorse(a, b)) keep[a] = 0;
      }
    }
  }
  return keep;
}
