import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Library } from '../protocol/library.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import type { ImportFile } from './import_file.ts';

/**
 * A Puzzletron run for Llama-3.1-8B as its formulas give it: 32 layers, {8 KV heads, no attention} x
 * {14336, 7168, no FFN}, batch 96, 4096 + 4096 tokens, BF16.
 */
const HIDDEN = 4096;
const VOCABULARY = 128_256;
const LAYERS = 32;
type Att = 8 | 'no_op';
type Width = 14336 | 7168 | 'no_op';
const attentionConfig = (att: Att) =>
  att === 'no_op'
    ? { no_op: true, replace_with_linear: false, sparsify: null, weights_precision: 'bf16', num_key_value_heads: null, llama4: null, mamba: null }
    : { no_op: false, replace_with_linear: false, sparsify: null, weights_precision: 'bf16', num_key_value_heads: att, llama4: null, mamba: null };
const ffnConfig = (width: Width) =>
  width === 'no_op'
    ? { no_op: true, replace_with_linear: false, sparsify: null, weights_precision: 'bf16', moe: null, intermediate_size: null }
    : { no_op: false, replace_with_linear: false, sparsify: null, weights_precision: 'bf16', moe: null, intermediate_size: width };
const replacement = (layers: number[], att: Att, width: Width) => ({
  parent_layer_indices: layers,
  child_block_configs: [{ attention: attentionConfig(att), ffn: ffnConfig(width), parallel_blocks: null }],
  weight_paths: [`ckpts/x/subblocks_safetensors/block_${layers[0]}_attention.safetensors`],
});
const teacherOf = (layer: number) => replacement([layer], 8, 14336);

function stats(batch: number, weightBytes: number, dtype: string, runtime?: number) {
  const mib = (params: number): number => (params * weightBytes) / 2 ** 20;
  const attentionParams = (att: Att): number => (att === 'no_op' ? 0 : 2 * HIDDEN ** 2 + 2 * HIDDEN * att * 128 + HIDDEN);
  const ffnParams = (width: Width): number => (width === 'no_op' ? 0 : 3 * HIDDEN * width + HIDDEN);
  const kv = (att: Att): number => (att === 'no_op' ? 0 : (8192 * batch * 2 * att * 128 * 2) / 2 ** 20);
  const times = runtime === undefined ? { runtime_ms: null } : { runtime_ms: runtime };
  const none = { prefill_runtime_ms: null, decode_runtime_ms: null };
  const outside = 2 * VOCABULARY * HIDDEN + HIDDEN;
  return {
    args: {
      gpu: 'NVIDIA H100 80GB HBM3',
      batch_size: batch,
      prefill_seq_len: 4096,
      generation_seq_len: 4096,
      prefill_queue_size: 0,
      n_embd: HIDDEN,
      n_head: 32,
      vocab_size: VOCABULARY,
      use_cuda_graph: true,
      weights_dtype: dtype,
      activations_dtype: dtype,
      kv_cache_dtype: 'torch.bfloat16',
    },
    non_block: { ...times, ...none, memory_mib: mib(outside), num_params: outside },
    subblocks: Array.from({ length: LAYERS }, (_, layer) => [
      ...([8, 'no_op'] as const).map((att) => ({
        subblock_config: attentionConfig(att),
        subblock_config_class: 'AttentionConfig',
        ...times,
        ...none,
        num_params: attentionParams(att),
        active_params: attentionParams(att),
        parent_layer_index: layer,
        memory_mib: mib(attentionParams(att)) + kv(att),
        kv_cache_memory_mib: kv(att),
      })),
      ...([14336, 7168, 'no_op'] as const).map((width) => ({
        subblock_config: ffnConfig(width),
        subblock_config_class: 'FFNConfig',
        ...times,
        ...none,
        num_params: ffnParams(width),
        active_params: ffnParams(width),
        parent_layer_index: layer,
        memory_mib: mib(ffnParams(width)),
        kv_cache_memory_mib: 0,
      })),
    ]).flat(),
  };
}

