import { describe, expect, it } from 'vitest';
import { WorkbenchError, type ErrorPayload } from '../protocol/errors.ts';
import { fromHuggingFaceConfig } from './hugging_face_config.ts';
import { parentArchitecture, parentModel } from './presets.ts';

/** As in meta-llama/Llama-3.1-8B-Instruct. */
const LLAMA_8B = {
  architectures: ['LlamaForCausalLM'], attention_bias: false, attention_dropout: 0.0, bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009], hidden_act: 'silu', hidden_size: 4096, initializer_range: 0.02,
  intermediate_size: 14336, max_position_embeddings: 131072, mlp_bias: false, model_type: 'llama',
  num_attention_heads: 32, num_hidden_layers: 32, num_key_value_heads: 8, pretraining_tp: 1, rms_norm_eps: 1e-5,
  rope_scaling: { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_max_position_embeddings: 8192, rope_type: 'llama3' },
  rope_theta: 500000.0, tie_word_embeddings: false, torch_dtype: 'bfloat16', use_cache: true, vocab_size: 128256,
};

function variants(json: unknown): string[] {
  return fromHuggingFaceConfig('config.json', json).blocks.map((block) => block.variant);
}

function failure(json: unknown): ErrorPayload {
  try {
    fromHuggingFaceConfig('config.json', json);
  } catch (error) {
    if (error instanceof WorkbenchError) return error.payload;
    throw error;
  }
  throw new Error('it was read');
}

describe('a plain Llama config.json', () => {
  it('is the preset it describes', () => {
    const preset = parentArchitecture(parentModel('llama-3.1-8b')!);
    const read = fromHuggingFaceConfig('Llama-3.1-8B-Instruct/config.json', LLAMA_8B);
    expect(read).toEqual({ ...preset, id: read.id, name: 'Llama-3.1-8B-Instruct', source: read.source });
  });

  it('has as many KV heads as heads where it does not say', () => {
    const { num_key_value_heads: _, ...older } = LLAMA_8B;
    expect(variants(older)[0]).toBe('kv32/14336');
  });

  it('may give its rotary parameters as Transformers 5 does', () => {
    const { rope_theta, rope_scaling, ...rest } = LLAMA_8B;
    const { shape } = fromHuggingFaceConfig('config.json', { ...rest, rope_parameters: { rope_theta, ...rope_scaling } });
    expect(shape).toEqual(parentModel('llama-3.1-8b')!.shape);
    const plain = fromHuggingFaceConfig('config.json', { ...rest, rope_parameters: { rope_theta, rope_type: 'default' } });
    expect(plain.shape).toMatchObject({ rope_theta: 500000 });
    expect(plain.shape.rope_scaling).toBeUndefined();
  });
});

describe('the KV heads of DeciLM 7B', () => {
  // DeciLM-7B gives them layer by layer and has one FFN width.
  const decilm7b = { ...LLAMA_8B, model_type: 'deci', num_hidden_layers: 3, num_key_value_heads_per_layer: [4, 2, 1] };

  it('are a list beside one width', () => {
    expect(variants(decilm7b)).toEqual(['kv4/14336', 'kv2/14336', 'kv1/14336']);
  });

  it('must be as many as layers', () => {
    expect(failure({ ...decilm7b, num_hidden_layers: 4 }).details).toMatchObject({
      path: 'num_key_value_heads_per_layer', expected: '4 entries, one for each layer', found: 'a list of 3',
    });
  });
});

describe('per_layer_config', () => {
  it('overrides single layers, the rest inherits', () => {
    const json = {
      ...LLAMA_8B, num_hidden_layers: 5,
      per_layer_config: {
        1: { num_key_value_heads: 4 }, 2: { intermediate_size: 3000 }, 3: { skip: ['attention'] }, 4: { skip: ['attention', 'mlp'] },
      },
    };
    expect(variants(json)).toEqual(['kv8/14336', 'kv4/14336', 'kv8/3000', 'no_op/14336', 'no_op/no_op']);
  });

  it('needs no global value that every layer overrides', () => {
    const { intermediate_size: _, ...rest } = LLAMA_8B;
    expect(variants({ ...rest, num_hidden_layers: 1, per_layer_config: { 0: { intermediate_size: 512 } } })).toEqual(['kv8/512']);
  });

  it.each([
    [{ 32: {} }, 'per_layer_config', 'layer numbers from 0 to 31'],
    [{ 7: { num_attention_heads: 16 } }, 'per_layer_config.7.num_attention_heads', 'only num_key_value_heads'],
    [{ 7: { skip: ['norm'] } }, 'per_layer_config.7.skip', 'attention or mlp'],
    [{ 7: { num_key_value_heads: 5 } }, 'per_layer_config.7.num_key_value_heads', 'a divisor of the 32'],
  ])('refuses %j', (overrides, path, expected) => {
    const { details } = failure({ ...LLAMA_8B, per_layer_config: overrides });
    expect(details?.path).toBe(path);
    expect(details?.expected).toContain(expected);
  });
});

