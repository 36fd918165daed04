import { describe, expect, it } from 'vitest';
import type { SweepPoint } from '../../engine/protocol/problem.ts';
import type { Quantity } from './columns.ts';
import { firstUnreachableLevel, frontierPoints, meetsLimits, unreachableBoundary } from './derived_frontier.ts';

const quantity = (better: Quantity['better']): Quantity => ({ id: 'over', label: 'Over', unit: '', better, estimated: false, provenance: '', measurement: undefined });
const found = (index: number, level: number, x: number, y: number, bound = y): SweepPoint => ({
  index,
  level,
  result: {
    status: bound === y ? 'optimal' : 'feasible',
    objective: y,
    bound,
    gap: 0,
    limits: [],
    solve_ms: 1,
    solutions: [{ objective: y, costs: { over: x, kl: y }, choices: [] }],
    final: true,
    exhausted: false,
  },
});
const nothing = (index: number, level: number): SweepPoint => ({ index, level, result: { status: 'infeasible', solve_ms: 1, reachable: [], conflict: [] } });

describe('frontier points', () => {
  it('stand where the children are, in order of level, without the levels that have none', () => {
    const points = frontierPoints([found(1, 20, 21, 2), found(0, 10, 13, 1, 0.9), nothing(2, 30)], 'over', 'kl');
    expect(points.map(({ x, y, proven }) => [x, y, proven])).toEqual([
      [13, 1, false],
      [21, 2, true],
    ]);
  });

  it('end where the first level has no child, from the loose side', () => {
    const points = [nothing(0, 30), nothing(1, 40), found(2, 20, 20, 1)];
    expect(firstUnreachableLevel(points, quantity('higher'))).toBe(30);
    expect(firstUnreachableLevel(points, quantity('lower'))).toBe(40);
    expect(firstUnreachableLevel([found(0, 1, 1, 1)], quantity('higher'))).toBeUndefined();
  });
});

describe('the unreachable region', () => {
  it('steps at the levels to what was proven there, not at the children found', () => {
    const points = frontierPoints([found(0, 10, 13, 1, 0.9), found(1, 20, 21, 2)], 'over', 'kl');
    expect(unreachableBoundary(points, quantity('higher'))).toEqual([
      { x: undefined, y: 0.9 },
      { x: 20, y: 0.9 },
      { x: 20, y: 2 },
    ]);
  });

  it('runs from the largest level down where the swept quantity is limited from above', () => {
    const points = frontierPoints([found(0, 10, 9, 5), found(1, 20, 19, 2)], 'over', 'kl');
    expect(unreachableBoundary(points, quantity('lower'))).toEqual([
      { x: undefined, y: 2 },
      { x: 10, y: 2 },
      { x: 10, y: 5 },
    ]);
  });
});

it('counts only enabled limits', () => {
  const limit = { column: 'over', side: 'min', value: 5, enabled: true } as const;
  expect(meetsLimits(4, [limit])).toBe(false);
  expect(meetsLimits(5, [limit])).toBe(true);
  expect(meetsLimits(4, [{ ...limit, enabled: false }])).toBe(true);
  expect(meetsLimits(4, [{ ...limit, side: 'max' }])).toBe(true);
});
