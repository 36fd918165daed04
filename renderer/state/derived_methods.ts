/** Children of simpler methods as they stand beside the frontier; the methods are the paper's (section 4.2) and ours. */
import { BASELINES, type Baseline, type BaselinePoint } from '../../engine/protocol/problem.ts';
import type { WireSolution } from '../../engine/protocol/problem.ts';

export const BASELINE_NAMES: Readonly<Record<Baseline, { readonly name: string; readonly how: string }>> = {
  greedy: { name: 'Greedy', how: 'Layer by layer, the best score that the budget still allows' },
  max_params: { name: 'Most parameters', how: 'The child with the most parameters within the limit, whatever its score' },
  one_variant: { name: 'One variant', how: 'The same block in every layer' },
  random: { name: 'Random', how: 'Blocks drawn at random' },
};

export interface BaselineMark {
  readonly id: string;
  readonly method: Baseline;
  readonly x: number;
  readonly y: number;
  readonly level: number | undefined;
  readonly variant: string | undefined;
  readonly solution: WireSolution;
}

/** By method, in order of the swept quantity; children without a number on an axis are left out. */
export function baselineMarks(points: readonly BaselinePoint[], over: string, objective: string): readonly BaselineMark[] {
  return points
    .flatMap(({ method, level, variant, solution }, index): BaselineMark[] => {
      const x = solution.costs[over];
      const y = solution.costs[objective] ?? solution.objective;
      if (x === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return [];
      return [{ id: `baseline-${index}`, method, x, y, level, variant, solution }];
    })
    .sort((a, b) => BASELINES.indexOf(a.method) - BASELINES.indexOf(b.method) || a.x - b.x);
}
