import { describe, expect, test } from 'vitest';
import type { Reachable } from '../../../engine/protocol/problem.ts';
import { testLibrary } from '../../state/test_library.ts';
import { liftWord, statementWords, waysOut } from './relaxations.ts';

const context = {
  library: testLibrary(),
  workloads: [{ id: 'w1', name: 'Chat', batch: 'largest', limits: [], enabled: true } as const].map((workload) => ({ ...workload, limits: [] })),
};
const entry = (change: Partial<Reachable>): Reachable => ({ column: 'memory_mib', side: 'max', limit: 40_000, reachable: 41_208, proven: true, others_hold: true, ...change });

describe('ways out', () => {
  test('say which change of which limit alone is enough', () => {
    expect(waysOut([entry({})], context).alone).toEqual([
      { target: { workload: undefined, column: 'memory_mib', side: 'max' }, name: 'Memory', text: 'to 41,208 MiB', change: '+3.0 %', setTo: 41_208, proven: true },
    ]);
  });

  test('are rounded so that the child found still fits', () => {
    const [upper] = waysOut([entry({ reachable: 41_208.123_456 })], context).alone;
    expect(upper.setTo).toBeGreaterThanOrEqual(41_208.123_456);
    expect(upper.setTo).toBeCloseTo(41_208.13, 6);
    const [lower] = waysOut([entry({ column: 'total_tok_s', side: 'min', limit: 60_000, reachable: 59_999.987_6 })], context).alone;
    expect(lower.setTo).toBeLessThanOrEqual(59_999.987_6);
    expect(lower).toMatchObject({ name: 'Throughput (all)', change: '−0.00002 %' });
  });

  test('come with the smallest change first, and without those that cannot help', () => {
    const far = entry({ column: 'runtime_ms', limit: 10, reachable: 20 });
    const never = entry({ column: 'attention_layers', side: 'min', limit: 60, reachable: 80, others_hold: false });
    const ways = waysOut([far, never, entry({})], context);
    expect(ways.alone.map(({ name, change }) => [name, change])).toEqual([
      ['Memory', '+3.0 %'],
      ['Runtime', '+100.0 %'],
    ]);
    expect(ways.never).toEqual(['Attention layers']);
  });

  test('name the workload', () => {
    const [way] = waysOut([entry({ workload: 'w1', column: 'ttft_ms', limit: 0, reachable: 12 })], context).alone;
    expect(way).toMatchObject({ name: 'Chat: TTFT', text: 'to 12 ms', change: undefined });
  });
});

describe('a conflict', () => {
  test.each([
    [{ kind: 'limit', column: 'memory_mib', side: 'max', limit: 30_000 } as const, 'memory ≤ 30,000 MiB', 'Switch off'],
    [{ kind: 'limit', column: 'attention_layers', side: 'min', limit: 60 } as const, 'attention layers ≥ 60', 'Switch off'],
    [{ kind: 'limit', column: 'kl_div', side: 'max', limit: 3 } as const, 'KL ≤ 3', 'Switch off'],
    [{ kind: 'limit', workload: 'w1', column: 'memory_mib', side: 'max', limit: 30_000 } as const, 'Chat: memory ≤ 30,000 MiB', 'Remove'],
    [{ kind: 'lock', layer: 3, variant: 'kv8/28672' } as const, 'layer 3 locked to kv8/28672', 'Unlock'],
    [{ kind: 'ban', layer: 3, variant: 'no_op/no_op' } as const, 'no_op/no_op banned in layer 3', 'Allow'],
    [{ kind: 'ban', variant: 'no_op/no_op' } as const, 'no_op/no_op banned in all layers', 'Allow'],
  ])('%o reads "%s"', (statement, words, lift) => {
    expect(statementWords(statement, context)).toBe(words);
    expect(liftWord(statement)).toBe(lift);
  });
});
