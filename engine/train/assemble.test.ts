/** Composed children as checkpoints: the same function, the right weights from the right places, and refusals that say why. */
import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { copyOf, smallRun, trainingSpec } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { ModelSource as ModelSpec } from '../protocol/train.ts';
import { chosenBlock, parseVariantId, type ChosenBlock } from '../protocol/variant.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { Model } from '../transformer/model.ts';
import type { ModelSource } from '../transformer/model_source.ts';
import { byteTokenizerJson } from '../transformer/tokenizer_builders.ts';
import { assemble } from './assemble.ts';
import { blockOrigins, readBlock } from './assemble_block.ts';
import { openModel } from './assemble_model.ts';
import { distilBlocks } from './bld.ts';

useTensorDevice('wasm_native');

const at = (layers: readonly number[], variant: string): ChosenBlock => chosenBlock(layers, parseVariantId(variant)!);

let files: MemoryFiles;
beforeAll(async () => {
  files = await smallRun({ trainSequences: 16, heldOutSequences: 4 });
  const bld = (id: string, parent_layers: number[], targets: Parameters<typeof distilBlocks>[0]['targets']) =>
    distilBlocks({ id, kind: 'distil_blocks', parent: 'parent', data: 'data', activations: 'activations', parent_layers, targets, training: trainingSpec({ steps: 3 }), out: 'blocks' }, testContext({ files }));
  await bld('bld.0', [0], [
    { part: 'attention', attention: { kind: 'gqa', kv_heads: 2 } },
    { part: 'ffn', ffn: { kind: 'swiglu', intermediate_size: 16 } },
  ]);
  await bld('bld.1-2', [1, 2], [{ part: 'block', attention: { kind: 'linear' }, ffn: { kind: 'swiglu', intermediate_size: 24 } }]);
});

const composed = (choices: readonly ChosenBlock[], rest: Partial<Extract<ModelSpec, { kind: 'composed' }>> = {}): Extract<ModelSpec, { kind: 'composed' }> => ({
  kind: 'composed',
  parent: 'parent',
  blocks: 'blocks',
  trained: true,
  choices: [...choices],
  ...rest,
});

async function logitsOf(source: ModelSource): Promise<Float32Array> {
  const model = new Model(source, { resident: false });
  const logits = await model.logits({ ids: Int32Array.from({ length: 24 }, (_, i) => (7 * i) % 200), length: 12 });
  const data = Float32Array.from(await logits.data());
  logits.dispose();
  model.dispose();
  return data;
}

describe('a child', () => {
  it('computes the same, bit by bit, composed and as a checkpoint', async () => {
    const run = copyOf(files);
    const spec = composed([at([1, 2], 'linear/24'), at([0], 'kv2/16')]);
    const result = await assemble({ id: 'assemble', kind: 'assemble', source: spec, name: 'My child', out: 'child' }, testContext({ files: run }));
    const model = await openModel(run, spec);
    const checkpoint = await openCheckpoint(run, 'child');
    expect(checkpoint.architecture.blocks.map(({ variant }) => variant)).toEqual(['kv2/16', 'linear/24']);
    expect(await logitsOf(checkpoint)).toEqual(await logitsOf(model));
    // Embedding and head 256 x 32 and the norm; kv2/16 and linear/24 with a norm for each half.
    expect(result.num_params).toBe(2 * 256 * 32 + 32 + (2 * 1024 + 2 * 512 + 32) + (3 * 32 * 16 + 32) + (1024 + 32) + (3 * 32 * 24 + 32));
    await checkpoint.close();
    await model.close();
  });

  it('has what lies beside the weights of its parent, unchanged, and nothing that is about the parent alone', async () => {
    const run = copyOf(files);
    const companions = {
      'tokenizer.json': byteTokenizerJson(),
      'tokenizer_config.json': '{"eos_token":"<eos>","chat_template":"as it is"}',
      'special_tokens_map.json': '{"eos_token":"<eos>"}',
      'generation_config.json': '{"temperature":0.6}',
      'chat_template.jinja': '{{ messages }}',
      'tokenizer.model': 'sentencepiece',
      LICENSE: 'terms',
      'LICENSE-MODEL': 'terms of weights',
      'Notice.txt': 'attributions',
    };
    for (const [name, content] of Object.entries({ ...companions, 'README.md': 'a card', 'training_args.bin': 'x', 'pytorch_model.bin': 'x' })) run.put(`parent/${name}`, content);
    const spec = composed([0, 1, 2].map((layer) => at([layer], layer === 0 ? 'kv2/16' : 'kv4/48')));
    await assemble({ id: 'a', kind: 'assemble', source: spec, name: 'x', out: 'child' }, testContext({ files: run }));
    expect(await run.list('child')).toEqual([...Object.keys(companions), 'config.json', 'model.safetensors'].sort());
    for (const name of Object.keys(companions)) expect(run.content(`child/${name}`), name).toEqual(run.content(`parent/${name}`));
  });

  it('of the parent’s own blocks is the parent', async () => {
    const model = await openModel(files, composed([0, 1, 2].map((layer) => at([layer], 'kv4/48'))));
    const parent = await openCheckpoint(files, 'parent');
    expect(await logitsOf(model)).toEqual(await logitsOf(parent));
    await parent.close();
    await model.close();
  });

  it('of a parent whose layers are nobody else’s corresponds to that parent, and can learn from its hidden states', async () => {
    const run = copyOf(files);
    const parent = await openCheckpoint(run, 'parent');
    await writeCheckpoint(run, 'alone', { architecture: { ...parent.architecture, external: true }, dtype: 'F32' }, parent);
    await parent.close();
    const model = await openModel(run, composed([0, 1, 2].map((layer) => at([layer], 'kv4/48')), { parent: 'alone' }));
    expect(model.base.architecture.external).toBe(true);
    expect(model.architecture).toMatchObject({ external: false, parent: 'small' });
    await model.close();
  });

  it('shares an open parent, which stays open', async () => {
    const parent = await openCheckpoint(files, 'parent');
    const model = await openModel(files, composed([0, 1, 2].map((layer) => at([layer], 'kv4/48'))), parent);
    await model.close();
    expect((await parent.embedding()).shape).toEqual([256, 32]);
    await parent.close();
  });
});

