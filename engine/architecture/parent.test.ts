import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { modelFormSchema } from '../protocol/model_form.ts';
import { chosenBlock, parentModelSchema } from '../protocol/variant.ts';
import { architectureParams } from './count.ts';
import { parentFromArchitecture, parentFromForm } from './parent.ts';
import { parentArchitecture, parentModel, parents, presetArchitecture } from './presets.ts';

describe('parentFromArchitecture', () => {
  it('gives presets back as they are', () => {
    for (const parent of parents()) expect(parentFromArchitecture(parentArchitecture(parent))).toBe(parent);
  });

  it('makes a parent of a model whose layers are all the same', () => {
    const depth = presetArchitecture('minitron-4b-depth')!;
    const parent = parentFromArchitecture(depth)!;
    expect(parentModelSchema.parse(parent)).toEqual(parent);
    expect(parent).toMatchObject({ id: 'llama-3.1-minitron-4b-depth', num_hidden_layers: 16, num_key_value_heads: 8, intermediate_size: 14336 });
    expect(architectureParams(parentArchitecture(parent))).toBe(architectureParams(depth));
  });

  it('makes none of layers that differ, stand for several, or lack a sub-block', () => {
    const eight = presetArchitecture('llama-3.1-8b')!;
    const [block] = eight.blocks;
    expect(parentFromArchitecture(presetArchitecture('nemotron-51b')!)).toBeUndefined();
    expect(parentFromArchitecture({ ...eight, blocks: [chosenBlock([0, 1], block!)] })).toBeUndefined();
    const noFfn = chosenBlock([0], { attention: block!.attention, ffn: { kind: 'no_op' } });
    expect(parentFromArchitecture({ ...eight, blocks: [noFfn] })).toBeUndefined();
    expect(parentFromArchitecture({ ...eight, blocks: [] })).toBeUndefined();
  });

  it('never takes the id of a preset for another model', () => {
    const eight = presetArchitecture('llama-3.1-8b')!;
    const other = { ...eight, name: 'Llama-3.1-8B', shape: { ...eight.shape, vocab_size: 32000 } };
    expect(parentFromArchitecture(other)?.id).toBe('llama-3.1-8b-own');
  });
});

describe('parentFromForm', () => {
  const qwen = {
    name: 'Qwen2 7B, by hand', hidden_size: 3584, num_hidden_layers: 28, num_attention_heads: 28, num_key_value_heads: 4,
    intermediate_size: 18944, vocab_size: 152064, attention_bias: 'qkv',
  } as const;

  function message(changes: object): string {
    try {
      parentFromForm({ ...qwen, ...changes });
    } catch (error) {
      if (error instanceof WorkbenchError) return `${error.payload.details?.path}: ${error.message}`;
      throw error;
    }
    throw new Error('it was taken');
  }

  it('is the model that was entered', () => {
    const parent = parentFromForm(qwen);
    expect(parentModelSchema.parse(parent)).toEqual(parent);
    expect(parent).toMatchObject({ id: 'qwen2-7b-by-hand', name: 'Qwen2 7B, by hand', source: 'entered by hand' });
    expect(parent.shape).toMatchObject({ head_dim: 128, tie_word_embeddings: false, attention_bias: 'qkv' });
    // As published for Qwen2-7B: 15,231,233,024 bytes in BF16.
    expect(architectureParams(parentArchitecture(parent))).toBe(7_615_616_512);
  });

  it('takes a head size of its own, and query and key norms', () => {
    // Qwen3-0.6B.
    const parent = parentFromForm({
      name: 'Qwen3', hidden_size: 1024, num_hidden_layers: 28, num_attention_heads: 16, num_key_value_heads: 8, head_dim: 128,
      intermediate_size: 3072, vocab_size: 151936, tie_word_embeddings: true, qk_norm: true,
    });
    expect(architectureParams(parentArchitecture(parent))).toBe(596_049_920);
  });

  it.each([
    [{ num_key_value_heads: 5 }, 'num_key_value_heads: The 28 attention heads must be a multiple of the KV heads, and 28 / 5 is not a whole number.'],
    [{ hidden_size: 3600 }, 'head_dim: The hidden size 3600 is not a multiple of the 28 attention heads: give the head size.'],
    [{ vocab_size: 0 }, 'vocab_size: Vocabulary must be a whole number from 1 to 16,777,216.'],
    [{ hidden_size: 3584.5 }, 'hidden_size: Hidden size must be a whole number from 1 to 131,072.'],
    [{ intermediate_size: undefined }, 'intermediate_size: FFN width must be a whole number from 1 to 1,048,576.'],
    [{ num_hidden_layers: 1e9 }, 'num_hidden_layers: Layers must be a whole number from 1 to 1,000.'],
    [{ num_attention_heads: Number.NaN }, 'num_attention_heads: Attention heads must be a whole number from 1 to 4,096.'],
    [{ name: '  ' }, 'name: Give the model a name.'],
  ])('%j: says what is wrong at which field', (changes, text) => {
    expect(message(changes)).toBe(text);
  });

  it('names all that is wrong at once to a form', () => {
    const parsed = modelFormSchema.safeParse({ ...qwen, num_key_value_heads: 5, hidden_size: 3600 });
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual(['num_key_value_heads', 'head_dim']);
  });

  it('keeps preset ids to presets', () => {
    expect(parentFromForm({ ...qwen, name: 'Mistral 7B' }).id).toBe('mistral-7b-own');
    expect(parentModel('mistral-7b-own')).toBeUndefined();
    expect(parentFromForm({ ...qwen, name: '模型' }).id).toBe('model');
  });
});
