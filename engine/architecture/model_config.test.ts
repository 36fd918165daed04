/** Families beside Llama-3: what their config.json says, counted. Fixtures hold the facts of the released files. */
import { describe, expect, it } from 'vitest';
import { WorkbenchError, type ErrorPayload } from '../protocol/errors.ts';
import { architectureSchema } from '../protocol/variant.ts';
import { architectureKvBytesPerToken, architectureParams } from './count.ts';
import { toDeciLmConfig } from './decilm.ts';
import { readModelConfig } from './hugging_face_config.ts';
import { parentModel, presetArchitecture } from './presets.ts';
import { slidingWindowOf } from './sliding_window.ts';

const LLAMA_2_7B = {
  architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 4096, intermediate_size: 11008, num_attention_heads: 32,
  num_key_value_heads: 32, num_hidden_layers: 32, vocab_size: 32000, max_position_embeddings: 4096, rms_norm_eps: 1e-5,
  rope_scaling: null, tie_word_embeddings: false, hidden_act: 'silu',
};
const LLAMA_2_70B = { ...LLAMA_2_7B, hidden_size: 8192, intermediate_size: 28672, num_attention_heads: 64, num_key_value_heads: 8, num_hidden_layers: 80 };
const LLAMA_32_1B = {
  architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 2048, intermediate_size: 8192, head_dim: 64, num_attention_heads: 32,
  num_key_value_heads: 8, num_hidden_layers: 16, vocab_size: 128256, tie_word_embeddings: true, attention_bias: false, mlp_bias: false,
};
const MISTRAL_7B = {
  architectures: ['MistralForCausalLM'], model_type: 'mistral', hidden_size: 4096, intermediate_size: 14336, num_attention_heads: 32,
  num_key_value_heads: 8, num_hidden_layers: 32, vocab_size: 32000, max_position_embeddings: 32768, rms_norm_eps: 1e-5, rope_theta: 10000,
  sliding_window: 4096, tie_word_embeddings: false, hidden_act: 'silu',
};
const MISTRAL_NEMO = { ...MISTRAL_7B, hidden_size: 5120, head_dim: 128, num_hidden_layers: 40, vocab_size: 131072, sliding_window: null };
const QWEN2_7B = {
  architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', hidden_size: 3584, intermediate_size: 18944, num_attention_heads: 28,
  num_key_value_heads: 4, num_hidden_layers: 28, vocab_size: 152064, max_position_embeddings: 131072, max_window_layers: 28,
  sliding_window: 131072, use_sliding_window: false, tie_word_embeddings: false, hidden_act: 'silu', rope_theta: 1000000,
};
const QWEN25_05B = {
  ...QWEN2_7B, hidden_size: 896, intermediate_size: 4864, num_attention_heads: 14, num_key_value_heads: 2, num_hidden_layers: 24,
  vocab_size: 151936, tie_word_embeddings: true, max_position_embeddings: 32768,
};
const QWEN25_72B = { ...QWEN2_7B, hidden_size: 8192, intermediate_size: 29568, num_attention_heads: 64, num_key_value_heads: 8, num_hidden_layers: 80 };
const QWEN3_8B = {
  architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', attention_bias: false, head_dim: 128, hidden_size: 4096, intermediate_size: 12288,
  num_attention_heads: 32, num_key_value_heads: 8, num_hidden_layers: 36, vocab_size: 151936, tie_word_embeddings: false,
  max_position_embeddings: 40960, sliding_window: null, use_sliding_window: false, max_window_layers: 36, hidden_act: 'silu',
};
const QWEN3_06B = {
  ...QWEN3_8B, hidden_size: 1024, intermediate_size: 3072, num_attention_heads: 16, num_hidden_layers: 28, tie_word_embeddings: true,
};
// Gemma-2 leaves out that its embeddings are tied.
const GEMMA2_9B = {
  architectures: ['Gemma2ForCausalLM'], model_type: 'gemma2', attention_bias: false, attn_logit_softcapping: 50, final_logit_softcapping: 30,
  head_dim: 256, hidden_act: 'gelu_pytorch_tanh', hidden_activation: 'gelu_pytorch_tanh', hidden_size: 3584, intermediate_size: 14336,
  num_attention_heads: 16, num_key_value_heads: 8, num_hidden_layers: 42, vocab_size: 256000, max_position_embeddings: 8192,
  sliding_window: 4096, query_pre_attn_scalar: 256, rms_norm_eps: 1e-6, rope_theta: 10000,
};
const GEMMA2_2B = { ...GEMMA2_9B, hidden_size: 2304, intermediate_size: 9216, num_attention_heads: 8, num_key_value_heads: 4, num_hidden_layers: 26 };
const GEMMA2_27B = {
  ...GEMMA2_9B, hidden_size: 4608, intermediate_size: 36864, head_dim: 128, num_attention_heads: 32, num_key_value_heads: 16, num_hidden_layers: 46,
};
const PHI3_MINI = {
  architectures: ['Phi3ForCausalLM'], model_type: 'phi3', hidden_size: 3072, intermediate_size: 8192, num_attention_heads: 32,
  num_key_value_heads: 32, num_hidden_layers: 32, vocab_size: 32064, max_position_embeddings: 131072, sliding_window: 262144,
  tie_word_embeddings: false, attention_bias: false, rope_scaling: { type: 'longrope', long_factor: [1.1, 2.2], short_factor: [1, 1] },
};

