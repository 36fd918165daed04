import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../engine/protocol/errors.ts';
import { workloadProblems, type WorkloadSetting } from '../../state/derived_workloads.ts';
import { problemOf } from '../../state/problem.ts';
import { EMPTY_DOCUMENT } from '../../state/document_store.ts';
import type { SolveState } from '../../state/solve_store.ts';
import { testLibrary } from '../../state/test_library.ts';
import { withLimit } from './workload_actions.ts';
import { addableMeasures, newWorkload, refusalOf, resultOf, resultText, sidesOf, startingValue, trafficText } from './workloads_model.ts';

/** Measured at 60 + 40 tokens and batch 10, and at batch 5. */
const plain = testLibrary();
const [measurement] = plain.view.header.measurements;
const library = {
  ...plain,
  view: { ...plain.view, header: { ...plain.view.header, measurements: [measurement, { ...measurement, id: 'm5', batch: 5 }] } },
};
const { view } = library;
const chat: WorkloadSetting = { id: 'w1', name: 'Chat', batch: 'largest', limits: [{ column: 'memory_mib', max: 150 }], enabled: true };
const problems = (change: Partial<WorkloadSetting>): readonly (readonly [string, string])[] =>
  workloadProblems({ ...chat, ...change }, view).map(({ field, text }) => [field, text]);

describe('a workload', () => {
  test('of the library’s own traffic is fine, whatever it limits', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ limits: [{ column: 'memory_mib', max: 150 }, { column: 'kv_tokens', min: 500 }, { column: 'ttft_ms', max: 3 }, { column: 'output_tok_s', min: 9 }] })).toEqual([]);
    expect(problems({ isl: 60, osl: 40, batch: 5, limits: [{ column: 'total_tok_s', min: 9 }] })).toEqual([]);
  });

  test('needs a name', () => {
    expect(problems({ name: ' ' })).toEqual([['name', 'Name: a workload needs one.']]);
  });

  test('of other lengths has memory but no runtimes', () => {
    expect(problems({ isl: 2048 })).toEqual([]);
    const [[field, text]] = problems({ isl: 2048, limits: [{ column: 'itl_ms', max: 20 }] });
    expect(field).toBe('lengths');
    expect(text).toBe('Prompt and generated tokens: ITL needs runtimes of this traffic; the library has 60 + 40.');
  });

  test('at another batch has memory but no runtimes', () => {
    expect(problems({ batch: 7 })).toEqual([]);
    expect(problems({ batch: 7, limits: [{ column: 'total_tok_s', min: 9 }] })).toEqual([
      ['batch', 'Batch: Throughput (all) needs runtimes at this batch; the library has 5 and 10.'],
    ]);
  });

  test('that counts cached tokens needs a memory to put them into', () => {
    expect(problems({ limits: [{ column: 'kv_tokens', min: 500 }] })).toEqual([['kv_tokens', 'Cached tokens: needs an upper limit on memory in this workload.']]);
  });

  test('cannot ask for what makes no sense', () => {
    expect(problems({ limits: [{ column: 'memory_mib', max: -1 }] })).toEqual([['memory_mib', 'Memory: cannot be negative.']]);
    expect(problems({ limits: [{ column: 'total_tok_s', min: 0 }] })).toEqual([['total_tok_s', 'Throughput (all): must be above 0.']]);
  });

  test('of a library that knows only the sum of its lengths', () => {
    const { isl: _, osl: __, ...bare } = measurement;
    const summed = { ...view, header: { ...view.header, measurements: [{ ...bare, sequence: 100 }] } };
    const check = (change: Partial<WorkloadSetting>): readonly string[] => workloadProblems({ ...chat, ...change }, summed).map(({ text }) => text);
    expect(check({ limits: [{ column: 'total_tok_s', min: 9 }] })).toEqual([]);
    expect(check({ limits: [{ column: 'output_tok_s', min: 9 }] })).toEqual(['Throughput (generated): the library does not say how many tokens are generated.']);
    expect(check({ isl: 60 })).toEqual(['Prompt and generated tokens: give both; the library does not tell the other.']);
    expect(trafficText(chat, { ...library, view: summed })).toBe('100 tokens');
  });

  test('is searched for only while it is on and makes sense', () => {
    const asked = (workload: WorkloadSetting): number => problemOf({ ...EMPTY_DOCUMENT, workloads: [workload] }, library).workloads?.length ?? 0;
    expect([chat, { ...chat, enabled: false }, { ...chat, limits: [{ column: 'kv_tokens' as const, min: 1 }] }].map(asked)).toEqual([1, 0, 0]);
  });
});

