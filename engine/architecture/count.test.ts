import { describe, expect, it } from 'vitest';
import {
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
  ])('%s', (id, total) => {
    expect(architectureParams(parentArchitecture(parentModel(id)!))).toBe(total);
  });

  it.each([
    ['nemotron-51b', 51_501_015_040],
    ['nemotron-super-49b', 49_867_145_216],
    ['nemotron-ultra-253b', 253_401_268_224],
  ])('%s', (id, total) => {
    expect(architectureParams(referenceArchitecture(id)!)).toBe(total);
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
