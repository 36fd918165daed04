import { describe, expect, test } from 'vitest';
import type { SolveState } from '../../state/solve_store.ts';
import { decidingText, feasibleRange, reachText, zonesOf } from './feasible_range.ts';

const piece = { kind: 'limit', column: 'memory_mib', side: 'max', tightest: 40, loosest: 160 } as const;
const memory = { column: 'memory_mib', side: 'max' } as const;
const answered: Pick<SolveState, 'outcome' | 'awaiting'> = { outcome: { kind: 'answer' }, awaiting: false };
const infeasible = (others_hold: boolean, proven = true): Pick<SolveState, 'outcome' | 'awaiting'> => ({
  outcome: { kind: 'infeasible', reachable: [{ ...memory, limit: 30, reachable: 70, proven, others_hold }], conflict: [] },
  awaiting: false,
});
const onTrack = (value: number): number => value / 200;

describe('the feasible range', () => {
  test('comes from the explanation', () => {
    expect(feasibleRange(memory, answered, { piece, stale: false })).toEqual({ side: 'max', tightest: 40, proven: true, loosest: 160, stale: false });
    expect(feasibleRange(memory, answered, undefined)).toBeUndefined();
  });

  test('of an infeasible problem is what its answer says, never an explanation of an earlier one', () => {
    expect(feasibleRange(memory, infeasible(true), { piece, stale: true })).toMatchObject({ tightest: 70, loosest: undefined, stale: false });
    expect(feasibleRange(memory, infeasible(false), { piece, stale: true })).toMatchObject({ tightest: 40, stale: true });
  });

  test('of another limit or of a workload is not taken', () => {
    expect(feasibleRange({ column: 'memory_mib', side: 'min' }, infeasible(true), undefined)).toBeUndefined();
    const ofWorkload = infeasible(true);
    if (ofWorkload.outcome.kind !== 'infeasible') throw new Error('unreachable');
    const outcome = { ...ofWorkload.outcome, reachable: ofWorkload.outcome.reachable.map((entry) => ({ ...entry, workload: 'chat' })) };
    expect(feasibleRange(memory, { outcome, awaiting: false }, undefined)).toBeUndefined();
  });
});

describe('zones', () => {
  const range = feasibleRange(memory, answered, { piece, stale: false });
  if (range === undefined) throw new Error('there is a range');

  test('of an upper limit: nothing fits on the left, nothing matters on the right', () => {
    expect(zonesOf(range, 'MiB', onTrack)).toEqual([
      { look: 'hatched', from: 0, to: 0.2, hint: 'No child is below 40 MiB while the other limits hold (settled to 0.01 %).' },
      { look: 'dimmed', from: 0.8, to: 1, hint: 'From 160 MiB on this limit does nothing: the best child under the other limits meets it anyway.' },
    ]);
  });

  test('of a lower limit: the other way round', () => {
    const lower = { ...range, side: 'min', tightest: 160, loosest: 40 } as const;
    expect(zonesOf(lower, '', onTrack).map(({ look, from, to }) => [look, from, to])).toEqual([
      ['hatched', 0.8, 1],
      ['dimmed', 0, 0.2],
    ]);
    expect(reachText(lower, 'MiB')).toBe('can go up to 160');
    expect(decidingText(lower, 'MiB')).toContain('From 40 to 160 MiB');
  });

  test('without width are left out, and stale ones say so', () => {
    const edge = { ...range, tightest: 0, stale: true };
    const zones = zonesOf(edge, 'MiB', onTrack);
    expect(zones.map((zone) => zone.look)).toEqual(['dimmed']);
    expect(zones[0].hint).toContain('before the last change');
  });

  test('do not claim what is not proven', () => {
    const found = feasibleRange(memory, infeasible(true, false), undefined);
    if (found === undefined) throw new Error('there is a range');
    expect(zonesOf(found, 'MiB', onTrack)[0].hint).toContain('yet');
    expect(reachText(found, 'MiB')).toBe('can go down to 70 at least');
  });
});