describe('block_configs', () => {
  const base = { ...LLAMA_8B, model_type: 'nemotron-nas', intermediate_size: null, num_key_value_heads: null, num_hidden_layers: 2 };

  it('are read in the older and the newer spelling', () => {
    const old = { attention: { n_heads_in_group: 8, no_op: false, replace_with_linear: false }, ffn: { ffn_mult: 5.25, no_op: false, replace_with_linear: false } };
    const next = {
      attention: { num_key_value_heads: 2, no_op: false, replace_with_linear: false, mamba: null, llama4: null },
      ffn: { intermediate_size: 5000, no_op: false, replace_with_linear: false, moe: null }, parallel_blocks: null,
    };
    expect(variants({ ...base, block_configs: [old, next] })).toEqual(['kv4/14336', 'kv2/5000']);
  });

  it.each([
    [[{}], 'block_configs', '2 entries'],
    [[{ attention: { no_op: true }, ffn: { no_op: true } }, {}], 'block_configs[1].attention', 'an object'],
    [[{ attention: { no_op: true }, ffn: {} }, {}], 'block_configs[0].ffn.ffn_mult', 'a positive number'],
    [[{ attention: { n_heads_in_group: 5 }, ffn: {} }, {}], 'block_configs[0].attention.n_heads_in_group', 'a divisor of the 32'],
    [[{ attention: { mamba: { state_dim: 128 } }, ffn: {} }, {}], 'block_configs[0].attention.mamba', 'grouped-query attention'],
    [[{ attention: { no_op: true }, ffn: { moe: {} } }, {}], 'block_configs[0].ffn.moe', 'one dense SwiGLU'],
    [[{ attention: { no_op: true }, ffn: { intermediate_size: 512, gated: false } }, {}], 'block_configs[0].ffn.gated', 'three matrices'],
    [[{ attention: { n_heads_in_group: 4, window_length: 1024 }, ffn: {} }, {}], 'block_configs[0].attention.window_length', 'all earlier tokens'],
    [[{ attention: { no_op: true, replace_with_linear: true }, ffn: {} }, {}], 'block_configs[0].attention', 'no_op or replace_with_linear'],
  ])('%#: a failure names the place', (entries, path, expected) => {
    const { code, details } = failure({ ...base, block_configs: entries });
    expect(code).toBe('bad_input');
    expect(details).toMatchObject({ file: 'config.json', path });
    expect(details?.expected).toContain(expected);
  });
});

describe('what is no Llama-family configuration', () => {
  it.each([
    [[], '', 'an object'],
    [{ layers: [] }, '', "a model's config.json"],
    [{ ...LLAMA_8B, model_type: 'gemma' }, 'model_type', 'Llama-family'],
    [{ ...LLAMA_8B, model_type: 7 }, 'model_type', 'the name of a model family'],
    [{ ...LLAMA_8B, attention_bias: 'yes' }, 'attention_bias', 'true or false'],
    [{ ...LLAMA_8B, hidden_act: 3 }, 'hidden_act', 'the name of an activation'],
    [{ ...LLAMA_8B, intermediate_size: 1e13 }, '', 'at most 100000000000000 parameters'],
    [{ ...LLAMA_8B, hidden_size: '4096' }, 'hidden_size', 'a positive whole number'],
    [{ ...LLAMA_8B, num_hidden_layers: 1e9 }, 'num_hidden_layers', 'at most'],
    [{ ...LLAMA_8B, hidden_size: 4100 }, 'head_dim', 'a positive whole number'],
    [{ ...LLAMA_8B, _puzzle_workbench: { architecture: { id: 1 } } }, '_puzzle_workbench.architecture.id', 'what an export writes'],
  ])('%#: is refused at %2$s', (json, path, expected) => {
    const { details } = failure(json);
    expect(details?.path).toBe(path);
    expect(details?.expected).toContain(expected);
  });
});
