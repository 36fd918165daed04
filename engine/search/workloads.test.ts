import { describe, expect, test } from 'vitest';
import { architectureKvBytesPerToken, architectureParams } from '../architecture/count.ts';
import { express } from '../architecture/express.ts';
import { referenceArchitecture } from '../architecture/presets.ts';
import { costReport } from '../cost/report.ts';
import { sampleView } from '../library/sample.ts';
import { deploymentSchema } from '../protocol/cost.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView, Measurement } from '../protocol/library.ts';
import { chosenBlock } from '../protocol/variant.ts';
import { workloadResultSchema, workloadSchema, type Workload } from '../protocol/problem.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { workloadAlternatives, workloadResult, type WorkloadRow } from './workloads.ts';

const MIB = 2 ** 20;
const sample = sampleView('sample');
const DEVICE_MIB = 80e9 / MIB;

function workload(limits: Workload['limits'], rest: Partial<Workload> = {}): Workload {
  return { id: 'w', name: 'Chat', limits, ...rest };
}

function expressed(id: string): number[] {
  const expression = express(referenceArchitecture(id)!, sample);
  if (expression.kind !== 'expressed') throw new Error(expression.reasons.join());
  return expression.choices;
}

function sumOf({ row }: WorkloadRow, choices: readonly number[]): number {
  return choices.reduce((sum, choice) => sum + row.coef[choice], 0);
}

function refusal(view: LibraryView, asked: Workload): WorkbenchError {
  try {
    workloadAlternatives(view, asked);
  } catch (error) {
    if (error instanceof WorkbenchError && error.payload.code === 'bad_input') return error;
    throw error;
  }
  throw new Error('was accepted');
}

/** One random choice per layer. */
function randomChild(view: LibraryView, seed: number): number[] {
  let state = seed;
  const perLayer = Array.from({ length: view.header.parent.num_hidden_layers }, (): number[] => []);
  for (const [choice, layer] of view.first_layer.entries()) perLayer[layer].push(choice);
  return perLayer.map((choices) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)];
  });
}

describe('memory and cached tokens on the sample', () => {
  // Published target of both released models: 300K cached FP8 tokens on one 80 GB device.
  test.each([
    ['nemotron-51b', 300_065],
    ['nemotron-super-49b', 300_272],
  ])('%s caches %i tokens in 80e9 bytes', (id, tokens) => {
    const asked = workload([{ column: 'memory_mib', max: DEVICE_MIB }]);
    const { costs, largest_batch: largest } = workloadResult(sample, asked, 256, expressed(id));
    expect(Math.round(costs['kv_tokens'])).toBe(tokens);
    expect(largest).toBe(Math.floor(tokens / 1152));
  });

  test('weights plus batch times length times KV bytes, at batches and lengths nobody measured', () => {
    const architecture = referenceArchitecture('nemotron-51b')!;
    const bytes = architectureParams(architecture) + 10 * (5000 + 300) * architectureKvBytesPerToken(architecture, 1);
    const asked = workload([{ column: 'memory_mib', max: 60_000, min: 100 }], { isl: 5000, osl: 300, batch: 10 });
    const [{ batch, rows }, ...others] = workloadAlternatives(sample, asked);
    expect([batch, others]).toEqual([10, []]);
    const choices = expressed('nemotron-51b');
    const [upper, lower] = rows;
    expect(upper.valueOf(sumOf(upper, choices))).toBeCloseTo(bytes / MIB, 6);
    expect(lower.valueOf(sumOf(lower, choices))).toBeCloseTo(bytes / MIB, 6);
    expect(upper.row.bound - sumOf(upper, choices)).toBeCloseTo(60_000 - bytes / MIB, 6);
    expect(lower.row.bound - sumOf(lower, choices)).toBeCloseTo(bytes / MIB - 100, 6);
    expect(workloadResult(sample, asked, 10, choices).costs['memory_mib']).toBeCloseTo(bytes / MIB, 6);
  });

  test('cached tokens are held at exactly the number asked for', () => {
    const choices = expressed('nemotron-51b');
    const exact = (80e9 - 51_501_015_040) / 94_976;
    for (const [min, room] of [[exact - 1, 94_976], [exact + 1, -94_976]] as const) {
      const [{ rows }] = workloadAlternatives(sample, workload([{ column: 'memory_mib', max: DEVICE_MIB }, { column: 'kv_tokens', min }]));
      const row = rows.find(({ column }) => column === 'kv_tokens')!;
      expect(row.row.bound - sumOf(row, choices)).toBeCloseTo(room, 2);
      expect(row.ofChild!(choices).value).toBeCloseTo(exact, 6);
      expect(row.ofChild!(choices).boundPerUnit).toBeCloseTo(-94_976, 6);
      expect(Math.sign(row.valueOf(sumOf(row, choices)) - min)).toBe(Math.sign(room));
    }
    const [{ rows }] = workloadAlternatives(sample, workload([{ column: 'memory_mib', max: DEVICE_MIB }, { column: 'kv_tokens', max: exact - 1 }]));
    expect(rows[1].row.bound - sumOf(rows[1], choices)).toBeCloseTo(-94_976, 2);
    expect(rows[1].ofChild!(choices).boundPerUnit).toBeCloseTo(94_976, 6);
  });
});

