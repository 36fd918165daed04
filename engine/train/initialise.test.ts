/** Where variants start: each rule of the paper as an identity that must hold exactly, and what cannot be made. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { Attention, Block, Ffn, ModelShape } from '../protocol/variant.ts';
import { forwardAttention, forwardFfn } from '../transformer/block.ts';
import { disposeWeights, uploadBlock } from '../transformer/device_weights.ts';
import { elementCount, type HostWeights } from '../transformer/host_tensor.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import { blockWeightShapes } from '../transformer/weights.ts';
import { initialiseAttention } from './initialise_attention.ts';
import { initialiseFfn, largestInOrder } from './initialise_ffn.ts';
import { Random } from './random.ts';

useTensorDevice('wasm');

const LLAMA: ModelShape = { hidden_size: 16, num_attention_heads: 8, head_dim: 4, vocab_size: 11, tie_word_embeddings: false, rms_norm_eps: 1e-5 };
const QWEN: ModelShape = { ...LLAMA, attention_bias: 'qkvo', mlp_bias: true, qk_norm: true };
const PARENT: Block = { attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'swiglu', intermediate_size: 12 } };
const kv = (kv_heads: number): Attention => ({ kind: 'gqa', kv_heads });
const width = (intermediate_size: number): Ffn => ({ kind: 'swiglu', intermediate_size });
const LINEAR = { kind: 'linear' } as const;
const NO_OP = { kind: 'no_op' } as const;

function parentWeights(shape: ModelShape): HostWeights {
  const random = Random.of(2, 'weights');
  return Object.fromEntries(
    Object.entries(blockWeightShapes(shape, PARENT)).map(([name, size]) => [
      name,
      { shape: size, data: Float32Array.from({ length: elementCount(size) }, () => (name.endsWith('norm.weight') ? 1 : 0) + 0.4 * random.normal()) },
    ]),
  );
}

/** Output for the same random states, [B, T, H] flat. */
function outputOf(shape: ModelShape, part: 'attention' | 'ffn', variant: Attention | Ffn, host: HostWeights, [batch, length]: readonly [number, number] = [3, 5]): Float32Array {
  const random = Random.of(3, 'states');
  const weights = uploadBlock(host);
  const rope = ropeTables(shape, length);
  const output = tf.tidy(() => {
    const x = tf.tensor3d(Float32Array.from({ length: batch * length * shape.hidden_size }, () => random.normal()), [batch, length, shape.hidden_size]);
    return part === 'attention' ? forwardAttention(shape, variant as Attention, weights, x, rope) : forwardFfn(shape, variant as Ffn, weights, x);
  });
  const data = Float32Array.from(output.dataSync());
  output.dispose();
  disposeWeights(weights);
  disposeRope(rope);
  return data;
}

function expectEqual(a: Float32Array, b: Float32Array, digits = 5): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i]!, digits);
}

/** Every KV head replaced by the mean of its group of `size`, in projections and biases. */
function withEqualHeads(weights: HostWeights, size: number): HostWeights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => {
      if (!/self_attn\.[kv]_proj/.test(name)) return [name, { shape, data }];
      const perHead = data.length / 4;
      const equal = Float32Array.from(data, (_, i) => {
        const head = Math.floor(i / perHead);
        const first = head - (head % size);
        return Array.from({ length: size }, (_, member) => data[(first + member) * perHead + (i % perHead)]!).reduce((sum, value) => sum + value, 0) / size;
      });
      return [name, { shape, data: equal }];
    }),
  );
}

describe.each([
  ['Llama', LLAMA],
  ['biases and q/k norms', QWEN],
] as const)('fewer KV heads (%s)', (_, shape) => {
  const weights = parentWeights(shape);

  it.each([2, 1])('%d: the parent with each group of KV heads set to its mean', async (heads) => {
    const child = await initialiseAttention(shape, PARENT.attention, weights, kv(heads));
    expectEqual(outputOf(shape, 'attention', kv(heads), child), outputOf(shape, 'attention', kv(4), withEqualHeads(weights, 4 / heads)));
    expect(outputOf(shape, 'attention', kv(heads), child)[0]).not.toBeCloseTo(outputOf(shape, 'attention', kv(4), weights)[0]!, 4);
  });

  it('loses nothing where heads are equal', async () => {
    const equal = withEqualHeads(weights, 2);
    const child = await initialiseAttention(shape, PARENT.attention, equal, kv(2));
    expectEqual(outputOf(shape, 'attention', kv(2), child), outputOf(shape, 'attention', kv(4), equal));
  });

  it('has exactly the weights of such a block', async () => {
    const child = await initialiseAttention(shape, PARENT.attention, weights, kv(2));
    const shapes = Object.fromEntries(Object.entries(child).map(([name, tensor]) => [name, tensor.shape]));
    expect(shapes).toEqual(blockWeightShapes(shape, { attention: kv(2), ffn: NO_OP }));
  });
});