type Run = Record<string, unknown>;
const SCORES = 'single_sequence_replacement_solutions--validation';

function run(): Run {
  const replacements = Array.from({ length: LAYERS }, (_, layer) =>
    ([8, 'no_op'] as const).flatMap((att) => ([14336, 7168, 'no_op'] as const).map((width) => replacement([layer], att, width))),
  ).flat();
  const students = replacements.filter(({ child_block_configs: [config] }) => !(config!.attention.num_key_value_heads === 8 && config!.ffn.intermediate_size === 14336));
  const files: Run = {
    'replacement_library.json': replacements,
    'subblock_stats.json': [stats(96, 2, 'torch.bfloat16')],
    [`${SCORES}/teacher.json`]: {
      lm_loss: { avg: 1.11825, per_sample: [1.1, 1.2] },
      token_accuracy_top_10: { avg: 0.94236, per_sample: [] },
      args: { teacher_dir: '/run/ckpts/teacher' },
    },
    'single_sequence_replacement_solutions.json': [],
  };
  const solutions = students.map((student, index) => ({
    single_sequence_replacement: student,
    chosen_replacements: Array.from({ length: LAYERS }, (_, layer) => (layer === student.parent_layer_indices[0] ? student : teacherOf(layer))),
    block_configs: [],
    index,
  }));
  files['single_sequence_replacement_solutions.json'] = solutions;
  for (const [index, solution] of solutions.entries()) {
    files[`${SCORES}/solution_${index}.json`] = {
      lm_loss: { avg: 1.25 + index / 1024, per_sample: [1.3] },
      token_accuracy_top_10: { avg: 0.9 - index / 1000, per_sample: [] },
      kl_div: { avg: index / 100, per_sample: [] },
      cosine_embedding_loss: { hidden_states: { avg: 0.01, per_sample: [] } },
      i_solution: index,
      puzzle_solution: solution,
      args: { batch: { avg: 3 } },
    };
  }
  return files;
}

const pack = (files: Run): ImportFile[] =>
  Object.entries(files).map(([path, value]) => ({ path, bytes: new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)) }));
const notesOf = (library: Library): string => library.notes.map(({ severity, text }) => `${severity}: ${text}`).join('\n');
function refusal(files: Run): WorkbenchError['payload'] {
  try {
    importLibrary(pack(files));
  } catch (error) {
    if (error instanceof WorkbenchError) return error.payload;
    throw error;
  }
  throw new Error('it was accepted');
}
/** Total over blocks and what is outside them, of the child without attention in the given layers. */
function total(library: Library, column: string, withoutAttention: readonly number[] = []): number {
  const blocks = library.choices.filter(({ parent_layers: [layer], variant }) => variant === (withoutAttention.includes(layer!) ? 'no_op/14336' : 'kv8/14336'));
  expect(blocks).toHaveLength(LAYERS);
  return blocks.reduce((sum, { values }) => sum + values[column]!, library.non_block[0]?.values[column] ?? 0);
}

