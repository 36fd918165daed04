import { describe, expect, test } from 'vitest';
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { startingLimits } from '../../state/default_limits.ts';
import type { SolveState } from '../../state/solve_store.ts';
import { mappableColumns, quantityOf } from '../../state/columns.ts';
import { testLibrary } from '../../state/test_library.ts';
import { addableLimits, isBinding, limitRow, limitScale } from './limits_model.ts';

const library = testLibrary();
const memory = (value: number, enabled = true): LimitSetting => ({ column: 'memory_mib', side: 'max', value, enabled });
const solved = (memoryMib: number, outcome: SolveState['outcome'] = { kind: 'answer' }): SolveState => ({
  pending: false,
  awaiting: false,
  outcome,
  solutionIndex: 0,
  answer: {
    problem: { library_id: 'test', objective: 'kl_div', limits: [] },
    solutions: [{ objective: 1, costs: { memory_mib: memoryMib, total_tok_s: 90_000 }, choices: [0, 4] }],
    certainty: { kind: 'optimal' },
    objective: 1,
    bound: 1,
    solveMs: 1,
    exhausted: false,
  limits: [],
  relaxation: undefined,
  },
});

describe('a limit row', () => {
  test('tells use, slack and whether it binds', () => {
    const row = limitRow(memory(170), library, solved(160));
    expect(row).toMatchObject({ used: 160, slack: 10, message: undefined });
    expect(isBinding(row)).toBe(false);
    expect(isBinding(limitRow(memory(160.1), library, solved(160)))).toBe(true);
  });

  test('of a lower limit counts slack the other way', () => {
    const row = limitRow({ column: 'total_tok_s', side: 'min', value: 80_000, enabled: true }, library, solved(160));
    expect(row.slack).toBe(10_000);
    // 1,000 of 450,000 tok/s, but one per cent of the runtime in question.
    expect(isBinding(limitRow({ column: 'total_tok_s', side: 'min', value: 89_000, enabled: true }, library, solved(160)))).toBe(false);
  });

  test('outside the reachable range says what can be reached', () => {
    expect(limitRow(memory(15), library, solved(160)).message).toEqual({
      tone: 'problem',
      text: 'Out of reach: the smallest that any child has is 20 MiB.',
      setTo: 20,
    });
  });

  test('in an infeasible problem is marked where it would have to give way, and how far it can go', () => {
    const reachable = [{ column: 'memory_mib', side: 'max', limit: 50, reachable: 70.25, proven: true, others_hold: true } as const];
    const row = limitRow(memory(50), library, solved(160, { kind: 'infeasible', reachable, conflict: [] }));
    expect(row.message).toEqual({ tone: 'problem' });
    expect(row.feasible).toMatchObject({ tightest: 70.25, stale: false });
    const inside = [{ ...reachable[0], reachable: 40, others_hold: false }];
    expect(limitRow(memory(50), library, solved(160, { kind: 'infeasible', reachable: inside, conflict: [] })).message).toBeUndefined();
  });

  test('takes binding and price from the search, and knows when they are of an earlier problem', () => {
    const state = { column: 'memory_mib', side: 'max', limit: 170, value: 160, slack: 10, binding: true, price: -0.1 } as const;
    const answered = solved(160);
    const solve: SolveState = { ...answered, answer: answered.answer && { ...answered.answer, limits: [{ ...state, workload: 'w1', limit: 1 }, state] } };
    const row = limitRow(memory(170), library, solve);
    expect(row).toMatchObject({ state, current: true });
    expect(isBinding(row)).toBe(true);
    expect(limitRow(memory(171), library, solve).current).toBe(false);
    expect(limitRow(memory(170), library, { ...solve, awaiting: true }).current).toBe(false);
    expect(limitRow(memory(170, false), library, solve).state).toBeUndefined();
  });

  test('that every child meets says so, and one that is off says nothing', () => {
    expect(limitRow(memory(200), library, solved(160)).message?.tone).toBe('note');
    expect(limitRow(memory(5, false), library, solved(160)).message).toBeUndefined();
  });

  test('on a column the library lacks is kept and explained', () => {
    const row = limitRow({ column: 'ttft_ms', side: 'max', value: 1, enabled: true }, library, solved(160));
    expect(row.range).toBeUndefined();
    expect(row.message?.text).toContain('no such column');
  });
});

