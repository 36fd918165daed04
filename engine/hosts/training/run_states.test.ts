import { expect, it } from 'vitest';
import { presetPlan } from '../pipeline/presets.ts';
import { withExperiments } from './run_states.ts';

it('experiments take the place of those of the same ids, and of several of one id the last counts', () => {
  const plan = withExperiments(presetPlan('smoke', 1), [
    { id: 'bld', seeds: 1 },
    { id: 'losses', seeds: 2 },
  ]);
  expect(withExperiments(plan, [])).toBe(plan);
  expect(
    withExperiments(plan, [
      { id: 'bld', seeds: 3 },
      { id: 'bld', seeds: 4 },
    ]).experiments,
  ).toEqual([
    { id: 'losses', seeds: 2 },
    { id: 'bld', seeds: 4 },
  ]);
});
