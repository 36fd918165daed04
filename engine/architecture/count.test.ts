import { describe, expect, it } from 'vitest';
import {
  architectureKvBytesPerSequence,
  architectureKvBytesPerToken,
  architectureParams,
  attentionParams,
  blockParams,
  ffnParams,
  kvBytesPerToken,
  nonBlockParams,
} from './count.ts';
import { parentArchitecture, parentModel, referenceArchitecture } from './presets.ts';

const parent = parentModel('llama-3.1-70b')!;
const { shape } = parent;

describe('parameters of one block of Llama-3.x-70B', () => {
  // From the measured library for Llama-3.3-70B that NVIDIA published (parent_block_stats, per variant).
  it.each([
    ['attention of 8 KV heads', attentionParams(shape, { kind: 'gqa', kv_heads: 8 }), 151_003_136],
    ['FFN 28672', ffnParams(shape, { kind: 'swiglu', intermediate_size: 28672 }), 704_651_264],
    ['FFN 21504', ffnParams(shape, { kind: 'swiglu', intermediate_size: 21504 }), 528_490_496],
    ['FFN 2816', ffnParams(shape, { kind: 'swiglu', intermediate_size: 2816 }), 69_214_208],
    // A hidden x hidden map (8192 * 8192 = 67,108,864) and the norm.
    ['linear attention', attentionParams(shape, { kind: 'linear' }), 67_117_056],
    ['linear FFN', ffnParams(shape, { kind: 'linear' }), 67_117_056],
    ['no attention', attentionParams(shape, { kind: 'no_op' }), 0],
    ['no FFN', ffnParams(shape, { kind: 'no_op' }), 0],
  ])('%s', (_, counted, published) => {
    expect(counted).toBe(published);
  });

  it('adds both halves', () => {
    const block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 28672 } } as const;
    expect(blockParams(shape, block)).toBe(855_654_400);
  });

  it('counts biases and further norms where the model has them', () => {
    const gqa = { kind: 'gqa', kv_heads: 8 } as const;
    const swiglu = { kind: 'swiglu', intermediate_size: 28672 } as const;
    const extra = (changes: Partial<typeof shape>): readonly [number, number] => [
      attentionParams({ ...shape, ...changes }, gqa) - attentionParams(shape, gqa),
      ffnParams({ ...shape, ...changes }, swiglu) - ffnParams(shape, swiglu),
    ];
    // 64 query heads and 2 * 8 key and value heads of 128.
    expect(extra({ attention_bias: 'qkv' })).toEqual([80 * 128, 0]);
    expect(extra({ attention_bias: 'qkvo' })).toEqual([80 * 128 + 8192, 0]);
    expect(extra({ qk_norm: true })).toEqual([2 * 128, 0]);
    expect(extra({ mlp_bias: true })).toEqual([0, 2 * 28672 + 8192]);
    expect(extra({ post_norms: true })).toEqual([8192, 8192]);
    expect(extra({ hidden_act: 'gelu_pytorch_tanh', sliding_window: { tokens: 4096 } })).toEqual([0, 0]);
    const all = { ...shape, attention_bias: 'qkvo', qk_norm: true, mlp_bias: true } as const;
    expect(attentionParams(all, { kind: 'linear' })).toBe(attentionParams(shape, { kind: 'linear' }));
    expect(ffnParams({ ...all, post_norms: true }, { kind: 'no_op' })).toBe(0);
  });

  it('counts a head that shares the embeddings once', () => {
    expect(nonBlockParams(shape)).toBe(2 * 1_050_673_152 + 8192);
    expect(nonBlockParams({ ...shape, tie_word_embeddings: true })).toBe(1_050_673_152 + 8192);
  });
});