describe('blocks', () => {
  it('take each half from where it is: the parent, a file, nothing', async () => {
    const parent = await openCheckpoint(files, 'parent');
    const source = { files, parent, blocks: 'blocks', trained: true };
    const own = await parent.block(0);
    const block = await readBlock(source, at([0], 'kv4/16'));
    expect(block['self_attn.q_proj.weight']).toEqual(own['self_attn.q_proj.weight']);
    expect(block['mlp.up_proj.weight']!.shape).toEqual([16, 32]);
    expect(await readBlock(source, at([0], 'no_op/no_op'))).toEqual({});
    expect(Object.keys(await readBlock(source, at([0], 'no_op/48')))).toEqual(['post_attention_layernorm.weight', 'mlp.gate_proj.weight', 'mlp.up_proj.weight', 'mlp.down_proj.weight']);
    await parent.close();
  });

  it('say what they share', async () => {
    const parent = await openCheckpoint(files, 'parent');
    const source = { files, parent, blocks: 'blocks', trained: true };
    const narrow = await blockOrigins(source, at([0], 'kv2/16'));
    const full = await blockOrigins(source, at([0], 'kv2/48'));
    expect(full.attention).toBe(narrow.attention);
    expect(full.ffn).not.toBe(narrow.ffn);
    // A pair's halves are its own.
    const pair = await blockOrigins(source, at([1, 2], 'linear/24'));
    expect(pair.attention).toBe(pair.ffn);
    await parent.close();
  });

  it('without training come from the parent, also for a span', async () => {
    const model = await openModel(files, composed([at([0], 'kv2/16'), at([1, 2], 'kv4/48')], { trained: false }));
    const parent = await openCheckpoint(files, 'parent');
    const own = await parent.block(0);
    const k = (await model.block(0))['self_attn.k_proj.weight']!.data;
    for (const i of [0, 100, 255]) expect(k[i]).toBeCloseTo((own['self_attn.k_proj.weight']!.data[i]! + own['self_attn.k_proj.weight']!.data[i + 256]!) / 2, 6);
    const span = await model.block(1);
    const candidates = [await parent.block(1), await parent.block(2)];
    expect(candidates).toContainEqual(span);
    await parent.close();
    await model.close();
  });
});

describe('refused', () => {
  it.each([
    ['a layer twice', [at([0], 'kv4/48'), at([0], 'kv2/16'), at([1], 'kv4/48'), at([2], 'kv4/48')]],
    ['a layer missing', [at([0], 'kv4/48'), at([2], 'kv4/48')]],
    ['a layer too many', [0, 1, 2, 3].map((layer) => at([layer], 'kv4/48'))],
  ])('%s', async (_, choices) => {
    await expect(openModel(files, composed(choices))).rejects.toMatchObject({ payload: { code: 'bad_input', details: { path: 'choices' } } });
  });

  it('a file that holds another sub-block, named', async () => {
    const run = copyOf(files);
    run.put('blocks/layer_0/16.ffn.safetensors', run.content('blocks/layer_0/kv2.attention.safetensors'));
    const spec = composed([at([0], 'kv4/16'), at([1], 'kv4/48'), at([2], 'kv4/48')]);
    await expect(assemble({ id: 'a', kind: 'assemble', source: spec, name: 'x', out: 'child' }, testContext({ files: run }))).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringContaining('16.ffn.safetensors') as string },
    });
    expect(run.paths.filter((path) => path.startsWith('child/'))).toEqual([]);
  });

  it('the folder of its own parts', async () => {
    const run = copyOf(files);
    const before = run.paths;
    const spec = composed([0, 1, 2].map((layer) => at([layer], 'kv4/48')));
    await expect(assemble({ id: 'a', kind: 'assemble', source: spec, name: 'x', out: 'parent' }, testContext({ files: run }))).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    expect(run.paths).toEqual(before);
  });

  it('nothing is left of a child whose writing was stopped', async () => {
    const run = copyOf(files);
    const spec = composed([0, 1, 2].map((layer) => at([layer], 'kv4/48')));
    await expect(assemble({ id: 'a', kind: 'assemble', source: spec, name: 'x', out: 'child' }, testContext({ files: run, cancelAt: 3 }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(run.paths.filter((path) => path.startsWith('child/'))).toEqual([]);
  });
});
