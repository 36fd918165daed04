import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../hosts/trainer/node_files.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { JobEvent, JobOf } from '../protocol/train.ts';
import type { Architecture, Block } from '../protocol/variant.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import { architectureOf, FULL, sourceOf } from '../transformer/checkpoint_fixture.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { writeAll } from '../transformer/files.ts';
import type { HostTensor } from '../transformer/host_tensor.ts';
import { MemoryFiles } from '../transformer/memory_files.ts';
import { readTensors } from '../transformer/tensor_file.ts';
import { byteTokenizerJson } from '../transformer/tokenizer_builders.ts';
import { exportModel } from './export_model.ts';
import type { JobContext } from './job.ts';

const LINEAR: Block = { attention: { kind: 'linear' }, ffn: { kind: 'linear' } };
const NO_ATTENTION: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'swiglu', intermediate_size: 512 } };
const NOTHING: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'no_op' } };

function contextOf(files: MemoryFiles, breathe: () => Promise<void> = () => Promise.resolve()): JobContext & { readonly events: JobEvent[] } {
  const events: JobEvent[] = [];
  return { files, device: { backend: 'cpu', line: 'cpu', versions: {}, skipped: [] }, emit: (event) => void events.push(event), breathe, now: () => 0, events };
}

function job(change: Partial<JobOf<'export'>> = {}): JobOf<'export'> {
  return { id: 'export', kind: 'export', model: 'child', form: 'hugging_face', dtype: 'F32', out: 'export', ...change };
}

async function childOf(architecture: Architecture): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const extras = { LICENSE: 'of the parent', 'generation_config.json': '{"max_length": 9}' };
  await writeCheckpoint(files, 'child', { architecture, dtype: 'F32', tokenizer: byteTokenizerJson(), extras }, sourceOf(architecture));
  return files;
}

async function allTensors(files: MemoryFiles, folder: string): Promise<Readonly<Record<string, string>>> {
  const checkpoint = await openCheckpoint(files, folder);
  const bits = ({ data }: HostTensor): string => Buffer.from(data.buffer).toString('hex');
  const all: Record<string, string> = { embedding: bits(await checkpoint.embedding()), norm: bits(await checkpoint.finalNorm()), head: bits(await checkpoint.head()) };
  for (let layer = 0; layer < checkpoint.layers; layer++) {
    for (const [name, tensor] of Object.entries(await checkpoint.block(layer))) all[`${layer}.${name}`] = bits(tensor);
  }
  return all;
}

const text = (files: MemoryFiles, path: string): string => new TextDecoder().decode(files.content(path));

describe.each(['hugging_face', 'puzzletron'] as const)('exported as %s', (form) => {
  it.each<[string, Architecture]>([
    ['a heterogeneous child', architectureOf([FULL, LINEAR, NO_ATTENTION, NOTHING])],
    ['a homogeneous one with tied embeddings', architectureOf([FULL, FULL], { tie_word_embeddings: true })],
    ['a child of Qwen3', architectureOf([FULL, NO_ATTENTION], { qk_norm: true })],
  ])('%s comes back in F32 bit for bit, with its architecture', async (_, architecture) => {
    const files = await childOf(architecture);
    await exportModel(job({ form }), contextOf(files));
    expect((await openCheckpoint(files, 'export')).architecture).toEqual(architecture);
    expect(await allTensors(files, 'export')).toEqual(await allTensors(files, 'child'));
  });

  it('takes tokenizer, licence and the like along', async () => {
    const files = await childOf(architectureOf([FULL]));
    await exportModel(job({ form }), contextOf(files));
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json', 'LICENSE']) expect(text(files, `export/${name}`)).toBe(text(files, `child/${name}`));
    expect(JSON.parse(text(files, 'export/config.json'))).toMatchObject({ bos_token_id: 256, eos_token_id: 257 });
  });

  it('leaves nothing behind where it is cancelled', async () => {
    const files = await childOf(architectureOf([FULL, LINEAR, FULL]));
    const before = files.paths;
    let layer = 0;
    const cancelled = contextOf(files, () => (++layer === 3 ? Promise.reject(new WorkbenchError('cancelled', 'Stopped.')) : Promise.resolve()));
    await expect(exportModel(job({ form }), cancelled)).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(files.paths).toEqual(before);
  });
});

