import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { chosenBlock, type Architecture, type Block, type ModelShape } from '../protocol/variant.ts';
import { openCheckpoint, type WeightSource } from './checkpoint.ts';
import { architectureOf, FULL, sourceOf } from './checkpoint_fixture.ts';
import { writeCheckpoint } from './checkpoint_write.ts';
import type { HostTensor } from './host_tensor.ts';
import { MemoryFiles } from './memory_files.ts';
import { wordTokenizerJson } from './tokenizer_builders.ts';

const LINEAR: Block = { attention: { kind: 'linear' }, ffn: { kind: 'linear' } };
const NOTHING: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'no_op' } };
const NARROW: Block = { attention: { kind: 'gqa', kv_heads: 1 }, ffn: { kind: 'swiglu', intermediate_size: 512 } };
const ODD: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'swiglu', intermediate_size: 20 } };

function bits({ shape, data }: HostTensor): readonly unknown[] {
  return [shape, Buffer.from(data.buffer).toString('hex')];
}

async function expectSameWeights(actual: WeightSource, expected: WeightSource, { shape, blocks }: Architecture): Promise<void> {
  expect(bits(await actual.embedding())).toEqual(bits(await expected.embedding()));
  expect(bits(await actual.finalNorm())).toEqual(bits(await expected.finalNorm()));
  expect(bits(await actual.head())).toEqual(bits(await (shape.tie_word_embeddings ? expected.embedding() : expected.head())));
  for (const layer of blocks.keys()) {
    const [ours, theirs] = [Object.entries(await actual.block(layer)), Object.entries(await expected.block(layer))];
    expect(ours.map(([name, tensor]) => [name, bits(tensor)])).toEqual(theirs.map(([name, tensor]) => [name, bits(tensor)]));
  }
}

describe('what is written in F32 is read back bit for bit, and the architecture with it', () => {
  it.each<[string, string, readonly Block[], Partial<ModelShape>]>([
    ['a Llama', 'family', [FULL, FULL, FULL], {}],
    ['a Llama with tied embeddings and scaled RoPE', 'family', [FULL], { tie_word_embeddings: true, rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 } }],
    ['a Llama with all biases and wide heads', 'family', [FULL, FULL], { attention_bias: 'qkvo', mlp_bias: true, head_dim: 4 }],
    ['a Mistral', 'family', [FULL, FULL], { sliding_window: { tokens: 16 } }],
    ['a Qwen2', 'family', [FULL, FULL], { attention_bias: 'qkv' }],
    ['a Qwen2 with a window in some layers', 'family', [FULL, FULL, FULL], { attention_bias: 'qkv', sliding_window: { tokens: 16, layers: [1, 2] } }],
    ['a Qwen3', 'family', [FULL, FULL], { qk_norm: true, head_dim: 4, tie_word_embeddings: true }],
    ['a child of a Llama', 'decilm', [FULL, LINEAR, NOTHING, NARROW], {}],
    ['a child of a Llama that has narrow FFNs', 'any_model', [FULL, LINEAR, ODD], {}],
    ['a child of a Qwen2', 'any_model', [FULL, LINEAR, NOTHING, NARROW], { attention_bias: 'qkv' }],
    ['a child of a Qwen3', 'any_model', [NOTHING, NARROW], { qk_norm: true }],
    ['a child of nothing but no-ops', 'decilm', [NOTHING, NOTHING], {}],
  ])('%s (%s)', async (_, form, blocks, shape) => {
    const architecture = architectureOf(blocks, shape);
    const files = new MemoryFiles();
    const written = await writeCheckpoint(files, 'out', { architecture, dtype: 'F32' }, sourceOf(architecture));
    expect(written.form).toBe(form);
    expect(files.paths).toEqual(['out/config.json', 'out/model.safetensors']);
    const checkpoint = await openCheckpoint(files, 'out');
    expect(checkpoint.architecture).toEqual(architecture);
    expect(checkpoint.notes.filter((note) => !note.includes('only the latest') && !note.includes('parent'))).toEqual([]);
    await expectSameWeights(checkpoint, sourceOf(architecture), architecture);
  });

  it('spans and names too', async () => {
    const architecture: Architecture = { ...architectureOf([FULL]), id: 'c', name: 'Child', parent: 'p', external: false, blocks: [chosenBlock([0, 1], FULL), chosenBlock([2], NOTHING)] };
    const files = new MemoryFiles();
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32' }, sourceOf(architecture));
    expect((await openCheckpoint(files, 'out')).architecture).toEqual(architecture);
  });
});