describe('runtimes on the sample', () => {
  const rag = { isl: 2048, osl: 128, batch: 64 };
  const choices = randomChild(sample, 5);

  /** What the cost model says of the whole child at once. */
  const report = costReport(
    {
      name: 'child',
      shape: sample.header.parent.shape!,
      blocks: choices.map((choice, layer) => chosenBlock([layer], sample.variants[sample.variant[choice]])),
    },
    deploymentSchema.parse({ device: 'h100-sxm' }),
    rag,
  );

  test('sums over blocks are what the cost model says of the whole child', () => {
    const result = workloadResult(sample, workload([], rag), 64, choices);
    expect(workloadResultSchema.parse(result)).toEqual(result);
    expect(result.largest_batch).toBeUndefined();
    const expected: Record<string, number> = {
      ttft_ms: report.ttft_ms,
      itl_ms: report.itl_ms,
      latency_ms: report.ttft_ms + 128 * report.itl_ms,
      total_tok_s: report.total_tok_s,
      output_tok_s: report.output_tok_s,
    };
    for (const [id, value] of Object.entries(expected)) expect(result.costs[id] / value).toBeCloseTo(1, 12);
    expect(Object.keys(result.costs).sort()).toEqual([...Object.keys(expected), 'memory_mib'].sort());
  });

  test('a row is kept by exactly the children whose quantity keeps the limit', () => {
    const { costs } = workloadResult(sample, workload([], rag), 64, choices);
    for (const column of ['total_tok_s', 'output_tok_s', 'ttft_ms', 'itl_ms', 'latency_ms', 'memory_mib'] as const) {
      for (const side of ['max', 'min'] as const) {
        for (const factor of [0.999, 1.001]) {
          const limit = costs[column] * factor;
          const [{ rows }] = workloadAlternatives(sample, workload([{ column, [side]: limit }], rag));
          const [row] = rows;
          const kept = side === 'max' ? costs[column] <= limit : costs[column] >= limit;
          expect(sumOf(row, choices) <= row.row.bound).toBe(kept);
          expect(row.valueOf(sumOf(row, choices)) / costs[column]).toBeCloseTo(1, 10);
          expect(row.valueOf(row.row.bound) / limit).toBeCloseTo(1, 10);
          // The bound moves with the limit as stated: against a difference quotient.
          const step = limit * 1e-4;
          const [moved] = workloadAlternatives(sample, workload([{ column, [side]: limit + step }], rag))[0].rows;
          expect((moved.row.bound - row.row.bound) / step / row.boundPerUnit).toBeCloseTo(1, 3);
        }
      }
    }
  });

  test('"largest" tries all batches measured for these lengths, largest first', () => {
    const batches = (asked: Workload): number[] => workloadAlternatives(sample, asked).map(({ batch }) => batch);
    const fast = [{ column: 'total_tok_s' as const, min: 1000 }];
    expect(batches(workload(fast))).toEqual([256, 128, 64, 16]);
    expect(batches(workload(fast, { isl: 2048, osl: 128 }))).toEqual([64, 16]);
    expect(batches(workload(fast, { batch: 64 }))).toEqual([64]);
    expect(batches(workload([{ column: 'memory_mib', max: 1 }], { isl: 7, osl: 7 }))).toEqual([1]);
    expect(batches(workload([]))).toEqual([256]);
    expect(batches(workloadSchema.parse(workload(fast)))).toEqual([256, 128, 64, 16]);
  });

  test('different batches and workloads are told apart in the keys of their rows', () => {
    const limits: Workload['limits'] = [{ column: 'memory_mib', max: 9e4 }, { column: 'kv_tokens', min: 10 }, { column: 'ttft_ms', max: 10 }];
    const all = ['a', 'b'].flatMap((id) => workloadAlternatives(sample, { ...workload(limits), id }));
    const keys = all.flatMap(({ rows }) => rows.map(({ row }) => row.key));
    expect(new Set(keys).size).toBe(2 * 4 * 3);
  });
});

