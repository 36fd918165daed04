import { describe, expect, test } from 'vitest';
import type { SweepPoint } from '../../engine/protocol/problem.ts';
import { frequencyOf, layersByConstancy, rangesText, stretchOf } from './derived_frequency.ts';
import { spanLibrary, testLibrary } from './test_library.ts';

const point = (index: number, memory: number, choices: number[]): SweepPoint => ({
  index,
  level: memory,
  result: { status: 'optimal', objective: 0, bound: 0, gap: 0, solve_ms: 1, limits: [], final: true, exhausted: false, solutions: [{ objective: 0, costs: { memory_mib: memory }, choices }] },
});
const nothing: SweepPoint = { index: 9, level: 1, result: { status: 'infeasible', solve_ms: 1, reachable: [], conflict: [] } };
const { view } = testLibrary();
// Out of order on purpose: points stream in as they are found.
const points = [point(2, 160, [0, 4]), nothing, point(0, 20, [2, 5]), point(3, 200, [0, 3]), point(1, 120, [1, 4])];

describe('variants along the frontier', () => {
  const frequency = frequencyOf(view, points, [], 'memory_mib');

  test('are counted where a child was found', () => {
    expect(frequency.children.map(({ x }) => x)).toEqual([20, 120, 160, 200]);
    expect(frequency.share).toEqual([[0.5, 0.25], [0.25, 0.5], [0.25, 0.25]]);
    expect(frequency.overall).toEqual([0.375, 0.375, 0.25]);
  });

  test('count only undominated points once these are known', () => {
    expect(frequencyOf(view, points, [2, 3], 'memory_mib').share[0]).toEqual([1, 0.5]);
  });

  test('sort the layers of a child by how settled they are', () => {
    const two = frequencyOf(view, points, [2, 3], 'memory_mib');
    expect(layersByConstancy(view, [0, 3], two)).toEqual({ always: [0], sometimes: [1], never: [] });
    expect(layersByConstancy(view, [2, 3], two)).toEqual({ always: [], sometimes: [1], never: [0] });
  });

  test('say how far around a child a block is kept', () => {
    expect(stretchOf(frequency, 1, 1, 130)).toEqual([120, 160]);
    expect(stretchOf(frequency, 0, 0, 1_000)).toEqual([160, 200]);
    expect(stretchOf(frequency, 0, 1, 200)).toBeUndefined();
    expect(stretchOf(frequencyOf(view, [], [], 'memory_mib'), 0, 0, 1)).toBeUndefined();
  });

  test('count a block over two layers in both', () => {
    const spans = spanLibrary();
    expect(frequencyOf(spans.view, [point(0, 90, [3]), point(1, 200, [0, 4])], [], 'memory_mib').share).toEqual([[0.5, 0.5], [0.5, 0.5], [0, 0]]);
  });
});

test('ranges of layers are written short', () => {
  expect(rangesText([])).toBe('');
  expect(rangesText([7, 0, 1, 2, 12, 13])).toBe('0–2, 7, 12, 13');
});
