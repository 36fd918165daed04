/** Names and sizes of weights, against the counts of engine/architecture and the layout of released checkpoints. */
import { describe, expect, it } from 'vitest';
import { attentionParams, blockParams, ffnParams, nonBlockParams } from '../architecture/count.ts';
import type { Block, ModelShape } from '../protocol/variant.ts';
import { Random } from '../train/random.ts';
import { elementCount } from './host_tensor.ts';
import { blockWeightShapes, initialModelWeights, initialWeights, modelWeightShapes, subBlockOf, weightsOf } from './weights.ts';

const LLAMA_8B: ModelShape = { hidden_size: 4096, num_attention_heads: 32, head_dim: 128, vocab_size: 128_256, tie_word_embeddings: false };
const BLOCK: Block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 14_336 } };

const BLOCKS: readonly Block[] = [
  BLOCK,
  { attention: { kind: 'linear' }, ffn: { kind: 'linear' } },
  { attention: { kind: 'no_op' }, ffn: { kind: 'swiglu', intermediate_size: 2816 } },
  { attention: { kind: 'gqa', kv_heads: 1 }, ffn: { kind: 'no_op' } },
];
const SHAPES: readonly ModelShape[] = [
  LLAMA_8B,
  { ...LLAMA_8B, tie_word_embeddings: true, attention_bias: 'qkv' },
  { ...LLAMA_8B, head_dim: 64, attention_bias: 'qkvo', mlp_bias: true },
  { ...LLAMA_8B, qk_norm: true },
];

function total(shapes: Readonly<Record<string, readonly number[]>>): number {
  return Object.values(shapes).reduce((sum, shape) => sum + elementCount(shape), 0);
}

describe('weights of a block', () => {
  it('are named and laid out as in a Llama checkpoint', () => {
    expect(blockWeightShapes(LLAMA_8B, BLOCK)).toEqual({
      'input_layernorm.weight': [4096],
      'self_attn.q_proj.weight': [4096, 4096],
      'self_attn.k_proj.weight': [1024, 4096],
      'self_attn.v_proj.weight': [1024, 4096],
      'self_attn.o_proj.weight': [4096, 4096],
      'post_attention_layernorm.weight': [4096],
      'mlp.gate_proj.weight': [14_336, 4096],
      'mlp.up_proj.weight': [14_336, 4096],
      'mlp.down_proj.weight': [4096, 14_336],
    });
  });

  it('are as many numbers as the cost model counts, for every kind of model and block', () => {
    for (const shape of SHAPES) {
      expect(total(modelWeightShapes(shape))).toBe(nonBlockParams(shape));
      for (const block of BLOCKS) {
        const shapes = blockWeightShapes(shape, block);
        expect(total(shapes)).toBe(blockParams(shape, block));
        expect(total(weightsOf(shapes, 'attention'))).toBe(attentionParams(shape, block.attention));
        expect(total(weightsOf(shapes, 'ffn'))).toBe(ffnParams(shape, block.ffn));
      }
    }
  });

  it('each belong to one sub-block, and other names to none', () => {
    expect(subBlockOf('self_attn.linear_attn.weight')).toBe('attention');
    expect(subBlockOf('post_attention_layernorm.weight')).toBe('ffn');
    expect(() => subBlockOf('model.norm.weight')).toThrow(RangeError);
  });
});

describe('initial weights', () => {
  const shape: ModelShape = { hidden_size: 64, num_attention_heads: 4, head_dim: 16, vocab_size: 300, tie_word_embeddings: false, attention_bias: 'qkvo' };
  const block: Block = { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 192 } };
  const random = (): Random => Random.of(7, 'weights');
  const LAYERS = 8;

  it('have the sizes of the block, norms of one and biases of zero', () => {
    const weights = initialWeights(shape, block, LAYERS, () => 1);
    expect(Object.fromEntries(Object.entries(weights).map(([name, { shape: size }]) => [name, size]))).toEqual(blockWeightShapes(shape, block));
    expect(new Set(weights['input_layernorm.weight']!.data)).toEqual(new Set([1]));
    expect(new Set(weights['self_attn.q_proj.bias']!.data)).toEqual(new Set([0]));
  });

  it('spread as GPT-2’s, 0.02 at a width of 768, and by sqrt(2 * layers) less where they write to the residual stream', () => {
    const generator = random();
    const weights = initialWeights(shape, block, LAYERS, () => generator.normal());
    const usual = 0.02 * Math.sqrt(768 / shape.hidden_size);
    const deviation = (name: string): number => {
      const { data } = weights[name]!;
      return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    };
    for (const name of ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.gate_proj', 'mlp.up_proj']) expect(deviation(`${name}.weight`) / usual).toBeCloseTo(1, 1);
    for (const name of ['self_attn.o_proj', 'mlp.down_proj']) expect(deviation(`${name}.weight`) / (usual / Math.sqrt(2 * LAYERS))).toBeCloseTo(1, 1);
  });

  it('are the same again from the same numbers', () => {
    const [one, other] = [random(), random()];
    expect(initialModelWeights(shape, () => one.normal())).toEqual(initialModelWeights(shape, () => other.normal()));
    expect(Object.keys(initialModelWeights({ ...shape, tie_word_embeddings: true }, () => 0))).not.toContain('lm_head.weight');
  });
});