describe('a Puzzletron run', () => {
  const library = importLibrary(pack(run()));

  it("reaches the totals that Puzzletron prints for Llama-3.1-8B and its children", () => {
    expect(total(library, 'memory_mib')).toBe(113_620.5078125);
    expect(total(library, 'num_params')).toBe(8_030_261_248);
    expect(total(library, 'num_kv_heads')).toBe(256);
    expect(total(library, 'kv_cache_memory_mib')).toBe(32 * 3072);
    const at96 = [18, 19, 20, 22, 23, 24];
    expect(total(library, 'memory_mib', at96)).toBe(94_708.4609375);
    expect(total(library, 'num_params', at96)).toBe(7_778_578_432);
    const at78 = Array.from({ length: 12 }, (_, index) => 17 + index);
    expect(total(library, 'memory_mib', at78)).toBe(75_796.4140625);
    expect(total(library, 'num_params', at78)).toBe(7_526_895_616);
    expect(total(library, 'num_kv_heads', at78)).toBe(160);
    expect(total(library, 'attention_memory_mib', at78)).toBe(63_040.15625);
    expect(total(library, 'kv_cache_memory_mib', at78)).toBe(61_440);
    expect(total(library, 'ffn_memory_mib', at78)).toBe(10_752.25);
  });

  it('names parent, measurement and directions', () => {
    expect(library.parent).toMatchObject({ id: 'llama-3.1-8b', num_hidden_layers: 32 });
    expect(library.measurements).toEqual([
      {
        id: 'b96_4096_4096_bf16',
        device: 'h100-sxm',
        dtypes: { weights: 'bf16', activations: 'bf16', kv: 'bf16' },
        batch: 96,
        isl: 4096,
        osl: 4096,
        tokens_counted: 'output',
      },
    ]);
    const better = Object.fromEntries(library.columns.filter(({ role }) => role === 'score').map(({ id, better: direction }) => [id, direction]));
    expect(better).toEqual({ lm_loss: 'lower', token_accuracy_top_10: 'higher', kl_div: 'lower', cosine_embedding_loss_hidden_states: 'lower' });
    expect(library.columns.map(({ id }) => id)).not.toContain('runtime_ms');
    expect(library.default_objective).toBe('kl_div');
  });

  it("gives the parent's blocks the teacher's own metrics, and distance 0", () => {
    const own = library.choices.filter(({ variant }) => variant === 'kv8/14336');
    expect(own).toHaveLength(32);
    expect(own[7]?.values).toMatchObject({ lm_loss: 1.11825, token_accuracy_top_10: 0.94236, kl_div: 0, cosine_embedding_loss_hidden_states: 0 });
    const second = library.choices.find(({ parent_layers: [layer], variant }) => layer === 0 && variant === 'kv8/no_op');
    expect(second?.values).toMatchObject({ kl_div: 0.01, lm_loss: 1.25 + 1 / 1024 });
  });

  it('gives further measurements columns of their own', () => {
    const files = run();
    files['subblock_stats.json'] = [stats(96, 2, 'torch.bfloat16', 3), stats(64, 1, 'torch.int8', 2), { ...stats(8, 1, 'torch.int8'), args: { ...stats(8, 1, 'torch.int8').args, n_embd: 2048 } }];
    const several = importLibrary(pack(files));
    expect(several.measurements.map(({ id }) => id)).toEqual(['b96_4096_4096_bf16', 'b64_4096_4096_int8_kvbf16']);
    const ids = several.columns.map(({ id }) => id);
    expect(ids).toContain('runtime_ms');
    expect(ids.filter((id) => id.endsWith('int8_kvbf16'))).toEqual(['memory_mib_b64_4096_4096_int8_kvbf16', 'runtime_ms_b64_4096_4096_int8_kvbf16']);
    expect(several.choices[0]?.values).toMatchObject({ runtime_ms: 6, runtime_ms_b64_4096_4096_int8_kvbf16: 4 });
    expect(several.non_block[1]?.values).toMatchObject({ runtime_ms_b64_4096_4096_int8_kvbf16: 2 });
    expect(notesOf(several)).toContain('measurements of a pruned hidden size (the parent\'s is 4096): 1.');
  });

  it('finds the parent without the list of solutions or the replacement library', () => {
    const files = run();
    delete files['single_sequence_replacement_solutions.json'];
    expect(importLibrary(pack(files)).parent.variants[31]).toBe('kv8/14336');
    delete files['replacement_library.json'];
    expect(importLibrary(pack(files)).choices).toHaveLength(32 * 6);
  });

  it('drops a replacement with a NaN score, as Puzzletron does, and one without any', () => {
    const files = run();
    files[`${SCORES}/solution_0.json`] = JSON.stringify(files[`${SCORES}/solution_0.json`]).replace('"avg":1.25,', '"avg":NaN,');
    delete files[`${SCORES}/solution_2.json`];
    const thinner = importLibrary(pack(files));
    expect(thinner.choices).toHaveLength(32 * 6 - 2);
    expect(notesOf(thinner)).toContain('because a metric is not a finite number: layer 0 kv8/7168.');
    expect(notesOf(thinner)).toContain('no solution scores them: layer 0 no_op/14336.');
  });

  it('imports a replacement of several layers as a span', () => {
    const files = run();
    const span = replacement([4, 5], 8, 7168);
    files['replacement_library.json'] = [...(files['replacement_library.json'] as unknown[]), span];
    files[`${SCORES}/solution_900.json`] = {
      ...(files[`${SCORES}/solution_1.json`] as object),
      puzzle_solution: { single_sequence_replacement: span, chosen_replacements: [teacherOf(3), span] },
    };
    const withSpan = importLibrary(pack(files));
    expect(withSpan.choices.at(-1)?.parent_layers).toEqual([4, 5]);
    expect(notesOf(withSpan)).toContain('Choices that replace several parent layers by one block: 1.');
  });

  it.each<[string, (files: Run) => void, { file?: string; path?: string; expected: string; found: string }]>([
    [
      'a negative cost',
      (files) => {
        const broken = stats(96, 2, 'torch.bfloat16');
        broken.subblocks[3]!.memory_mib = -1;
        files['subblock_stats.json'] = [broken];
      },
      { file: 'subblock_stats.json', path: '[0].subblocks[3].memory_mib', expected: 'a finite number of at least 0', found: '-1' },
    ],
    [
      'a NaN cost',
      (files) => {
        files['subblock_stats.json'] = JSON.stringify(files['subblock_stats.json']).replace('"kv_cache_memory_mib":3072', '"kv_cache_memory_mib":NaN');
      },
      { file: 'subblock_stats.json', path: '[0].subblocks[0].kv_cache_memory_mib', expected: 'a finite number of at least 0', found: 'NaN' },
    ],
    [
      'a sub-block without costs',
      (files) => {
        files['subblock_stats.json'] = [{ ...stats(96, 2, 'torch.bfloat16'), subblocks: stats(96, 2, 'torch.bfloat16').subblocks.slice(0, 5) }];
      },
      { file: 'subblock_stats.json', path: '[0].subblocks', expected: 'costs of attention kv8 for layer 1', found: 'none' },
    ],
    [
      'experts',
      (files) => {
        const odd = replacement([0], 8, 7168);
        Object.assign(odd.child_block_configs[0]!.ffn, { moe: { num_local_experts: 8 } });
        files['replacement_library.json'] = [odd];
      },
      { file: 'replacement_library.json', path: '[0].child_block_configs[0].ffn.moe', expected: expect.stringContaining('a dense FFN') as unknown as string, found: 'an object with num_local_experts' },
    ],
    [
      'a missing layer',
      (files) => {
        const missing = (files['replacement_library.json'] as { parent_layer_indices: number[] }[]).filter(({ parent_layer_indices: [layer] }) => layer !== 5);
        files['replacement_library.json'] = missing;
      },
      { file: 'replacement_library.json', path: '', expected: 'choices for every parent layer, 0 to 31', found: 'none for layer 5' },
    ],
    [
      'a run without scores',
      (files) => {
        for (const name of Object.keys(files)) if (name.startsWith(SCORES)) delete files[name];
      },
      { file: 'subblock_stats.json', path: '', expected: 'a whole Puzzletron run', found: expect.stringContaining('this file without the scores solution_<n>.json') as unknown as string },
    ],
  ])('refuses %s', (_, change, details) => {
    const files = run();
    change(files);
    const payload = refusal(files);
    expect(payload).toMatchObject({ code: 'bad_input', details });
    expect(payload.hint).toContain('Supported are');
  });

  it('comes back from an export unchanged', () => {
    expect(importLibrary([{ path: 'l.json', bytes: exportLibrary(library) }])).toEqual(library);
  });
});
