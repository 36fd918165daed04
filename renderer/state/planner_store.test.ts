import { beforeEach, expect, test } from 'vitest';
import { planRequestSchema } from '../../engine/protocol/plan.ts';
import { BATCHES, DEFAULT_SETTINGS, changePlanner, meshesOf, planRequest, plannerStore } from './planner_store.ts';

beforeEach(() => plannerStore.setState(plannerStore.getInitialState()));

test('meshes are every ordered way to arrange the chips, the most cubic first', () => {
  expect(meshesOf(1)).toEqual([[1, 1, 1]]);
  expect(meshesOf(64)[0]).toEqual([4, 4, 4]);
  // Three factors that are powers of two with exponents adding up to 6: 28 of them.
  expect(meshesOf(64)).toHaveLength(28);
  for (const mesh of meshesOf(64)) expect(mesh.reduce((product, side) => product * side, 1)).toBe(64);
});

test('another number of chips gives up a mesh of the old one; anything else keeps it', () => {
  changePlanner({ chips: 64, mesh: [4, 4, 4] });
  changePlanner({ isl: 100 });
  expect(plannerStore.getState().settings.mesh).toEqual([4, 4, 4]);
  changePlanner({ chips: 16 });
  expect(plannerStore.getState().settings.mesh).toBeUndefined();
});

test('a request is one that the engine takes', () => {
  const request = planRequest({ ...DEFAULT_SETTINGS, chips: 8, mesh: [2, 2, 2] }, { model: 'palm-62b' }, 'prefill');
  expect(planRequestSchema.parse(request)).toMatchObject({ model: 'palm-62b', mesh: [2, 2, 2], phases: ['prefill'], batches: [...BATCHES], terms: 'detailed' });
});