const COUNTED = { hidden_size: 64, num_attention_heads: 4, head_dim: 16, vocab_size: 100, tie_word_embeddings: false };

/** Two layers of two variants, the second without attention, and what a test adds. */
function small(
  columns: Readonly<Record<string, readonly [number, number]>>,
  measurements: readonly Partial<Measurement>[],
  nonBlock: Record<string, number> = {},
): LibraryView {
  const values = (index: 0 | 1): Record<string, number> => Object.fromEntries(Object.entries(columns).map(([id, pair]) => [id, pair[index]]));
  const view = fixtureView(
    2,
    Object.keys(columns).map((id) => fixtureColumn(id, id === 'num_params' ? { measurement: undefined } : {})),
    [0, 1].flatMap((layer) => [
      { layer, variant: 'kv2/256', values: values(0) },
      { layer, variant: 'no_op/256', values: values(1) },
    ]),
    { non_block: [{ measurement: 'm', values: nonBlock }] },
  );
  const [plain] = view.header.measurements;
  const taken = measurements.map((rest, index) => ({ ...plain, id: index === 0 ? 'm' : `m${index}`, ...rest }));
  return { ...view, header: { ...view.header, measurements: taken } };
}

describe('libraries that know less', () => {
  test("Puzzletron's KV memory tells the parts, so that any batch follows", () => {
    // Llama-3.1-8B in bf16 at batch 96 and 4096 + 4096 tokens: 3072 MiB of KV cache and 80.0078125 MiB of attention per layer.
    const columns = { memory_mib: [3152.0078125, 0], kv_cache_memory_mib: [3072, 0] } as const;
    const view = small(columns, [{ batch: 96, isl: 4096, osl: 4096 }], { memory_mib: 2004 });
    const memory = (batch: number, isl: number): number => workloadResult(view, workload([], { isl, osl: 4096 }), batch, [0, 3]).costs['memory_mib'];
    expect(memory(96, 4096)).toBeCloseTo(2004 + 3152.0078125, 9);
    expect(memory(48, 4096)).toBeCloseTo(2004 + 80.0078125 + 1536, 9);
    expect(memory(48, 12_288)).toBeCloseTo(2004 + 80.0078125 + 3072, 9);
  });

  test('parameters, KV heads and number formats stand in for missing columns', () => {
    const base = small({ num_params: [1000, 400] }, [{ batch: 2, isl: 6, osl: 4, dtypes: { weights: 'fp8', kv: 'bf16' } }], { num_params: 50 });
    const view = { ...base, header: { ...base.header, parent: { ...base.header.parent, shape: COUNTED } } };
    // 2 KV heads of 16 numbers, keys and values, 2 bytes each: 128 bytes per token.
    const asked = workload([{ column: 'memory_mib', max: 5000 / MIB }]);
    const result = workloadResult(view, asked, 3, [0, 3]);
    expect(result.costs['memory_mib'] * MIB).toBeCloseTo(1000 + 400 + 50 + 3 * 10 * 128, 6);
    expect(result.costs['kv_tokens']).toBeCloseTo((5000 - 1450) / 128, 9);
    expect(result.largest_batch).toBe(2);
    // Nothing is cached without attention, so no number of sequences is too many.
    const empty = workloadResult(view, asked, 3, [1, 3]);
    expect(empty.costs['kv_tokens']).toBeUndefined();
    expect(empty.largest_batch).toBeUndefined();
  });

  test('an imported total counts at its own batch and length, and nowhere else', () => {
    const view = small({ memory_mib: [300, 100] }, [{ batch: 2, isl: 6, osl: 4 }], { memory_mib: 7 });
    const limits: Workload['limits'] = [{ column: 'memory_mib', max: 500 }];
    expect(workloadAlternatives(view, workload(limits)).map(({ batch }) => batch)).toEqual([2]);
    expect(workloadResult(view, workload(limits), 2, [0, 3]).costs).toEqual({ memory_mib: 407 });
    expect(workloadResult(view, workload(limits), 2, [0, 3]).largest_batch).toBeUndefined();
    expect(workloadResult(view, workload(limits), 4, [0, 3]).costs).toEqual({});
    const elsewhere = refusal(view, workload(limits, { batch: 4 }));
    expect(elsewhere.message).toContain('batch 4');
    expect(elsewhere.payload.hint).toContain('isl 6 with osl 4 (batch 2)');
    expect(refusal(view, workload([...limits, { column: 'kv_tokens', min: 5 }])).payload.hint).toContain('kv_bytes_per_sequence');
  });

  test('one sequence length without a split allows what counts all tokens', () => {
    const view = small({ runtime_ms: [30, 10] }, [{ batch: 4, sequence: 50 }], { runtime_ms: 10 });
    expect(workloadResult(view, workload([]), 4, [0, 3]).costs).toEqual({ total_tok_s: 4000, latency_ms: 50 });
    expect(refusal(view, workload([{ column: 'output_tok_s', min: 1 }])).payload.hint).toContain('total_tok_s');
    expect(refusal(view, workload([{ column: 'ttft_ms', max: 1 }])).message).toContain('prefill_runtime_ms');
    expect(refusal(view, workload([{ column: 'latency_ms', max: 1 }], { isl: 25 })).message).toContain('isl and osl');
    expect(refusal(view, workload([{ column: 'latency_ms', max: 1 }], { isl: 25, osl: 25 })).payload.hint).toContain('50 tokens in all');
  });

  test('runtimes of both phases add up where their sum is not given', () => {
    const view = small({ prefill_runtime_ms: [3, 1], decode_runtime_ms: [8, 2] }, [{ batch: 4, isl: 1, osl: 2 }]);
    expect(workloadResult(view, workload([]), 4, [0, 3]).costs).toMatchObject({ ttft_ms: 4, itl_ms: 5, latency_ms: 14 });
  });

  test('batches of another device or number format are not mixed in', () => {
    const lengths = { isl: 6, osl: 4 };
    const columns = { runtime_ms: [3, 1], runtime_ms_m1: [2, 1], runtime_ms_m2: [1, 1] } as const;
    const base = small(columns, [{ batch: 2, ...lengths }, { batch: 8, ...lengths, device: 'other' }, { batch: 4, ...lengths }]);
    const tied = base.header.columns.map((column, index) => ({ ...column, measurement: ['m', 'm1', 'm2'][index] }));
    const view = { ...base, header: { ...base.header, columns: tied } };
    const asked = workload([{ column: 'latency_ms', max: 1 }]);
    expect(workloadAlternatives(view, asked).map(({ batch }) => batch)).toEqual([4, 2]);
    expect(workloadResult(view, asked, 4, [0, 3]).costs['latency_ms']).toBe(2);
  });
});

