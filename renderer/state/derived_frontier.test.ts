import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SweepPoint } from '../../engine/protocol/problem.ts';
import type { Quantity } from './columns.ts';
import { firstUnreachableLevel, frontierPoints, infeasibleLevels, meetsLimits, nonDominated, unreachableBoundary } from './derived_frontier.ts';

const quantity = (better: Quantity['better']): Quantity => ({ id: 'over', label: 'Over', unit: '', better, estimated: false, provenance: '', measurement: undefined });
const score = { ...quantity('lower'), id: 'kl' };
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
    const points = frontierPoints([found(1, 20, 21, 2), found(0, 10, 13, 1, 0.9), nothing(2, 30)], quantity('higher'), score);
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

describe('dominated points', () => {
  it('are those that another one equals or beats in both directions', () => {
    const sweep = [found(0, 10, 15, 1), found(1, 12, 15, 1), found(2, 14, 16, 0.5), found(3, 20, 21, 2)];
    expect(frontierPoints(sweep, quantity('higher'), score).map(({ id, dominated }) => [id, dominated])).toEqual([
      ['level-0', true],
      ['level-1', true],
      ['level-2', false],
      ['level-3', false],
    ]);
    expect(frontierPoints(sweep, quantity('lower'), score).map(({ dominated }) => dominated)).toEqual([false, true, false, true]);
  });

  it('are the others where the sweep has told its frontier', () => {
    const points = frontierPoints([found(0, 10, 10, 1), found(1, 20, 20, 2)], quantity('higher'), score, [1]);
    expect(points.map(({ dominated }) => dominated)).toEqual([true, false]);
  });

  it('agree with looking at every pair', () => {
    const better = fc.constantFrom('higher' as const, 'lower' as const);
    const points = fc.array(fc.record({ x: fc.integer({ min: 0, max: 6 }), y: fc.integer({ min: -3, max: 3 }) }), { maxLength: 12 });
    fc.assert(
      fc.property(points, better, better, (all, over, objective) => {
        const kept = nonDominated(all, { better: over }, { better: objective });
        const asGood = (a: number, b: number, way: 'higher' | 'lower'): boolean => (way === 'higher' ? a >= b : a <= b);
        const beats = (a: { x: number; y: number }, b: { x: number; y: number }): boolean => asGood(a.x, b.x, over) && asGood(a.y, b.y, objective);
        const same = (a: { x: number; y: number }, b: { x: number; y: number }): boolean => a.x === b.x && a.y === b.y;
        // Of equals one stays; whatever stays is beaten by nothing else, and whatever goes is beaten by something that stays.
        expect(new Set(kept.map(({ x, y }) => `${x} ${y}`)).size).toBe(kept.length);
        for (const point of kept) expect(all.some((other) => beats(other, point) && !same(other, point))).toBe(false);
        for (const point of all) expect(kept.some((other) => beats(other, point))).toBe(true);
      }),
    );
  });
});

it('names levels without a child, but not those that have no number', () => {
  expect(infeasibleLevels([nothing(3, 40), nothing(1, 30), nothing(4, Infinity), found(0, 10, 10, 1)])).toEqual([
    { id: 'none-1', level: 30 },
    { id: 'none-3', level: 40 },
  ]);
});

describe('the unreachable region', () => {
  it('steps at the levels to what was proven there, not at the children found', () => {
    const points = frontierPoints([found(0, 10, 13, 1, 0.9), found(1, 20, 21, 2)], quantity('higher'), score);
    expect(unreachableBoundary(points, quantity('higher'))).toEqual([
      { x: undefined, y: 0.9 },
      { x: 20, y: 0.9 },
      { x: 20, y: 2 },
    ]);
  });

  it('runs from the largest level down where the swept quantity is limited from above', () => {
    const points = frontierPoints([found(0, 10, 9, 5), found(1, 20, 19, 2)], quantity('higher'), score);
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
