import { describe, expect, it } from 'vitest';
import { architectureSchema, attentionId, ffnId } from '../protocol/variant.ts';
import {
  parentArchitecture,
  parentModel,
  parents,
  presetArchitecture,
  presetIds,
  referenceArchitecture,
  referenceArchitectures,
} from './presets.ts';

function tally(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

describe('parents', () => {
  it('are the parents of the released children and Mistral-7B, every layer the same', () => {
    expect(parents().map(({ id, num_hidden_layers: layers }) => [id, layers])).toEqual([
      ['llama-3.1-8b', 32],
      ['llama-3.1-70b', 80],
      ['llama-3.3-70b', 80],
      ['llama-3.1-405b', 126],
      ['mistral-7b', 32],
    ]);
    const architecture = parentArchitecture(parentModel('llama-3.1-405b')!);
    expect(architectureSchema.parse(architecture)).toEqual(architecture);
    expect(tally(architecture.blocks.map((block) => block.variant))).toEqual({ 'kv8/53248': 126 });
    expect(parentModel('llama-9')).toBeUndefined();
  });
});

describe('released children', () => {
  it('name a parent that is there, and their sources', () => {
    for (const architecture of referenceArchitectures()) {
      expect(parentModel(architecture.parent!)?.shape.vocab_size).toBe(architecture.shape.vocab_size);
      expect(architecture.source).toMatch(/^nvidia\//);
    }
    expect(referenceArchitecture('nemotron-40b')).toBeUndefined();
  });

  it('Nemotron-51B has 18 linear and 8 missing attentions', () => {
    const { blocks } = referenceArchitecture('nemotron-51b')!;
    expect(tally(blocks.map((block) => attentionId(block.attention)))).toEqual({
      kv8: 44, kv4: 1, kv2: 6, kv1: 3, linear: 18, no_op: 8,
    });
    expect(tally(blocks.map((block) => ffnId(block.ffn)))).toEqual({ 28672: 44, 14336: 16, 7168: 20 });
    const linear = blocks.flatMap((block, index) => (block.attention.kind === 'linear' ? [index] : []));
    expect(linear).toEqual([11, 15, 35, 38, 39, 40, 41, 42, 44, 47, 50, 52, 53, 56, 59, 60, 61, 62]);
  });

  it('Nemotron-Super-49B has 31 layers without attention', () => {
    const { blocks } = referenceArchitecture('nemotron-super-49b')!;
    expect(tally(blocks.map((block) => attentionId(block.attention)))).toEqual({ kv8: 49, no_op: 31 });
  });

  it('Nemotron-Ultra-253B has 162 layers of its own, 81 of them empty', () => {
    const { blocks, external } = referenceArchitecture('nemotron-ultra-253b')!;
    expect(external).toBe(true);
    expect(blocks).toHaveLength(162);
    expect(blocks.filter((block) => block.variant === 'no_op/no_op')).toHaveLength(81);
    expect(tally(blocks.map((block) => attentionId(block.attention)))).toEqual({ kv8: 64, no_op: 98 });
    expect(blocks[134]?.variant).toBe('no_op/425984');
  });

  // Minitron (arXiv 2408.11796, Table 3): 32 layers of a narrower model, or 16 layers of the parent's own.
  it('Minitron-4B is narrower or shallower than Llama-3.1-8B', () => {
    const [width, depth] = [referenceArchitecture('minitron-4b-width')!, referenceArchitecture('minitron-4b-depth')!];
    expect(tally(width.blocks.map((block) => block.variant))).toEqual({ 'kv8/9216': 32 });
    expect(width.shape).toMatchObject({ hidden_size: 3072, num_attention_heads: 32, head_dim: 128 });
    expect(tally(depth.blocks.map((block) => block.variant))).toEqual({ 'kv8/14336': 16 });
    expect(depth.shape).toEqual(parentModel('llama-3.1-8b')!.shape);
    expect([width.external, depth.external]).toEqual([true, true]);
  });
});

describe('presetArchitecture', () => {
  it('has parents and released children under one roof, each once', () => {
    expect(presetIds()).toEqual([
      'llama-3.1-8b', 'llama-3.1-70b', 'llama-3.3-70b', 'llama-3.1-405b', 'mistral-7b',
      'nemotron-51b', 'nemotron-super-49b', 'nemotron-ultra-253b', 'minitron-4b-width', 'minitron-4b-depth',
    ]);
    expect(new Set(presetIds()).size).toBe(presetIds().length);
    for (const id of presetIds()) {
      const architecture = presetArchitecture(id)!;
      expect(architecture.id).toBe(id);
      expect(architectureSchema.parse(architecture)).toEqual(architecture);
    }
    expect(presetArchitecture('nemotron-40b')).toBeUndefined();
  });
});