function read(json: unknown, file = 'config.json') {
  return readModelConfig(file, json);
}

function failure(json: unknown): ErrorPayload {
  try {
    read(json);
  } catch (error) {
    if (error instanceof WorkbenchError) return error.payload;
    throw error;
  }
  throw new Error('it was read');
}

// Published: the bytes of the released weights divided by two, and the totals that Hugging Face and llama.cpp show.
describe.each([
  ['Llama-2-7B', LLAMA_2_7B, 6_738_415_616],
  ['Llama-2-70B', LLAMA_2_70B, 68_976_648_192],
  ['Llama-3.2-1B', LLAMA_32_1B, 1_235_814_400],
  ['Mistral-7B-v0.1', MISTRAL_7B, 7_241_732_096],
  ['Mistral-Nemo-12B', MISTRAL_NEMO, 12_247_782_400],
  ['Qwen2-7B', QWEN2_7B, 7_615_616_512],
  ['Qwen2.5-0.5B', QWEN25_05B, 494_032_768],
  ['Qwen2.5-72B', QWEN25_72B, 72_706_203_648],
  ['Qwen3-8B', QWEN3_8B, 8_190_735_360],
  ['Qwen3-0.6B', QWEN3_06B, 596_049_920],
  ['Gemma-2-2B', GEMMA2_2B, 2_614_341_888],
  ['Gemma-2-9B', GEMMA2_9B, 9_241_705_984],
  ['Gemma-2-27B', GEMMA2_27B, 27_227_128_320],
  ['Phi-3.5-mini', PHI3_MINI, 3_821_079_552],
])('%s', (name, json, total) => {
  const { architecture, parent } = read(json, `${name}/config.json`);

  it('has the published number of parameters', () => {
    expect(architectureParams(architecture)).toBe(total);
    expect(architectureSchema.parse(architecture)).toEqual(architecture);
  });

  it('is a parent itself', () => {
    expect(parent).toMatchObject({ num_hidden_layers: json.num_hidden_layers, intermediate_size: json.intermediate_size, shape: architecture.shape });
    if (name !== 'Mistral-7B-v0.1') expect(parent?.name).toBe(name);
  });
});