describe('changing a workload', () => {
  test('sets, adds and removes one side of a limit', () => {
    expect(withLimit(chat, 'memory_mib', 'max', 120).limits).toEqual([{ column: 'memory_mib', max: 120 }]);
    const both = withLimit(withLimit(chat, 'memory_mib', 'min', 20), 'ttft_ms', 'max', 3);
    expect(sidesOf(both.limits).map(({ column, side, value }) => [column, side, value])).toEqual([
      ['memory_mib', 'max', 150],
      ['memory_mib', 'min', 20],
      ['ttft_ms', 'max', 3],
    ]);
    expect(withLimit(both, 'memory_mib', 'max', undefined).limits[0]).toEqual({ column: 'memory_mib', min: 20 });
    expect(withLimit(chat, 'memory_mib', 'max', undefined).limits).toEqual([]);
    expect(withLimit(chat, 'ttft_ms', 'max', undefined)).toEqual(chat);
  });

  test('begins with the memory that is asked for already, and a name of its own', () => {
    const limits = [{ column: 'memory_mib', side: 'max', value: 170, enabled: true }] as const;
    expect(newWorkload(library, [], limits)).toEqual({ id: 'workload-1', name: 'Workload 1', batch: 'largest', limits: [{ column: 'memory_mib', max: 170 }], enabled: true });
    expect(newWorkload(library, [{ ...chat, id: 'workload-2' }], []).name).toBe('Workload 3');
    expect(newWorkload(library, [], []).limits).toEqual([{ column: 'memory_mib', max: 200 }]);
  });

  test('starts a limit where the child still meets it', () => {
    const result = { id: 'w1', batch: 10, costs: { ttft_ms: 123.4, total_tok_s: 61_234 } };
    expect(startingValue('ttft_ms', library, result)).toBe(124);
    expect(startingValue('total_tok_s', library, result)).toBe(61_000);
    expect(startingValue('itl_ms', library, result)).toBeUndefined();
    expect(startingValue('latency_ms', library, undefined)).toBe(20);
  });

  test('offers what is not limited yet', () => {
    expect(addableMeasures(chat)).toEqual(['kv_tokens', 'total_tok_s', 'output_tok_s', 'ttft_ms', 'itl_ms', 'latency_ms']);
  });
});

describe('what a workload says', () => {
  const solved = (solution: Partial<SolveState>): SolveState => ({
    pending: false,
    awaiting: false,
    outcome: { kind: 'answer' },
    solutionIndex: 0,
    answer: {
      problem: { library_id: 'test', objective: 'kl_div', limits: [] },
      solutions: [{ objective: 1, costs: {}, choices: [0, 4], workloads: [{ id: 'w1', batch: 128, costs: { memory_mib: 67_902, total_tok_s: 41_000.4, ttft_ms: 812.35 }, largest_batch: 141 }] }],
      certainty: { kind: 'optimal' },
      objective: 1,
      bound: 1,
      solveMs: 1,
      exhausted: false,
      limits: [],
      relaxation: undefined,
    },
    ...solution,
  });

  test('is its batch, memory and what it limits, else its throughput', () => {
    const result = resultOf(chat, solved({}));
    if (result === undefined) throw new Error('there is a result');
    expect(resultText(chat, result)).toBe('batch 128 · 67,902 MiB · 41,000 tok/s · memory would hold 141');
    expect(resultText(withLimit(chat, 'ttft_ms', 'max', 900), result)).toBe('batch 128 · 67,902 MiB · TTFT 812.4 ms · memory would hold 141');
    expect(resultText(chat, { ...result, largest_batch: 128 })).toBe('batch 128 · 67,902 MiB · 41,000 tok/s');
  });

  test('is nothing while it is off', () => {
    expect(resultOf({ ...chat, enabled: false }, solved({}))).toBeUndefined();
    expect(trafficText(chat, library)).toBe('60 in + 40 out');
    expect(trafficText({ isl: 2048 }, library)).toBe('2,048 in + 40 out');
  });

  test('repeats the engine’s refusal of this workload and of no other', () => {
    const { payload } = new WorkbenchError('bad_input', 'Workload "Chat": memory is not known.', { hint: 'Import weights.' });
    const failed = solved({ outcome: { kind: 'failed', error: payload } });
    expect(refusalOf(chat, failed)).toBe('Memory is not known. Import weights.');
    expect(refusalOf({ name: 'Chatter' }, failed)).toBeUndefined();
    expect(refusalOf(chat, solved({}))).toBeUndefined();
  });
});
