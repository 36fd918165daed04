/** The measured library: valid, its numbers those of scores, shapes and clocks, and solvable by the search as any other. */
import createGlpk from 'glpk.js/node';
import { describe, expect, it } from 'vitest';
import { toView } from '../library/view.ts';
import { librarySchema, type Choice } from '../protocol/library.ts';
import type { SolveUpdate } from '../protocol/problem.ts';
import type { BlockTimes, LayerScores, Quality, TensorDevice } from '../protocol/train.ts';
import { chosenBlock, parseVariantId, type Architecture } from '../protocol/variant.ts';
import { solveProblem } from '../search/solve.ts';
import { measuredLibrary, scoreIds, type MeasuredLibraryOptions, type TargetTimes } from './library.ts';

const DEVICE: TensorDevice = { backend: 'wasm_native', line: 'wasm + native matmul', versions: { tfjs: '4.22.0', 'onnxruntime-node': '1.30.0' }, skipped: [] };
const OWN = parseVariantId('kv2/64')!;
const PARENT: Architecture = {
  id: 'tiny',
  name: 'Tiny',
  external: false,
  shape: { hidden_size: 16, num_attention_heads: 4, head_dim: 4, vocab_size: 10, tie_word_embeddings: false },
  blocks: [0, 1, 2].map((layer) => chosenBlock([layer], OWN)),
  source: 'test',
};
const INTACT: Quality = { lm_loss: 2, kl_div: 0, top_1: 0.5, top_5: 0.75, top_10: 1, hidden_cosine: 0, tasks: { copy: 1, modular_arithmetic: 0.5 }, tokens: 12_288 };
/** Powers of two, so that sums and differences are exact. */
const worse = (harm: number): Quality => ({ ...INTACT, lm_loss: 2 + harm / 2, kl_div: harm, top_1: 0.25, hidden_cosine: harm / 4, tasks: { copy: 0.5, modular_arithmetic: 0.5 } });
const layer = (parentLayers: readonly number[], harms: Readonly<Record<string, number>>): LayerScores => ({
  parent_layers: [...parentLayers],
  parent: INTACT,
  variants: Object.entries(harms).map(([variant, harm]) => ({ variant, quality: harm === 0 ? INTACT : worse(harm), nmse: harm / 8 })),
  device: DEVICE,
});
const TIMES: BlockTimes = {
  device: DEVICE,
  batch: 8,
  isl: 128,
  osl: 32,
  attention: { kv2: { prefill_ms: 4, decode_ms: 0.5 }, kv1: { prefill_ms: 3, decode_ms: 0.25 }, no_op: { prefill_ms: 0, decode_ms: 0 } },
  ffn: { 64: { prefill_ms: 2, decode_ms: 0.25 }, no_op: { prefill_ms: 0, decode_ms: 0 } },
  non_block: { prefill_ms: 1, decode_ms: 0.125 },
};
const TARGET: TargetTimes = {
  measurement: { id: 'h100-sxm-bf16-b8', device: 'h100-sxm', dtypes: { weights: 'bf16' }, batch: 8, isl: 128, osl: 32, batching: 'in_flight', tokens_counted: 'total' },
  provenance: { kind: 'estimated', source: 'cost model' },
  attention: { kv2: 0.5, kv1: 0.25, no_op: 0 },
  ffn: { 64: 0.125, no_op: 0 },
  outside: 0.0625,
};
const SCORES = [
  layer([0], { 'kv2/64': 0, 'kv1/64': 0.25, 'no_op/no_op': 8 }),
  layer([1], { 'kv2/64': 0, 'kv1/64': 0.5, 'no_op/no_op': 2 }),
  layer([2], { 'kv2/64': 0, 'kv1/64': 0.125, 'no_op/no_op': 4 }),
  layer([1, 2], { 'kv2/64': 1 }),
];

function library(rest: Partial<MeasuredLibraryOptions> = {}): ReturnType<typeof measuredLibrary> {
  return measuredLibrary({ name: 'Tiny blocks', parent: PARENT, scores: SCORES, trainings: [], times: TIMES, targets: [TARGET], ...rest });
}

