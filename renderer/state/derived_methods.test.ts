import { expect, it } from 'vitest';
import type { BaselinePoint } from '../../engine/protocol/problem.ts';
import { baselineMarks } from './derived_methods.ts';

const child = (objective: number, costs: Record<string, number>): BaselinePoint['solution'] => ({ objective, costs, choices: [] });

it('places children of simpler methods by method and along the axis, without those that have no number there', () => {
  const points: BaselinePoint[] = [
    { method: 'random', solution: child(9, { tok: 5, kl: 9 }) },
    { method: 'greedy', level: 30, solution: child(3, { tok: 31, kl: 3 }) },
    { method: 'greedy', level: 20, solution: child(2, { tok: 21 }) },
    { method: 'one_variant', variant: 'no_op/no_op', solution: child(50, { kl: 50 }) },
  ];
  expect(baselineMarks(points, 'tok', 'kl').map(({ id, method, x, y, level }) => [id, method, x, y, level])).toEqual([
    // Without the objective's column its own value counts.
    ['baseline-2', 'greedy', 21, 2, 20],
    ['baseline-1', 'greedy', 31, 3, 30],
    ['baseline-0', 'random', 5, 9, undefined],
  ]);
});
