/**
 * Puzzle's greedy baseline (arXiv 2411.19146, section 5, and the NVlabs/puzzle notebook): every budget is split equally
 * over the layers; layers are handled from the one whose variants cost least quality on average to the one where they
 * cost most; each takes the best variant that fits its share and what earlier layers left over.
 */
import { groupOfChoices, type NumericProblem, type Row } from './numeric_problem.ts';

/**
 * A choice per group, or undefined where a group has none that replaces it alone. Where nothing fits, which the rule
 * leaves open, the choice that overdraws least is taken and later layers have to make up for it, so that the child may
 * still exceed a row.
 */
export function greedyChild(problem: NumericProblem): Int32Array | undefined {
  const { groupStart, cost, rows } = problem;
  const layers = groupStart.length - 1;
  const members = singleChoices(problem);
  if (members.some((choices) => choices.length === 0)) return undefined;
  const mean = members.map((choices) => choices.reduce((sum, choice) => sum + cost[choice], 0) / choices.length);
  const easiestFirst = [...members.keys()].sort((a, b) => mean[a] - mean[b]);
  const left = rows.map(() => 0);
  const chosen = new Int32Array(layers);
  for (const layer of easiestFirst) {
    for (const [r, row] of rows.entries()) left[r] += row.bound / layers;
    let best = -1;
    let leastOverdraft = Infinity;
    for (const choice of members[layer]) {
      const overdraft = overdraftOf(rows, left, choice, layers);
      if (best >= 0 && (overdraft > leastOverdraft || (overdraft === leastOverdraft && cost[choice] >= cost[best]))) continue;
      best = choice;
      leastOverdraft = overdraft;
    }
    for (const [r, { coef }] of rows.entries()) left[r] -= coef[best];
    chosen[layer] = best;
  }
  return chosen;
}

/** By how much a choice exceeds what is left, in shares of a layer's budget; 0 where it fits. */
function overdraftOf(rows: readonly Row[], left: readonly number[], choice: number, layers: number): number {
  let overdraft = 0;
  for (const [r, { coef, bound, tolerance }] of rows.entries()) {
    const excess = coef[choice] - left[r];
    if (excess > tolerance) overdraft += excess / Math.max(Math.abs(bound / layers), tolerance);
  }
  return overdraft;
}

/** Per group the choices that replace it alone. */
export function singleChoices({ groupStart, last }: NumericProblem): readonly (readonly number[])[] {
  const members: number[][] = Array.from({ length: groupStart.length - 1 }, () => []);
  for (const [choice, group] of groupOfChoices(groupStart).entries()) {
    if ((last?.[choice] ?? group) === group) members[group].push(choice);
  }
  return members;
}
