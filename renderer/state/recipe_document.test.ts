import { beforeEach, describe, expect, test } from 'vitest';
import { chosenBlock } from '../../engine/protocol/variant.ts';
import type { Pin, ProjectDocument } from '../../engine/protocol/workspace.ts';
import { startingLimits } from './default_limits.ts';
import { EMPTY_DOCUMENT } from './document_store.ts';
import { hardwareStore } from './hardware_store.ts';
import { recosted, switched } from './recipe_document.ts';
import { testLibrary } from './test_library.ts';

const H100 = 'generated:tiny?device=h100-sxm&isl=60&osl=40';
const B200 = 'generated:tiny?device=b200&isl=60&osl=40';
const blocks = [0, 1].map((layer) => chosenBlock([layer], { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 32 } }));
const pin: Pin = {
  kind: 'in_library',
  id: 'p',
  name: 'A child',
  created_at: '2026-01-01',
  origin: 'solution',
  library_id: H100,
  objective: 'kl_div',
  blocks,
  solve: { status: 'optimal', bound: 2, gap: 0 },
};
const decided: ProjectDocument = {
  ...EMPTY_DOCUMENT,
  library_id: H100,
  objective: 'kl_div',
  limits: [
    { column: 'memory_mib', side: 'max', value: 150, enabled: true },
    { column: 'runtime_ms', side: 'max', value: 15, enabled: false },
  ],
  workloads: [{ id: 'w', name: 'Chat', batch: 'largest', limits: [], enabled: true }],
  locks: [{ layer: 1, variant: 'kv8/32' }],
  bans: [{ variant: 'no_op/no_op' }],
  pins: [pin],
  compare: ['p', 'current'],
};

beforeEach(() => {
  hardwareStore.setState({ devices: [] });
});

describe('other costs of the same blocks', () => {
  test('keep everything that was decided', () => {
    expect(recosted(decided, B200)).toMatchObject({ ...decided, library_id: B200, pins: [{ id: 'p', library_id: B200, blocks }] });
  });

  test('leave behind what was proven under the old ones', () => {
    expect(recosted(decided, B200).pins[0]).not.toHaveProperty('solve');
  });

  test('leave pins of other libraries alone', () => {
    const foreign = { ...pin, id: 'f', library_id: 'measured-1234' };
    expect(recosted({ ...decided, pins: [foreign] }, B200).pins).toEqual([foreign]);
  });
});

describe('another library', () => {
  const before = testLibrary(H100);

  test('of the same parent keeps limits, locks and bans that mean something there', () => {
    const after = switched(decided, before, testLibrary('measured'));
    expect(after).toMatchObject({ library_id: 'measured', locks: decided.locks, bans: decided.bans, pins: decided.pins, compare: undefined });
    expect(after.limits.slice(0, 2)).toEqual(decided.limits);
  });

  test('has a limit switched off that no child of it meets, and still asks for something', () => {
    const limits = [{ column: 'memory_mib', side: 'max', value: 5, enabled: true }] as const;
    const after = switched({ ...decided, limits: [...limits] }, before, testLibrary('measured'));
    expect(after.limits[0]).toEqual({ ...limits[0], enabled: false });
    expect(after.limits.filter(({ enabled }) => enabled)).toHaveLength(1);
  });

  test('drops limits on columns it lacks, and offers its own beside', () => {
    const gone = { column: 'energy_j', side: 'max', value: 5, enabled: true } as const;
    const after = switched({ ...decided, limits: [gone, ...decided.limits] }, before, testLibrary('measured'));
    expect(after.limits.map(({ column }) => column)).toEqual(['memory_mib', 'runtime_ms', 'total_tok_s']);
    expect(after.limits.filter(({ enabled }) => enabled).map(({ column }) => column)).toEqual(['memory_mib']);
  });

  test('of another parent starts anew, but keeps the pins', () => {
    const after = switched(decided, before, testLibrary('other', 'Huge'));
    expect(after).toMatchObject({ locks: [], bans: [], pins: decided.pins });
    expect(after.limits).toEqual(startingLimits(testLibrary('other', 'Huge')));
  });
});

describe('the limits a computed library starts with', () => {
  const device = { id: 'h100-sxm', name: 'H', kind: 'gpu', peak_tflops: {}, memory_gb_s: 1, link: { name: '', gb_s_per_direction: 1 }, source: 's', origin: 'built-in' } as const;

  test('are what its device holds, where that is less than the parent takes', () => {
    // The parent takes 200 MiB and the smallest child 20; nine tenths of the memory, in hundreds, are 100.
    hardwareStore.setState({ devices: [{ ...device, memory_bytes: 120 * 2 ** 20 }] });
    expect(startingLimits(testLibrary(H100)).filter(({ enabled }) => enabled)).toEqual([{ column: 'memory_mib', side: 'max', value: 100, enabled: true }]);
  });

  test('ask for throughput where the parent fits', () => {
    hardwareStore.setState({ devices: [{ ...device, memory_bytes: 80e9 }] });
    expect(startingLimits(testLibrary(H100)).filter(({ enabled }) => enabled)).toMatchObject([{ column: 'total_tok_s', side: 'min' }]);
  });
});
