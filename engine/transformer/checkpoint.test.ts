// Oracle for what is read: files by Hugging Face's `safetensors`, see test/fixtures/safetensors/make.py.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { elementCount, type HostTensor, type HostWeights } from './host_tensor.ts';
import { MemoryFiles } from './memory_files.ts';
import { readTensors, writeTensors } from './tensor_file.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../test/fixtures/safetensors/sharded');
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const INDEX = 'model.safetensors.index.json';

function sharded(): MemoryFiles {
  const files = new MemoryFiles();
  for (const name of ['config.json', INDEX, ...SHARDS]) files.put(`m/${name}`, readFileSync(path.join(FIXTURES, name)));
  return files;
}

/** The formula of make.py. */
function weight(name: string, shape: readonly number[]): HostTensor {
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => (((i * 37 + name.length * 101) % 251) - 125) / 64) };
}

const LAYER: Readonly<Record<string, readonly number[]>> = {
  'input_layernorm.weight': [8],
  'self_attn.q_proj.weight': [8, 8],
  'self_attn.k_proj.weight': [4, 8],
  'self_attn.v_proj.weight': [4, 8],
  'self_attn.o_proj.weight': [8, 8],
  'post_attention_layernorm.weight': [8],
  'mlp.gate_proj.weight': [12, 8],
  'mlp.up_proj.weight': [12, 8],
  'mlp.down_proj.weight': [8, 12],
};

