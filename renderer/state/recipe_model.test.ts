import { describe, expect, test } from 'vitest';
import { chosenBlock, type Block, type ParentModel } from '../../engine/protocol/variant.ts';
import { architectureOf, canBeParent, checkForm, guessForm } from './recipe_model.ts';

const parent: ParentModel = {
  id: 'tiny',
  name: 'Tiny',
  shape: { hidden_size: 64, num_attention_heads: 8, head_dim: 8, vocab_size: 100, tie_word_embeddings: true },
  num_hidden_layers: 3,
  num_key_value_heads: 2,
  intermediate_size: 128,
  source: 'made up',
};

describe('a parent', () => {
  test('is an architecture of equal full blocks', () => {
    const { blocks } = architectureOf(parent);
    expect(blocks.map(({ variant }) => variant)).toEqual(['kv2/128', 'kv2/128', 'kv2/128']);
    expect(canBeParent({ blocks })).toBe(true);
  });

  test('is no architecture whose layers differ, are spans, or lack a half', () => {
    const [first, second] = architectureOf(parent).blocks;
    const without: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'swiglu', intermediate_size: 128 } };
    expect(canBeParent({ blocks: [first, chosenBlock([1], without)] })).toBe(false);
    expect(canBeParent({ blocks: [chosenBlock([0], without)] })).toBe(false);
    expect(canBeParent({ blocks: [first, { ...second, parent_layers: [1, 2] }] })).toBe(false);
  });
});

describe('a form', () => {
  test('says what is missing, by field', () => {
    const { form, problems } = checkForm({ name: 'Mine', hidden_size: 64, num_attention_heads: 8 });
    expect(form).toBeUndefined();
    expect(Object.keys(problems)).toEqual(['num_hidden_layers', 'num_key_value_heads', 'intermediate_size', 'vocab_size']);
  });

  test('is complete with its counts', () => {
    const fields = { name: 'Mine', hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 8, num_key_value_heads: 2, intermediate_size: 128, vocab_size: 100 };
    expect(checkForm(fields)).toMatchObject({ form: fields, problems: {} });
  });
});

describe('what can be guessed of an unknown config.json', () => {
  test('are the counts that it names as others do, also inside text_config', () => {
    const text = JSON.stringify({ model_type: 'odd', text_config: { hidden_size: 64, num_hidden_layers: 3, vocab_size: 100, tie_word_embeddings: true, attn_pattern: 'x' } });
    expect(guessForm('odd-3b/config.json', text)).toEqual({ name: 'odd-3b', hidden_size: 64, num_hidden_layers: 3, vocab_size: 100, tie_word_embeddings: true });
    expect(guessForm('config.json', text)?.name).toBe('odd');
  });

  test('is nothing where it is no configuration of a model', () => {
    expect([guessForm('a.json', '{"a": 1}'), guessForm('a.json', '[1]'), guessForm('a.json', 'not json')]).toEqual([undefined, undefined, undefined]);
  });
});