describe('the slider', () => {
  const [throughput, , memoryRange] = library.ranges;

  test('is linear in costs, with round values', () => {
    const scale = limitScale(memoryRange, 'max');
    expect(scale.positionOf(110)).toBeCloseTo(0.5, 12);
    expect(scale.valueAt(0.5)).toBe(110);
    expect([scale.valueAt(0), scale.valueAt(1)]).toEqual([20, 200]);
  });

  test('is linear in runtime for throughput: half way is the harmonic mean', () => {
    const scale = limitScale(throughput, 'min');
    const harmonic = 2 / (1 / 50_000 + 1 / 500_000);
    expect(scale.positionOf(harmonic)).toBeCloseTo(0.5, 12);
    expect(scale.valueAt(0.5)).toBeCloseTo(harmonic, -2);
    expect([scale.positionOf(1), scale.positionOf(1e9)]).toEqual([0, 1]);
  });

  test('moves with every step of its keys', () => {
    for (const [range, side] of [
      [throughput, 'min'],
      [memoryRange, 'max'],
    ] as const) {
      const scale = limitScale(range, side);
      for (let value = scale.valueAt(0); value < range.largest; ) {
        const next = scale.step(value, 1 / 200);
        expect(next).toBeGreaterThan(value);
        value = next;
      }
    }
  });

  test('steps of a cost are round and lead back', () => {
    const scale = limitScale({ column: 'memory_mib', smallest: 2004, largest: 113_365, parent: 113_365 }, 'max');
    expect(scale.step(80_000, -1 / 200)).toBe(79_500);
    expect(scale.step(79_500, -1 / 20)).toBe(74_500);
    expect(scale.step(scale.step(74_500, 1 / 20), 1 / 200)).toBe(80_000);
  });

  test('is linear for a lower limit of anything but throughput', () => {
    expect(limitScale(memoryRange, 'min').positionOf(110)).toBeCloseTo(0.5, 12);
  });
});

describe('which limits there are', () => {
  test('a library starts with one that asks for half as much throughput again', () => {
    expect(startingLimits(library)).toEqual([
      { column: 'total_tok_s', side: 'min', value: 75_000, enabled: true },
      { column: 'memory_mib', side: 'max', value: 200, enabled: false },
      { column: 'runtime_ms', side: 'max', value: 20, enabled: false },
    ]);
  });

  test('without throughput it asks for four fifths of the memory', () => {
    const bare = { ...library, ranges: library.ranges.slice(1) };
    expect(startingLimits(bare)[0]).toEqual({ column: 'memory_mib', side: 'max', value: 160, enabled: true });
  });

  test('columns of further measurements are reached through workloads, not as limits', () => {
    const { view } = library;
    const [, runtime] = view.header.columns;
    const columns = [...view.header.columns, { ...runtime, id: 'runtime_ms_b5', measurement: 'b5' }, { ...runtime, id: 'weights_bytes', measurement: undefined }];
    const ranges = [...library.ranges, ...['runtime_ms_b5', 'weights_bytes'].map((column) => ({ column, smallest: 0, largest: 9, parent: 9 }))];
    const wide = { ...library, ranges, view: { ...view, header: { ...view.header, columns } } };
    const offered = addableLimits(wide, []).map(({ column }) => column);
    expect(offered).toContain('weights_bytes');
    expect(offered).not.toContain('runtime_ms_b5');
    expect(mappableColumns(wide.view).map(({ id }) => id)).toEqual(['kl_div', 'runtime_ms', 'memory_mib', 'weights_bytes']);
  });

  test('attention layers and weighted objectives have names', () => {
    expect(quantityOf(library.view, 'attention_layers')).toMatchObject({ label: 'Attention layers', unit: 'layers', estimated: false });
    expect(quantityOf(library.view, 'kl_div + 0.5*memory_mib')).toMatchObject({ label: 'KL + 0.5 × Memory', unit: '', better: 'lower' });
    expect(quantityOf(library.view, 'total_tok_s').unit).toBe('tok/s');
  });

  test('what is limited already is not offered again', () => {
    const others = ['total_tok_s max', 'runtime_ms min', 'memory_mib min'];
    expect(addableLimits(library, startingLimits(library)).map((limit) => `${limit.column} ${limit.side}`)).toEqual(others);
    expect(addableLimits(library, []).map((limit) => `${limit.column} ${limit.side}`)).toEqual([
      'total_tok_s min',
      'runtime_ms max',
      'memory_mib max',
      ...others,
    ]);
  });
});