describe('a sharded checkpoint', () => {
  it('gives every weight by its place, from BF16 and F32 alike', async () => {
    const checkpoint = await openCheckpoint(sharded(), 'm');
    expect(checkpoint.layers).toBe(2);
    expect(checkpoint.architecture.blocks.map(({ variant }) => variant)).toEqual(['kv2/12', 'kv2/12']);
    expect(checkpoint.notes).toEqual([]);
    expect(checkpoint.config['eos_token_id']).toBe(2);
    expect(checkpoint.tokenizer).toBeUndefined();
    for (const layer of [0, 1]) {
      const expected = Object.fromEntries(Object.entries(LAYER).map(([name, shape]) => [name, weight(`model.layers.${layer}.${name}`, shape)]));
      expect(await checkpoint.block(layer)).toEqual(expected);
    }
    expect(await checkpoint.embedding()).toEqual(weight('model.embed_tokens.weight', [10, 8]));
    expect(await checkpoint.finalNorm()).toEqual(weight('model.norm.weight', [8]));
    const head = weight('lm_head.weight', [10, 8]);
    expect(await checkpoint.head()).toEqual(head);
    expect(await checkpoint.headRows(3, 6)).toEqual({ shape: [3, 8], data: head.data.slice(24, 48) });
    const rows = await checkpoint.embeddingRows(Int32Array.of(9, 0, 9));
    const all = weight('model.embed_tokens.weight', [10, 8]).data;
    expect(rows).toEqual({ shape: [3, 8], data: Float32Array.of(...all.slice(72), ...all.slice(0, 8), ...all.slice(72)) });
    expect(checkpoint.tensors.get('model.norm.weight')).toMatchObject({ dtype: 'F32', shape: [8], bytes: 32, file: `m/${SHARDS[1]}` });
    expect(checkpoint.tensors.get('model.layers.0.mlp.up_proj.weight')).toMatchObject({ dtype: 'BF16', bytes: 192 });
    await checkpoint.close();
  });

  it('reads headers only when opened, and a layer only when asked', async () => {
    const files = sharded();
    const checkpoint = await openCheckpoint(files, 'm');
    const read = (): number => SHARDS.reduce((sum, name) => sum + files.bytesRead.get(`m/${name}`)!, 0);
    const sizes = SHARDS.reduce((sum, name) => sum + files.content(`m/${name}`).length, 0);
    const data = [...checkpoint.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    expect(read()).toBe(sizes - data);
    await checkpoint.block(0);
    expect(read()).toBe(sizes - data + Object.values(LAYER).reduce((sum, shape) => sum + elementCount(shape) * 2, 0));
  });

  const changed = (change: (map: Record<string, unknown>) => void): MemoryFiles => {
    const files = sharded();
    const index = JSON.parse(new TextDecoder().decode(files.content(`m/${INDEX}`))) as { weight_map: Record<string, unknown> };
    change(index.weight_map);
    files.put(`m/${INDEX}`, JSON.stringify(index));
    return files;
  };
  const without = async (name: string): Promise<MemoryFiles> => {
    const files = sharded();
    await files.remove(`m/${name}`);
    return files;
  };

  it.each<[string, MemoryFiles | Promise<MemoryFiles>, RegExp]>([
    ['a shard is missing', without(SHARDS[1]), /index\.json, weight_map: expected every shard in the folder, found no model-00002-of-00002\.safetensors \(1 of 2 missing\)/],
    ['the index is missing', without(INDEX), /m: expected model\.safetensors or model\.safetensors\.index\.json, found model-00001/],
    ['the configuration is missing', without('config.json'), /m: expected a checkpoint with config\.json/],
    ['a shard lacks a tensor of the index', changed((map) => (map['model.extra'] = SHARDS[0])), /weight_map\.model\.extra: expected this tensor in model-00001.*, found it in no shard/],
    ['a tensor is in another shard', changed((map) => (map['model.norm.weight'] = SHARDS[0])), /weight_map\.model\.norm\.weight: .*found it in model-00002-of-00002\.safetensors/],
    ['the index leaves the folder', changed((map) => (map['model.norm.weight'] = '../../secret.safetensors')), /expected the name of a file in this folder, found "\.\.\/\.\.\/secret/],
    ['the index names an absolute path', changed((map) => (map['model.norm.weight'] = '/etc/passwd')), /expected the name of a file in this folder/],
    ['the index is no list of files', changed((map) => (map['model.norm.weight'] = 3)), /expected the name of a file in this folder, found 3/],
  ])('is refused where %s', async (_, files, message) => {
    const attempt = openCheckpoint(await files, 'm');
    await expect(attempt).rejects.toThrow(WorkbenchError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('may keep its shards in a folder of their own, and hold tensors that the index leaves out', async () => {
    const files = changed((map) => {
      for (const [name, shard] of Object.entries(map)) map[name] = `parts/${String(shard)}`;
      delete map['model.layers.0.input_layernorm.weight'];
    });
    for (const name of SHARDS) files.put(`m/parts/${name}`, files.content(`m/${name}`));
    expect((await openCheckpoint(files, 'm')).layers).toBe(2);
  });

  it('that is not there is not found', async () => {
    await expect(openCheckpoint(new MemoryFiles(), 'm')).rejects.toMatchObject({ payload: { code: 'not_found' } });
  });
});

describe('one file of weights', () => {
  async function single(change: (weights: Record<string, HostTensor>) => HostWeights, config: Record<string, unknown> = {}): Promise<MemoryFiles> {
    const all: Record<string, HostTensor> = {};
    const from = sharded();
    for (const name of SHARDS) Object.assign(all, (await readTensors(from, `m/${name}`)).tensors);
    const files = new MemoryFiles();
    await writeTensors(files, 'm/model.safetensors', change(all));
    const original = JSON.parse(new TextDecoder().decode(from.content('m/config.json'))) as object;
    files.put('m/config.json', JSON.stringify({ ...original, ...config }));
    return files;
  }
  const renamed = (rename: (name: string) => string) => (weights: HostWeights): HostWeights =>
    Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [rename(name), tensor]));
  const lacking = (...names: string[]) => (weights: HostWeights): HostWeights =>
    Object.fromEntries(Object.entries(weights).filter(([name]) => !names.includes(name)));
  const adding = (extra: HostWeights) => (weights: HostWeights): HostWeights => ({ ...weights, ...extra });
  const one: HostTensor = { shape: [1], data: Float32Array.of(1) };

  it.each<[string, (name: string) => string]>([
    ['without a prefix, as a decoder alone is saved', (name) => name.replace(/^model\./, '')],
    ['beside what sees, as Transformers 4 saves it', (name) => `language_model.${name}`],
    ['beside what sees, as Transformers 5 saves it', (name) => name.replace(/^model\./, 'model.language_model.')],
  ])('is found %s', async (_, rename) => {
    const checkpoint = await openCheckpoint(await single(renamed(rename)), 'm');
    expect((await checkpoint.block(1))['mlp.up_proj.weight']).toEqual(weight('model.layers.1.mlp.up_proj.weight', [12, 8]));
    expect(await checkpoint.head()).toEqual(weight('lm_head.weight', [10, 8]));
  });

  it('shares the head with the embedding where the configuration says so', async () => {
    const files = await single(lacking('lm_head.weight'), { tie_word_embeddings: true });
    const checkpoint = await openCheckpoint(files, 'm');
    expect(await checkpoint.head()).toEqual(weight('model.embed_tokens.weight', [10, 8]));
    expect((await checkpoint.headRows(9, 10)).data).toEqual(weight('model.embed_tokens.weight', [10, 8]).data.slice(72));
    const both = await openCheckpoint(await single((all) => all, { tie_word_embeddings: true }), 'm');
    expect(both.notes).toEqual(['The head is the embedding, as tie_word_embeddings says; lm_head.weight of the file is not used.']);
  });

  it('says which tensors it has no use for, but for those that every loader computes', async () => {
    const extra = { 'model.layers.0.self_attn.rotary_emb.inv_freq': one, 'model.layers.0.self_attn.q_proj.bias': one, 'visual.patch': one };
    const { notes } = await openCheckpoint(await single(adding(extra)), 'm');
    expect(notes).toEqual(['2 tensors of the checkpoint belong to nothing that config.json describes and are not used: model.layers.0.self_attn.q_proj.bias, visual.patch.']);
  });

  it.each<[string, Promise<MemoryFiles>, RegExp]>([
    ['a tensor is missing', single(lacking('model.layers.1.mlp.up_proj.weight')), /m, model\.layers\.1\.mlp\.up_proj\.weight: expected the 21 tensors of a Llama model with 2 layers, by Transformers' names, found 1 missing/],
    ['the head is missing', single(lacking('lm_head.weight')), /1 missing: lm_head\.weight/],
    ['there are fewer layers', single((all) => all, { num_hidden_layers: 4 }), /found 18 missing: model\.layers\.2\.input_layernorm\.weight, .* and 15 more/],
    ['names are of another family', single(renamed((name) => name.replace('q_proj', 'query'))), /2 missing/],
    ['a shape differs', single((all) => all, { intermediate_size: 24 }), /tensor model\.layers\.0\.mlp\.gate_proj\.weight: expected \[24, 8\], as config\.json says, found \[12, 8\]/],
    ['KV heads differ', single((all) => all, { num_key_value_heads: 4 }), /k_proj\.weight: expected \[8, 8\].*found \[4, 8\]/],
    ['the family has query and key norms', single((all) => all, { model_type: 'qwen3', head_dim: 2 }), /of a Qwen3 model.*q_norm/],
    ['the family has a norm behind each part', single((all) => all, { model_type: 'gemma2', head_dim: 2 }), /Gemma-2/],
    ['heads are absurdly wide', single((all) => all, { head_dim: 1e9 }), /its head_dim is 1000000000; 65536 is the most/],
    ['the family is none that is run', single((all) => all, { model_type: 'gpt2' }), /Llama-family model/],
  ])('is refused where %s', async (_, files, message) => {
    const attempt = openCheckpoint(await files, 'm');
    await expect(attempt).rejects.toThrow(WorkbenchError);
    await expect(attempt).rejects.toThrow(message);
  });

  it.each<[string, (name: string) => string, RegExp]>([
    ['projections in one matrix', (name) => name.replace('q_proj', 'qkv_proj'), /as Phi-3/],
    ['the names of its makers', (name) => (name.includes('embed') ? 'tok_embeddings.weight' : name), /conversion script/],
    ['quantised weights', (name) => name.replace('up_proj.weight', 'up_proj.qweight'), /quantised/],
  ])('that has %s says what to do', async (_, rename, hint) => {
    await expect(openCheckpoint(await single(renamed(rename)), 'm')).rejects.toMatchObject({ payload: { hint: expect.stringMatching(hint) } });
  });

  it('in a format that is no weight is refused', async () => {
    const files = new MemoryFiles();
    const from = await single((all) => all);
    const text = new TextDecoder('latin1').decode(from.content('m/model.safetensors'));
    files.put('m/config.json', from.content('m/config.json'));
    files.put('m/model.safetensors', Uint8Array.from(text.replace('"dtype":"F32"', '"dtype":"I32"'), (character) => character.charCodeAt(0)));
    await expect(openCheckpoint(files, 'm')).rejects.toThrow(/expected weights in F32, F16, BF16, found I32/);
  });

  it('closes what it opened, also where it fails', async () => {
    const files = await single(lacking('lm_head.weight'));
    let open = 0;
    const counted = Object.assign(Object.create(files) as MemoryFiles, {
      open: async (name: string) => {
        const source = await files.open(name);
        open++;
        return { ...source, close: () => Promise.resolve(void open--) };
      },
      exists: (name: string) => files.exists(name),
      list: (name: string) => files.list(name),
    });
    await expect(openCheckpoint(counted, 'm')).rejects.toThrow(WorkbenchError);
    expect(open).toBe(0);
  });
});