describe('what sets a family apart', () => {
  it('Qwen2 has biases on three projections, Llama where it says so on all', () => {
    expect(read(QWEN2_7B).architecture.shape.attention_bias).toBe('qkv');
    expect(read(LLAMA_2_7B).architecture.shape.attention_bias).toBeUndefined();
    expect(read({ ...LLAMA_2_7B, attention_bias: true, mlp_bias: true }).architecture.shape).toMatchObject({ attention_bias: 'qkvo', mlp_bias: true });
    expect(read({ ...MISTRAL_7B, attention_bias: true }).architecture.shape.attention_bias).toBeUndefined();
  });

  it('Qwen3 has norms of queries and keys and heads of 128 whatever the hidden size', () => {
    const { head_dim: _, ...unsaid } = QWEN3_06B;
    expect(read(unsaid).architecture.shape).toMatchObject({ head_dim: 128, qk_norm: true });
  });

  it('Gemma-2 has four norms, GeGLU, tied embeddings and a window in every other layer', () => {
    const { architecture, notes } = read(GEMMA2_9B);
    expect(architecture.shape).toMatchObject({ post_norms: true, hidden_act: 'gelu_pytorch_tanh', tie_word_embeddings: true, head_dim: 256 });
    expect([0, 1, 2, 41].map((layer) => slidingWindowOf(architecture.shape, layer))).toEqual([4096, undefined, 4096, undefined]);
    expect(notes.join(' ')).toMatch(/Soft-capping/);
    expect(notes.join(' ')).toMatch(/Layers 0, 2, 4, .* see only the latest 4096 tokens/);
    // 42 layers, 8 KV heads of 256, keys and values, BF16.
    expect(architectureKvBytesPerToken(architecture, 2)).toBe(344_064);
  });

  it('windows are there only where they come into force', () => {
    const window = (json: object): unknown => read(json).architecture.shape.sliding_window;
    expect(window(MISTRAL_7B)).toEqual({ tokens: 4096 });
    expect(window(MISTRAL_NEMO)).toBeUndefined();
    expect(window(QWEN2_7B)).toBeUndefined();
    expect(window(PHI3_MINI)).toBeUndefined();
    const switched = { ...QWEN2_7B, use_sliding_window: true, sliding_window: 4096, num_hidden_layers: 4, max_window_layers: 2 };
    expect(window(switched)).toEqual({ tokens: 4096, layers: [2, 3] });
    const types = ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'];
    expect(window({ ...switched, layer_types: types })).toEqual({ tokens: 4096, layers: [0, 2] });
    expect(failure({ ...switched, layer_types: types.slice(1) }).details?.path).toBe('layer_types');
    expect(failure({ ...switched, layer_types: [...types.slice(1), 'linear_attention'] }).details?.path).toBe('layer_types[3]');
  });

  it('says what is not carried over', () => {
    expect(read(PHI3_MINI).notes.join(' ')).toMatch(/long_factor and rope_scaling\.short_factor are not carried over/);
    expect(read({ ...PHI3_MINI, partial_rotary_factor: 0.75 }).notes.join(' ')).toMatch(/partial_rotary_factor 0\.75/);
    expect(read({ ...LLAMA_2_7B, quantization_config: { quant_method: 'awq' } }).notes.join(' ')).toMatch(/quantised \(awq\)/);
    expect(read(LLAMA_2_7B).notes).toEqual([]);
  });

  it('needs KV heads to be said except in Llama', () => {
    const { num_key_value_heads: _, ...mistral } = MISTRAL_7B;
    expect(failure(mistral).details?.path).toBe('num_key_value_heads');
    expect(read({ ...MISTRAL_7B, num_key_value_heads: null }).architecture.blocks[0]?.variant).toBe('kv32/14336');
  });

  it('a file without a family is read as Llama, and says so', () => {
    const { model_type: _, architectures: __, ...bare } = LLAMA_2_7B;
    expect(read(bare).notes).toEqual(['The file names no family; it is read as Llama.']);
    expect(read({ ...bare, architectures: ['Qwen2ForCausalLM'] }).architecture.shape.attention_bias).toBe('qkv');
  });
});

describe('models that also see', () => {
  it('are described by their text_config', () => {
    const { architecture, notes } = read({
      architectures: ['Mistral3ForConditionalGeneration'], model_type: 'mistral3', tie_word_embeddings: false,
      text_config: { ...MISTRAL_NEMO, architectures: undefined }, vision_config: { hidden_size: 1024 },
    });
    expect(architectureParams(architecture)).toBe(12_247_782_400);
    expect(notes[0]).toMatch(/Only the language model/);
  });

  it('name the place inside it', () => {
    const { hidden_act: _, ...text } = { ...MISTRAL_NEMO, vocab_size: 'many' };
    expect(failure({ model_type: 'mistral3', text_config: text }).details?.path).toBe('text_config.vocab_size');
  });
});

describe('AnyModel', () => {
  const base = {
    ...QWEN3_8B, architectures: ['AnyModel'], base_architecture: 'Qwen3ForCausalLM', num_hidden_layers: 3,
  };

  it('takes its family from base_architecture and its layers from block_configs', () => {
    const { architecture } = read({
      ...base, model_type: 'anymodel',
      block_configs: [
        { attention: { num_key_value_heads: 8, no_op: false, mamba: null, llama4: null }, ffn: { intermediate_size: 12288, no_op: false, moe: null }, parallel_blocks: null },
        { attention: { num_key_value_heads: null, no_op: true }, ffn: { intermediate_size: 2560, no_op: false } },
        { attention: { num_key_value_heads: 4, no_op: false }, ffn: { no_op: true, intermediate_size: null } },
      ],
    });
    expect(architecture.blocks.map(({ variant }) => variant)).toEqual(['kv8/12288', 'no_op/2560', 'kv4/no_op']);
    expect(architecture.shape.qk_norm).toBe(true);
  });

  it('or from per_layer_config', () => {
    const { architecture } = read({ ...base, per_layer_config: { 1: { skip: ['attention'] }, 2: { intermediate_size: 9472 } } });
    expect(architecture.blocks.map(({ variant }) => variant)).toEqual(['kv8/12288', 'no_op/12288', 'kv8/9472']);
  });

  it('of a family that cannot be described is refused by its name', () => {
    expect(failure({ ...base, base_architecture: 'GptOssForCausalLM' })).toMatchObject({
      message: expect.stringContaining('a mixture of experts (GptOssForCausalLM)'), details: { path: 'base_architecture' },
    });
  });
});