describe('shards', () => {
  const architecture = architectureOf([FULL, LINEAR, FULL]);

  it('are as large as allowed and no larger, and open as one', async () => {
    const files = new MemoryFiles();
    const maxShardBytes = 20_000;
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32', maxShardBytes }, sourceOf(architecture));
    const shards = files.paths.filter((path) => path.endsWith('.safetensors'));
    expect(shards).toEqual([1, 2, 3].map((number) => `out/model-0000${number}-of-00003.safetensors`));
    const checkpoint = await openCheckpoint(files, 'out');
    await expectSameWeights(checkpoint, sourceOf(architecture), architecture);
    const sizes = shards.map((file) => [...checkpoint.tensors.values()].reduce((sum, tensor) => sum + (tensor.file === file ? tensor.bytes : 0), 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxShardBytes);
    const index = JSON.parse(new TextDecoder().decode(files.content('out/model.safetensors.index.json'))) as { metadata: { total_size: number } };
    expect(index.metadata.total_size).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it('hold one tensor at least, however little is allowed', async () => {
    const files = new MemoryFiles();
    await writeCheckpoint(files, 'out', { architecture, dtype: 'BF16', maxShardBytes: 1 }, sourceOf(architecture));
    expect((await openCheckpoint(files, 'out')).layers).toBe(3);
  });

  it('ask for every layer once, in order', async () => {
    const asked: number[] = [];
    const source = sourceOf(architecture);
    const counting: WeightSource = { ...source, block: (layer) => (asked.push(layer), source.block(layer)) };
    await writeCheckpoint(new MemoryFiles(), 'out', { architecture, dtype: 'F32', maxShardBytes: 500 }, counting);
    expect(asked).toEqual([0, 1, 2]);
  });
});

describe('a folder', () => {
  const architecture = architectureOf([FULL, FULL]);

  it('keeps no weights of the checkpoint it held before, and other files', async () => {
    const files = new MemoryFiles({ 'out/notes.txt': 'mine' });
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32', maxShardBytes: 10_000 }, sourceOf(architecture));
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32' }, sourceOf(architecture));
    expect(files.paths).toEqual(['out/config.json', 'out/model.safetensors', 'out/notes.txt']);
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32', maxShardBytes: 10_000 }, sourceOf(architecture));
    expect(files.paths).not.toContain('out/model.safetensors');
  });

  it.each([[0], [1]])('is left without a checkpoint where layer %i fails', async (failing) => {
    const files = new MemoryFiles();
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32' }, sourceOf(architecture));
    const source = sourceOf(architecture);
    const broken: WeightSource = { ...source, block: (layer) => (layer === failing ? Promise.reject(new WorkbenchError('cancelled', 'Stopped.')) : source.block(layer)) };
    await expect(writeCheckpoint(files, 'out', { architecture, dtype: 'F32', maxShardBytes: 500 }, broken)).rejects.toThrow('Stopped.');
    expect(files.paths).toEqual([]);
  });

  it('says why it failed, also where what is left cannot be removed', async () => {
    const files = new MemoryFiles();
    const remove = files.remove.bind(files);
    files.remove = (path) => (files.paths.includes(path) ? Promise.reject(new WorkbenchError('io', 'Busy.')) : remove(path));
    const broken: WeightSource = { ...sourceOf(architecture), head: () => Promise.reject(new WorkbenchError('io', 'The disk is full.')) };
    await expect(writeCheckpoint(files, 'out', { architecture, dtype: 'F32', maxShardBytes: 500 }, broken)).rejects.toThrow('The disk is full.');
    await expect(openCheckpoint(files, 'out')).rejects.toThrow(/config\.json/);
  });

  it('is not touched where the model cannot be written', async () => {
    const files = new MemoryFiles();
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32' }, sourceOf(architecture));
    const odd = architectureOf([FULL], { qk_norm: true, attention_bias: 'qkv' });
    await expect(writeCheckpoint(files, 'out', { architecture: odd, dtype: 'F32' }, sourceOf(odd))).rejects.toThrow(/No family/);
    expect((await openCheckpoint(files, 'out')).layers).toBe(2);
  });

  it('that was interrupted is refused with what to do', async () => {
    const files = new MemoryFiles();
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32' }, sourceOf(architecture));
    await files.remove('out/config.json');
    await expect(openCheckpoint(files, 'out')).rejects.toMatchObject({ payload: { hint: expect.stringMatching(/interrupted.*run that step again/) } });
  });

  it('gets the tokenizer, a word to Transformers about it, and its begin and end tokens', async () => {
    const files = new MemoryFiles();
    const tokenizer = wordTokenizerJson(['a', 'b']);
    await writeCheckpoint(files, 'out', { architecture, dtype: 'F32', tokenizer, extras: { 'generation_config.json': '{}' } }, sourceOf(architecture));
    const checkpoint = await openCheckpoint(files, 'out');
    expect(checkpoint.tokenizer).toBe('out/tokenizer.json');
    expect(checkpoint.config).toMatchObject({ bos_token_id: 1, eos_token_id: 2 });
    expect(JSON.parse(new TextDecoder().decode(files.content('out/tokenizer_config.json')))).toEqual({
      tokenizer_class: 'PreTrainedTokenizerFast', clean_up_tokenization_spaces: false, bos_token: '<bos>', eos_token: '<eos>', unk_token: '<unk>', model_max_length: 64,
    });
    expect(files.paths).toContain('out/generation_config.json');
  });
});

describe('config.json', () => {
  const json = async (architecture: Architecture, config: Record<string, unknown>, dtype: 'F32' | 'BF16' = 'BF16'): Promise<Readonly<Record<string, unknown>>> =>
    (await writeCheckpoint(new MemoryFiles(), 'out', { architecture, config, dtype }, sourceOf(architecture))).json;

  it('is that of the family where all layers are the same', async () => {
    expect(await json(architectureOf([FULL, FULL]), {})).toMatchObject({
      architectures: ['LlamaForCausalLM'], model_type: 'llama', num_hidden_layers: 2, num_key_value_heads: 2, intermediate_size: 256, head_dim: 2, torch_dtype: 'bfloat16',
    });
    expect(await json(architectureOf([FULL], { qk_norm: true }), {}, 'F32')).toMatchObject({ architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', torch_dtype: 'float32' });
    expect(await json(architectureOf([FULL], { attention_bias: 'qkv' }), {})).toMatchObject({ architectures: ['Qwen2ForCausalLM'], use_sliding_window: false });
    expect(await json(architectureOf([FULL]), { model_type: 'mistral' })).toMatchObject({ architectures: ['MistralForCausalLM'], sliding_window: null });
  });

  it('is DeciLM where they differ, AnyModel where DeciLM cannot say it', async () => {
    expect(await json(architectureOf([FULL, LINEAR]), {})).toMatchObject({ architectures: ['DeciLMForCausalLM'], model_type: 'nemotron-nas', torch_dtype: 'bfloat16' });
    expect(await json(architectureOf([FULL, LINEAR], { attention_bias: 'qkv' }), {})).toMatchObject({
      architectures: ['AnyModel'], base_architecture: 'Qwen2ForCausalLM', model_type: 'qwen2',
      block_configs: [{ attention: { num_key_value_heads: 2 }, ffn: { intermediate_size: 256 } }, { attention: { replace_with_linear: true }, ffn: { replace_with_linear: true } }],
    });
  });

  it.each([[FULL], [LINEAR]])('keeps token ids and rotary details of the parent (%#)', async (second) => {
    const shape = { rope_scaling: { rope_type: 'llama3', factor: 8 } };
    const parent = { bos_token_id: 5, eos_token_id: [6, 7], pad_token_id: null, rope_parameters: { rope_type: 'llama3', factor: 8, rope_theta: 10_000, mscale: [1, 2] } };
    const config = await json(architectureOf([FULL, second], shape), parent);
    expect(config).toMatchObject({ bos_token_id: 5, eos_token_id: [6, 7], rope_theta: 10_000, rope_scaling: { rope_type: 'llama3', factor: 8, mscale: [1, 2] } });
    expect(config['rope_scaling']).not.toHaveProperty('rope_theta');
    expect(config).not.toHaveProperty('pad_token_id');
  });

  it('takes those of the language model in one that also sees', async () => {
    expect(await json(architectureOf([FULL]), { model_type: 'llava', text_config: { model_type: 'mistral', eos_token_id: 9 } })).toMatchObject({ eos_token_id: 9, model_type: 'mistral' });
  });
});
