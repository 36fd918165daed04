import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { chosenBlock, type Architecture, type Block } from '../protocol/variant.ts';
import { decilmLosses, toDeciLmConfig } from './decilm.ts';
import { fromHuggingFaceConfig } from './hugging_face_config.ts';
import { parentModel, presetArchitecture, presetIds, referenceArchitecture } from './presets.ts';

const provenance = { tool: 'Puzzle Workbench' };

function child(...blocks: Block[]): Architecture {
  const { shape } = parentModel('llama-3.1-8b')!;
  const chosen = blocks.map((block, index) => chosenBlock([index], block));
  return { id: 'c', name: 'c', external: false, shape, blocks: chosen, source: 'test' };
}

describe('toDeciLmConfig', () => {
  // Entries as they stand in the config.json of the released 51B (llama.cpp issue 10028 and GenZ agree on 0 and 11).
  it('writes the 51B as NVIDIA did', () => {
    const config = toDeciLmConfig(referenceArchitecture('nemotron-51b')!, provenance);
    expect(config).toMatchObject({
      architectures: ['DeciLMForCausalLM'], model_type: 'nemotron-nas', num_hidden_layers: 80, hidden_size: 8192,
      num_attention_heads: 64, vocab_size: 128256, intermediate_size: null, num_key_value_heads: null, rms_norm_eps: 1e-5,
      rope_theta: 500000, max_position_embeddings: 131072, tie_word_embeddings: false, attention_bias: false,
      rope_scaling: { rope_type: 'llama3', factor: 8 },
    });
    const entries = config['block_configs'] as unknown[];
    expect(entries[0]).toEqual({
      attention: { n_heads_in_group: 8, no_op: false, replace_with_linear: false },
      ffn: { ffn_mult: 1.3125, no_op: false, replace_with_linear: false },
    });
    expect(entries[1]).toMatchObject({ attention: { n_heads_in_group: 16 }, ffn: { ffn_mult: 2.625 } });
    expect(entries[11]).toEqual({
      attention: { n_heads_in_group: null, no_op: false, replace_with_linear: true },
      ffn: { ffn_mult: 2.625, no_op: false, replace_with_linear: false },
    });
    expect(entries[43]).toMatchObject({ attention: { n_heads_in_group: null, no_op: true, replace_with_linear: false } });
  });

  it('gives every entry all three keys, null where they mean nothing', () => {
    const config = toDeciLmConfig(child({ attention: { kind: 'no_op' }, ffn: { kind: 'linear' } }), provenance);
    expect(config['block_configs']).toEqual([
      {
        attention: { n_heads_in_group: null, no_op: true, replace_with_linear: false },
        ffn: { ffn_mult: null, no_op: false, replace_with_linear: true },
      },
    ]);
  });

  it('refuses a width between multiples of 256, naming the layers', () => {
    const odd: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'swiglu', intermediate_size: 14000 } };
    expect(() => toDeciLmConfig(child(odd, odd), provenance)).toThrow(/multiples of 256: layers 0-1/);
    expect(() => toDeciLmConfig(child(odd), provenance)).toThrow(WorkbenchError);
  });

  it('refuses KV heads that do not divide the heads', () => {
    const odd: Block = { attention: { kind: 'gqa', kv_heads: 3 }, ffn: { kind: 'no_op' } };
    expect(() => toDeciLmConfig(child(odd), provenance)).toThrow(/32 attention heads: layer 0/);
  });
});

describe('what every layer of the model has and DeciLM cannot say', () => {
  const full: Block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 14336 } };

  it.each([
    [{ attention_bias: 'qkv' }, /queries, keys and values only/],
    [{ qk_norm: true }, /norms of queries and keys/],
    [{ post_norms: true }, /norms behind attention and FFN/],
    [{ hidden_act: 'gelu_pytorch_tanh' }, /gelu_pytorch_tanh/],
  ] as const)('%j', (changes, reason) => {
    const architecture = child(full);
    expect(() => toDeciLmConfig({ ...architecture, shape: { ...architecture.shape, ...changes } }, provenance)).toThrow(reason);
  });

  it('biases on all projections have their fields', () => {
    const architecture = child(full);
    const biased = { ...architecture, shape: { ...architecture.shape, attention_bias: 'qkvo', mlp_bias: true } as const };
    const config = toDeciLmConfig(biased, provenance);
    expect(config).toMatchObject({ attention_bias: true, mlp_bias: true });
    expect(fromHuggingFaceConfig('config.json', config)).toEqual(biased);
  });

  it('a sliding window is kept in our own block, and its loss is said', () => {
    const mistral = presetArchitecture('mistral-7b')!;
    const config = toDeciLmConfig(mistral, provenance);
    expect(config).not.toHaveProperty('sliding_window');
    expect(fromHuggingFaceConfig('config.json', config)).toEqual(mistral);
    expect(decilmLosses(mistral)).toEqual([expect.stringMatching(/beyond 4096 tokens/)]);
    expect(decilmLosses(child(full))).toEqual([]);
  });
});

describe('round trip', () => {
  it.each(presetIds())('%s comes back as it was', (id) => {
    const architecture = presetArchitecture(id)!;
    const text = JSON.stringify(toDeciLmConfig(architecture, provenance));
    expect(fromHuggingFaceConfig('config.json', JSON.parse(text))).toEqual(architecture);
  });

  it.each([
    // The parent of the 51B and of Super have the same dimensions, so that without our block it is not known.
    ['nemotron-51b', { parent: undefined, external: false }],
    ['nemotron-ultra-253b', { parent: 'llama-3.1-405b', external: true }],
  ])('%s keeps its layers without our own block', (id, relation) => {
    const architecture = referenceArchitecture(id)!;
    const { _puzzle_workbench: _, ...config } = toDeciLmConfig(architecture, provenance);
    const read = fromHuggingFaceConfig('Some-Model/config.json', config);
    expect(read).toMatchObject({ name: 'Some-Model', shape: architecture.shape, blocks: architecture.blocks });
    expect({ parent: read.parent, external: read.external }).toEqual(relation);
  });

  it('keeps which parent layers a block stands for', () => {
    const { shape } = parentModel('llama-3.1-8b')!;
    const block: Block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 14336 } };
    const blocks = [chosenBlock([0], block), chosenBlock([1, 2], block)];
    const architecture: Architecture = { id: 's', name: 's', parent: 'llama-3.1-8b', external: false, shape, blocks, source: 'test' };
    const config = toDeciLmConfig(architecture, provenance);
    expect(config['num_hidden_layers']).toBe(2);
    expect(fromHuggingFaceConfig('config.json', config)).toEqual(architecture);
  });
});