function choice(found: readonly Choice[], layers: readonly number[], variant: string): Choice {
  return found.find((one) => one.parent_layers.join() === layers.join() && one.variant === variant)!;
}

describe('the measured library', () => {
  it('has the scores that plans may name', () => {
    const scores = library().columns.filter(({ role, summable }) => role === 'score' && summable).map(({ id }) => id);
    expect(scores).toEqual(scoreIds(['modular_arithmetic', 'copy']));
  });

  it('is a library, with every choice that was scored', () => {
    const made = library();
    expect(librarySchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
    expect(made.choices).toHaveLength(10);
    expect(made.parent).toMatchObject({ name: 'Tiny', num_hidden_layers: 3, variants: ['kv2/64', 'kv2/64', 'kv2/64'] });
    expect(made.default_objective).toBe('kl_div');
  });

  it('scores are differences to the parent, 0 for its own blocks', () => {
    const { choices, columns } = library();
    const own = choice(choices, [0], 'kv2/64').values;
    for (const { id, role } of columns) if (role === 'score') expect(own[id]).toBe(0);
    expect(choice(choices, [1], 'kv1/64').values).toMatchObject({
      kl_div: 0.5,
      lm_loss_increase: 0.25,
      top_1_drop: 0.25,
      top_5_drop: 0,
      hidden_cosine: 0.125,
      tasks_drop: 0.25,
      task_copy_drop: 0.5,
      task_modular_arithmetic_drop: 0,
      nmse: 0.0625,
    });
  });

  it('sizes and times are exact, half by half', () => {
    const { choices, non_block: outside } = library();
    // Attention kv1: q and o 16 x 16, k and v 16 x 4, norm 16; FFN: three of 16 x 64, norm 16.
    const attention = 2 * 256 + 2 * 64 + 16;
    const ffn = 3 * 16 * 64 + 16;
    const kv = 160 * 2 * 1 * 4 * 4;
    expect(choice(choices, [0], 'kv1/64').values).toMatchObject({
      num_params: attention + ffn,
      attention_num_params: attention,
      ffn_num_params: ffn,
      weights_bytes: 4 * (attention + ffn),
      kv_bytes_per_sequence: kv,
      memory_mib: (4 * (attention + ffn) + 8 * kv) / 2 ** 20,
      attention_memory_mib: (4 * attention + 8 * kv) / 2 ** 20,
      runtime_ms: 3 + 2 + 32 * (0.25 + 0.25),
      attention_runtime_ms: 3 + 32 * 0.25,
      ffn_runtime_ms: 2 + 32 * 0.25,
      prefill_runtime_ms: 5,
      decode_runtime_ms: 16,
      'runtime_ms_h100-sxm-bf16-b8': 0.375,
    });
    expect(choice(choices, [2], 'no_op/no_op').values).toMatchObject({ num_params: 0, memory_mib: 0, runtime_ms: 0, kv_bytes_per_sequence: 0 });
    // Embedding and head of 10 x 16, final norm.
    expect(outside).toEqual([
      { measurement: 'here-b8_128_32', values: { memory_mib: (4 * 336) / 2 ** 20, runtime_ms: 1 + 32 * 0.125, num_params: 336, prefill_runtime_ms: 1, decode_runtime_ms: 4, weights_bytes: 4 * 336 } },
      { measurement: 'h100-sxm-bf16-b8', values: { 'runtime_ms_h100-sxm-bf16-b8': 0.0625 } },
    ]);
  });

  it('says where every number is from', () => {
    const { columns, provenance, measurements } = library({ about: 'preset tiny, seed 1' });
    const kind = (id: string) => columns.find((column) => column.id === id)!.provenance;
    expect(kind('kl_div')).toMatchObject({ kind: 'measured', source: expect.stringContaining('12,288 held-out tokens; wasm + native matmul (tfjs 4.22.0, onnxruntime-node 1.30.0)') as string });
    expect(kind('runtime_ms').kind).toBe('measured');
    expect(kind('memory_mib').kind).toBe('exact');
    expect(kind('runtime_ms_h100-sxm-bf16-b8').kind).toBe('estimated');
    expect(provenance).toEqual({ kind: 'measured', source: 'preset tiny, seed 1; blocks left as initialised; scored and timed with wasm + native matmul (tfjs 4.22.0, onnxruntime-node 1.30.0)' });
    expect(measurements[0]).toMatchObject({ device: 'cpu', batch: 8, isl: 128, osl: 32, dtypes: { weights: 'fp32' } });
    const trained = library({
      trainings: [
        {
          parent_layers: [0],
          device: DEVICE,
          targets: [
            { target: 'attention:kv1', initial_nmse: 1, final_nmse: 0.5, steps: 100, curve: [] },
            { target: 'block:kv1/64', initial_nmse: 1, final_nmse: 0.5, steps: 50, curve: [] },
            { target: 'attention:no_op', initial_nmse: 1, final_nmse: 1, steps: 0, curve: [] },
          ],
        },
      ],
    });
    expect(trained.provenance.source).toContain('1 sub-block and 1 pair trained by blockwise distillation, 50 to 100 steps each');
  });

  it('brings the parent’s own blocks where nobody scored them', () => {
    const made = library({ scores: [layer([0], { 'kv1/64': 0.25 }), ...SCORES.slice(1)] });
    expect(choice(made.choices, [0], 'kv2/64').values).toMatchObject({ kl_div: 0, tasks_drop: 0, nmse: 0 });
  });

  it('is refused where a layer has no scores or a variant no time', () => {
    expect(() => library({ scores: [] })).toThrow('scores of every layer');
    expect(() => library({ scores: SCORES.slice(1) })).toThrow('layer 0');
    expect(() => library({ times: { ...TIMES, attention: { kv2: TIMES.attention['kv2']! } } })).toThrow('a time for the attention kv1');
  });
});

describe('the search', async () => {
  const glpk = await createGlpk();

  async function solve(limits: Parameters<typeof solveProblem>[1]['limits']): Promise<{ objective: number; chosen: readonly string[]; costs: Readonly<Record<string, number>> }> {
    const view = toView('measured', library());
    const updates: SolveUpdate[] = [];
    await solveProblem(view, { library_id: 'measured', objective: 'kl_div', limits }, { glpk, now: () => performance.now(), shouldStop: () => false, onUpdate: (update) => updates.push(update) });
    const last = updates.at(-1);
    if (last?.status !== 'optimal') throw new Error(`ended as ${last?.status}`);
    const [solution] = last.solutions;
    const chosen = solution!.choices.map((at) => `${view.first_layer[at]}-${view.last_layer[at]} ${view.variants[view.variant[at]!]!.id}`);
    return { objective: last.objective, chosen, costs: solution!.costs };
  }

  it('finds the best children within limits of parameters, KV cache and runtime, spans among them', async () => {
    expect(await solve([])).toMatchObject({ objective: 0 });
    // 30 % less KV cache: one layer to kv1 saves 1/6, two 1/3; layers 0 and 2 are the cheapest (0.375).
    const parentKv = 3 * 160 * 2 * 2 * 4 * 4;
    expect(await solve([{ column: 'kv_bytes_per_sequence', max: 0.7 * parentKv }])).toMatchObject({ objective: 0.375, chosen: ['0-0 kv1/64', '1-1 kv2/64', '2-2 kv1/64'] });
    // Two thirds of the blocks' parameters: one block for two layers (1) beats dropping layer 1 (2).
    const parentParams = 3 * (2 * 256 + 2 * 128 + 16 + 3 * 1024 + 16) + 336;
    const child = await solve([{ column: 'num_params', max: 0.7 * parentParams }]);
    expect(child).toMatchObject({ objective: 1, chosen: ['0-0 kv2/64', '1-2 kv2/64'] });
    // 8 x 160 tokens in the runtime of two blocks and what is outside.
    expect(child.costs['total_tok_s']).toBeCloseTo((8 * 160 * 1000) / (2 * (6 + 32 * 0.75) + 5), 9);
  });
});