describe('the parent of what was read', () => {
  it('is the preset where the file is the preset', () => {
    const { parent } = read(MISTRAL_7B, 'Mistral-7B-v0.1/config.json');
    expect(parent).toBe(parentModel('mistral-7b'));
  });

  it('is the preset that a child came from', () => {
    const { _puzzle_workbench: _, ...ultra } = toDeciLmConfig(presetArchitecture('nemotron-ultra-253b')!, {});
    expect(read(ultra).parent).toBe(parentModel('llama-3.1-405b'));
    const own = read(toDeciLmConfig(presetArchitecture('nemotron-51b')!, {}));
    expect([own.parent, own.notes]).toEqual([parentModel('llama-3.1-70b'), []]);
  });

  it('is the first of several alike, with a word about it', () => {
    const { _puzzle_workbench: _, ...config } = toDeciLmConfig(presetArchitecture('nemotron-51b')!, {});
    const { architecture, parent, notes } = read(config);
    expect(architecture.parent).toBeUndefined();
    expect(parent).toBe(parentModel('llama-3.1-70b'));
    expect(notes.join(' ')).toMatch(/Llama-3\.1-70B-Instruct and Llama-3\.3-70B-Instruct/);
  });

  it('is not known where layers differ and no preset has their dimensions', () => {
    const { parent, notes } = read({ ...QWEN3_8B, per_layer_config: { 0: { intermediate_size: 512 } } });
    expect(parent).toBeUndefined();
    expect(notes.join(' ')).toMatch(/open the config\.json of its parent/);
  });

  it('keeps a file of the same name apart from a preset', () => {
    const { parent } = read({ ...LLAMA_2_7B }, 'Mistral-7B/config.json');
    expect(parent?.id).toBe('mistral-7b-own');
  });
});

describe('families that cannot be read', () => {
  it.each([
    ['gemma', /enter its shape by hand/],
    ['cohere', /enter its shape by hand/],
    ['falcon', /FFN has two matrices/],
    ['nemotron', /FFN has two matrices/],
  ])('%s: names the family, what can be read, and what to do', (family, hint) => {
    const error = failure({ ...LLAMA_2_7B, model_type: family });
    expect(error).toMatchObject({ code: 'bad_input', details: { path: 'model_type', found: `"${family}"` } });
    expect(error.message).toMatch(/Llama, Mistral, Qwen2, Qwen3, Gemma-2, Phi-3, DeciLM/);
    expect(error.hint).toMatch(hint);
  });

  // Fields as in Mixtral-8x7B, Qwen3-30B-A3B, DeepSeek-V3, Mamba-2 and Nemotron-H.
  it.each([
    [{ ...LLAMA_2_7B, model_type: 'mixtral', num_local_experts: 8, num_experts_per_tok: 2 }, 'num_local_experts', /mixture of experts \(mixtral\)/, /few experts only/],
    [{ ...QWEN3_8B, model_type: 'qwen3_moe', num_experts: 128 }, 'num_experts', /mixture of experts \(qwen3_moe\)/, /few experts only/],
    [{ ...LLAMA_2_7B, model_type: 'deepseek_v3', kv_lora_rank: 512, n_routed_experts: 256 }, 'kv_lora_rank', /latent attention \(deepseek_v3\)/, /one compressed vector/],
    [{ model_type: 'mamba2', state_size: 128, hidden_size: 4096 }, 'state_size', /state-space/, /state of fixed size/],
    [{ ...LLAMA_2_7B, model_type: 'nemotron_h', ssm_state_size: 128, hybrid_override_pattern: 'M-M*' }, 'ssm_state_size', /state-space/, /attention only/],
    [{ architectures: ['JambaForCausalLM'] }, 'architectures[0]', /state-space/, /attention only/],
    [{ ...LLAMA_2_7B, model_type: 'qwen2_moe' }, 'model_type', /mixture of experts/, /few experts only/],
    [{ ...LLAMA_2_7B, model_type: 't5', is_encoder_decoder: true }, 'is_encoder_decoder', /an encoder with a decoder/, /only decode/],
  ])('%#: says why at %s', (json, path, message, hint) => {
    const error = failure(json);
    expect(error.details?.path).toBe(path);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('one expert is no mixture', () => {
    expect(read({ ...LLAMA_2_7B, num_local_experts: 1, num_experts: 0 }).architecture.blocks).toHaveLength(32);
  });
});