describe('totals', () => {
  it.each([
    ['llama-3.1-8b', 8_030_261_248],
    ['llama-3.1-70b', 70_553_706_496],
    ['llama-3.3-70b', 70_553_706_496],
    ['llama-3.1-405b', 405_853_388_800],
    // Its weights on Hugging Face are 14,483,464,192 bytes in BF16.
    ['mistral-7b', 7_241_732_096],
  ])('%s', (id, total) => {
    expect(architectureParams(parentArchitecture(parentModel(id)!))).toBe(total);
  });

  it.each([
    ['nemotron-51b', 51_501_015_040],
    ['nemotron-super-49b', 49_867_145_216],
    ['nemotron-ultra-253b', 253_401_268_224],
    // Llama-3.1-8B less 16 of its layers: 8,030,261,248 - 16 * 218,112,000.
    ['minitron-4b-depth', 4_540_469_248],
    // 2 * 128256 * 3072 + 3072 + 32 * (2 * 3072 * 4096 + 2 * 3072 * 1024 + 3 * 3072 * 9216 + 2 * 3072).
    ['minitron-4b-width', 4_512_746_496],
  ])('%s', (id, total) => {
    expect(architectureParams(referenceArchitecture(id)!)).toBe(total);
  });

  // As printed: in all (Minitron's Table 3; the width model's card says 4.51 B), and without embeddings and head.
  it.each([
    ['minitron-4b-width', '4.51', '3.7'],
    ['minitron-4b-depth', '4.54', '3.5'],
  ])('%s has the size that was printed', (id, total, withoutEmbeddings) => {
    const architecture = referenceArchitecture(id)!;
    const { shape } = architecture;
    const params = architectureParams(architecture);
    expect((params / 1e9).toFixed(2)).toBe(total);
    expect(((params - 2 * shape.vocab_size * shape.hidden_size) / 1e9).toFixed(1)).toBe(withoutEmbeddings);
  });
});

describe('KV cache', () => {
  it.each([
    [parentArchitecture(parent), 163_840],
    [referenceArchitecture('nemotron-51b')!, 94_976],
    [referenceArchitecture('nemotron-super-49b')!, 100_352],
    [referenceArchitecture('nemotron-ultra-253b')!, 131_072],
  ])('$0.id in FP8 and, twice that, in BF16', (architecture, fp8) => {
    expect(architectureKvBytesPerToken(architecture, 1)).toBe(fp8);
    expect(architectureKvBytesPerToken(architecture, 2)).toBe(2 * fp8);
  });

  it('of a sequence stops growing at a sliding window', () => {
    const mistral = parentArchitecture(parentModel('mistral-7b')!);
    const perToken = architectureKvBytesPerToken(mistral, 2);
    expect(perToken).toBe(131_072);
    expect(architectureKvBytesPerSequence(mistral, 1000, 2)).toBe(1000 * perToken);
    expect(architectureKvBytesPerSequence(mistral, 32_768, 2)).toBe(4096 * perToken);
    const everyOther = { ...mistral, shape: { ...mistral.shape, sliding_window: { tokens: 4096, layers: [0, 2, 4, 6] } } };
    expect(architectureKvBytesPerSequence(everyOther, 8192, 2)).toBe((28 * 8192 + 4 * 4096) * (perToken / 32));
  });

  it('is empty without attention over earlier tokens', () => {
    expect(kvBytesPerToken(shape, { kind: 'linear' }, 2)).toBe(0);
    expect(kvBytesPerToken(shape, { kind: 'no_op' }, 2)).toBe(0);
  });

  // Llama-Nemotron (arXiv 2505.00949): both children were searched for about 300K cached FP8 tokens on one H100.
  it.each([
    ['nemotron-51b', 300_065],
    ['nemotron-super-49b', 300_272],
  ])('%s holds about 300K FP8 tokens in 80 GB', (id, tokens) => {
    const child = referenceArchitecture(id)!;
    expect(Math.round((80e9 - architectureParams(child)) / architectureKvBytesPerToken(child, 1))).toBe(tokens);
  });
});