describe('linear attention', () => {
  const weights = parentWeights(LLAMA);

  it('is attention where each token attends only to itself', async () => {
    const child = await initialiseAttention(LLAMA, PARENT.attention, weights, LINEAR);
    // Sequences of one token: whatever the query, all of the attention is on the token itself.
    expectEqual(outputOf(LLAMA, 'attention', LINEAR, child, [15, 1]), outputOf(LLAMA, 'attention', kv(4), weights, [15, 1]));
    expectEqual(outputOf(LLAMA, 'attention', LINEAR, child, [3, 5]), outputOf(LLAMA, 'attention', LINEAR, child, [15, 1]));
  });
});

describe('FFN', () => {
  const contributions = Float32Array.of(5, 1, 7, 3, 0, 9, 2, 8, 4, 0, 6, 11);

  it('channels kept are those that contribute most, in the order they had; of equals the first', () => {
    expect([...largestInOrder(contributions, 4)]).toEqual([2, 5, 7, 11]);
    expect([...largestInOrder(contributions, 11)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]);
    expect([...largestInOrder(Float32Array.of(1, 1, 1), 2)]).toEqual([0, 1]);
  });

  it.each([
    ['Llama', LLAMA],
    ['biases', QWEN],
  ] as const)('narrower (%s): the parent with the other channels silenced', async (_, shape) => {
    const weights = parentWeights(shape);
    const child = await initialiseFfn(PARENT.ffn, weights, width(7), contributions);
    const kept = new Set([0, 2, 3, 5, 7, 8, 10, 11].filter((channel) => channel !== 3));
    expect(kept.size).toBe(7);
    const down = weights['mlp.down_proj.weight']!;
    const silenced = { ...weights, 'mlp.down_proj.weight': { shape: down.shape, data: down.data.map((value, i) => (kept.has(i % 12) ? value : 0)) } };
    expectEqual(outputOf(shape, 'ffn', width(7), child), outputOf(shape, 'ffn', width(12), silenced));
    const shapes = Object.fromEntries(Object.entries(child).map(([name, tensor]) => [name, tensor.shape]));
    expect(shapes).toEqual(blockWeightShapes(shape, { attention: NO_OP, ffn: width(7) }));
  });

  it('of all channels is the parent itself', async () => {
    const weights = parentWeights(LLAMA);
    const child = await initialiseFfn(PARENT.ffn, weights, width(12), undefined);
    for (const [name, { data }] of Object.entries(child)) expect(data).toBe(weights[name]!.data);
    expect(Object.keys(child)).toHaveLength(4);
  });

  it('linear is down times up, of the normed states', async () => {
    const weights = parentWeights(LLAMA);
    const child = await initialiseFfn(PARENT.ffn, weights, LINEAR, undefined);
    const product = child['mlp.linear_mlp.weight']!;
    expect(product.shape).toEqual([16, 16]);
    for (const [row, column] of [[0, 0], [3, 9], [15, 15]] as const) {
      let sum = 0;
      for (let i = 0; i < 12; i++) sum += weights['mlp.down_proj.weight']!.data[row * 12 + i]! * weights['mlp.up_proj.weight']!.data[i * 16 + column]!;
      expect(product.data[row * 16 + column]).toBeCloseTo(sum, 5);
    }
    // With gates so large that silu is the identity and all equal to 1, it is the FFN itself.
    const open = { ...weights, 'mlp.gate_proj.weight': { shape: [12, 16], data: new Float32Array(12 * 16) } };
    const opened: HostWeights = { ...open, ...biases(1.278_464_542_761) };
    expectEqual(outputOf({ ...LLAMA, mlp_bias: true }, 'ffn', width(12), opened), outputOf(LLAMA, 'ffn', LINEAR, child), 4);
  });
});

/** Biases that leave up and down alone and make silu(gate) 1 for gates of 0 (silu(1.2785) = 1). */
function biases(gate: number): HostWeights {
  return {
    'mlp.gate_proj.bias': { shape: [12], data: new Float32Array(12).fill(gate) },
    'mlp.up_proj.bias': { shape: [12], data: new Float32Array(12) },
    'mlp.down_proj.bias': { shape: [16], data: new Float32Array(16) },
  };
}

describe('what cannot be made is refused with a way out', () => {
  const weights = parentWeights(LLAMA);

  it.each([
    ['KV heads that do not divide', kv(4), kv(3), 'divide'],
    ['more KV heads', kv(2), kv(4), 'divide'],
    ['attention from a linear map', LINEAR, kv(2), 'divide'],
  ] as const)('%s', async (_, from, to, hint) => {
    await expect(initialiseAttention(LLAMA, from, weights, to)).rejects.toMatchObject({ payload: { code: 'bad_input', hint: expect.stringContaining(hint) as string } });
  });

  it.each([
    ['a wider FFN', width(12), width(16), 'widths up to'],
    ['an FFN from nothing', NO_OP, width(4), 'widths up to'],
    ['a narrower FFN without contributions', width(12), width(4), 'activations'],
  ] as const)('%s', async (_, from, to, hint) => {
    await expect(initialiseFfn(from, weights, to, undefined)).rejects.toMatchObject({ payload: { code: 'bad_input', hint: expect.stringContaining(hint) as string } });
  });

  it('a no-op is nothing', async () => {
    expect(await initialiseAttention(LLAMA, PARENT.attention, weights, NO_OP)).toEqual({});
    expect(await initialiseFfn(PARENT.ffn, weights, NO_OP, undefined)).toEqual({});
  });
});