describe('exportModel', () => {
  it('reports layers done, and warns of loaders that refuse', async () => {
    const files = await childOf(architectureOf([FULL, LINEAR]));
    const context = contextOf(files);
    const result = await exportModel(job(), context);
    expect(context.events.filter(({ kind }) => kind === 'progress')).toEqual([0, 1, 2].map((done) => ({ kind: 'progress', done, total: 2, unit: 'layers' })));
    expect(context.events).toContainEqual({
      kind: 'log', level: 'info', text: 'vLLM will not load it: linear attention is not implemented: layer 1; linear FFN is not implemented: layer 1.',
    });
    expect(result.form).toBe('decilm');
    expect(JSON.parse(text(files, 'export/loader_warnings.json'))).toEqual({ form: 'decilm', loaders: result.loaders });
    expect(text(files, 'export/LOADERS.md')).toContain('**vLLM** does not load it: linear attention is not implemented: layer 1');
  });

  it('says that a plain Llama loads everywhere', async () => {
    const files = await childOf(architectureOf([FULL, FULL]));
    const { form, loaders } = await exportModel(job({ dtype: 'BF16' }), contextOf(files));
    expect(form).toBe('family');
    expect(loaders.map(({ verdict }) => verdict)).toEqual(['loads']);
    expect((await openCheckpoint(files, 'export')).tensors.get('model.norm.weight')).toMatchObject({ dtype: 'BF16' });
    expect(JSON.parse(text(files, 'export/config.json'))).toMatchObject({ architectures: ['LlamaForCausalLM'], torch_dtype: 'bfloat16' });
  });

  it('says why a child of Qwen2 is no DeciLM', async () => {
    const files = await childOf(architectureOf([FULL, NO_ATTENTION], { attention_bias: 'qkv' }));
    const { form, loaders } = await exportModel(job(), contextOf(files));
    expect(form).toBe('any_model');
    expect(loaders).toContainEqual(expect.objectContaining({ loader: 'vLLM, as DeciLM', verdict: 'refuses', reasons: expect.arrayContaining([expect.stringMatching(/as Qwen2/)]) }));
    expect(loaders).toContainEqual(expect.objectContaining({ loader: 'Puzzletron (NVIDIA Model Optimizer)', verdict: 'loads' }));
  });

  it('will not overwrite the model with itself', async () => {
    const files = await childOf(architectureOf([FULL]));
    const before = files.paths;
    await expect(exportModel(job({ out: './child/' }), contextOf(files))).rejects.toThrow(/folder of the model itself/);
    expect(files.paths).toEqual(before);
    expect((await openCheckpoint(files, 'child')).layers).toBe(1);
  });

  it('replaces what was exported before, but no model that somebody else made', async () => {
    const files = await childOf(architectureOf([FULL, LINEAR]));
    for (const dtype of ['F32', 'BF16'] as const) await exportModel(job({ dtype }), contextOf(files));
    expect((await openCheckpoint(files, 'export')).tensors.get('model.norm.weight')).toMatchObject({ dtype: 'BF16' });

    files.put('export/config.json', '{"model_type":"llama"}');
    const before = files.paths.map((name) => [name, files.content(name)]);
    await expect(exportModel(job(), contextOf(files))).rejects.toMatchObject({ payload: { code: 'bad_input', message: expect.stringContaining('did not write') as string } });
    expect(files.paths.map((name) => [name, files.content(name)])).toEqual(before);
  });

  it('will not overwrite the model with itself where its path is absolute, as that of a model that the user names', async () => {
    const child = await childOf(architectureOf([FULL]));
    const root = await mkdtemp(path.join(os.tmpdir(), 'export-'));
    try {
      const files = nodeFiles(root);
      for (const name of child.paths) await writeAll(files, name, child.content(name));
      await expect(exportModel(job({ model: path.join(root, 'child'), out: 'child', dtype: 'BF16' }), { ...contextOf(child), files })).rejects.toThrow(/folder of the model itself/);
      expect(await files.list('child')).toEqual(await child.list('child'));
      const checkpoint = await openCheckpoint(files, 'child');
      expect(checkpoint.tensors.get('model.norm.weight')?.dtype).toBe('F32');
      await checkpoint.close();
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe("Puzzletron's layout", () => {
  it('has a file per sub-block, and a library that says what replaces which layer', async () => {
    const files = await childOf(architectureOf([FULL, LINEAR, NO_ATTENTION, NOTHING]));
    await exportModel(job({ form: 'puzzletron', dtype: 'BF16' }), contextOf(files));
    const folder = 'export/subblocks_safetensors';
    expect(await files.list(folder)).toEqual([
      'block_0_attention.safetensors', 'block_0_ffn.safetensors', 'block_1_attention.safetensors', 'block_1_ffn.safetensors', 'block_2_ffn.safetensors',
      'embeddings.safetensors', 'lm_head.safetensors',
    ]);
    expect(Object.keys((await readTensors(files, `${folder}/block_1_attention.safetensors`)).tensors)).toEqual(['model.layers.1.input_layernorm.weight', 'model.layers.1.self_attn.linear_attn.weight']);
    expect(Object.keys((await readTensors(files, `${folder}/lm_head.safetensors`)).tensors)).toEqual(['model.norm.weight', 'lm_head.weight']);
    const library = JSON.parse(text(files, 'export/replacement_library.json')) as { weight_paths: string[]; parent_layer_indices: number[]; child_block_configs: object[] }[];
    expect(library.map((entry) => entry.parent_layer_indices)).toEqual([[0], [1], [2], [3]]);
    expect(library[2]).toMatchObject({
      weight_paths: ['subblocks_safetensors/block_2_ffn.safetensors'],
      child_block_configs: [{ attention: { no_op: true, num_key_value_heads: null }, ffn: { no_op: false, intermediate_size: 512 }, parallel_blocks: null }],
    });
    expect(library[3]!.weight_paths).toEqual([]);
    expect(JSON.parse(text(files, 'export/config.json'))).toMatchObject({ architectures: ['AnyModel'], base_architecture: 'LlamaForCausalLM', block_configs: library.map((entry) => entry.child_block_configs[0]) });
    for (const path of library.flatMap((entry) => entry.weight_paths)) expect(files.paths).toContain(`export/${path}`);
  });
});