describe('refusals name a way out', () => {
  const fast: Workload['limits'] = [{ column: 'total_tok_s', min: 1000 }];

  test('a batch that was not measured', () => {
    const error = refusal(sample, workload(fast, { batch: 32 }));
    expect(error.message).toContain('"Chat"');
    expect(error.payload.hint).toContain('256, 128, 64, 16');
  });

  test('lengths that were not measured', () => {
    const error = refusal(sample, workload(fast, { isl: 512, osl: 512 }));
    expect(error.message).toContain('isl 512 with osl 512');
    expect(error.payload.hint).toContain('isl 128 with osl 1024 (batch 256, 128, 64, 16); isl 2048 with osl 128 (batch 64, 16)');
  });

  test('cached tokens without the memory they must fit into', () => {
    expect(refusal(sample, workload([{ column: 'kv_tokens', min: 1 }])).payload.hint).toContain('memory_mib');
  });

  test('limits that exclude each other, and throughputs of nothing', () => {
    expect(refusal(sample, workload([{ column: 'ttft_ms', min: 3, max: 2 }])).message).toContain('exclude each other');
    expect(refusal(sample, workload([{ column: 'output_tok_s', min: 0 }])).message).toContain('above 0');
  });

  test('memory of a library that tells neither lengths nor parts', () => {
    const view = small({ memory_mib: [1, 1] }, [{}]);
    expect(refusal(view, workload([{ column: 'memory_mib', max: 1 }])).payload.hint).toContain('num_params');
  });
});
