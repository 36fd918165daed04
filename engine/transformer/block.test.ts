/** Variants of a block: their gradients, what no-ops leave alone, and that decoding with a cache is the same computation. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, useTensorDevice } from '../../test/support/tensor_device.ts';
import type { Block, ModelShape } from '../protocol/variant.ts';
import { gradientsOf } from '../tensor/gradients.ts';
import { Random } from '../train/random.ts';
import { forwardAttention, forwardBlock, forwardCachedBlock, forwardFfn } from './block.ts';
import { disposeWeights, uploadVariables } from './device_weights.ts';
import { elementCount, type HostWeights } from './host_tensor.ts';
import { disposeRope, ropeTables } from './rope.ts';
import { blockWeightShapes } from './weights.ts';

const LLAMA: ModelShape = { hidden_size: 12, num_attention_heads: 4, head_dim: 4, vocab_size: 11, tie_word_embeddings: false, rms_norm_eps: 1e-5 };
const QWEN: ModelShape = { ...LLAMA, attention_bias: 'qkvo', mlp_bias: true, qk_norm: true };
const TOKENS = 5;

const VARIANTS: readonly (readonly [string, ModelShape, Block])[] = [
  ['kv2/10', LLAMA, { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 10 } }],
  ['kv1/7 with biases and q/k norms', QWEN, { attention: { kind: 'gqa', kv_heads: 1 }, ffn: { kind: 'swiglu', intermediate_size: 7 } }],
  ['kv4/linear', LLAMA, { attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'linear' } }],
  ['linear/no_op', LLAMA, { attention: { kind: 'linear' }, ffn: { kind: 'no_op' } }],
  ['no_op/10', LLAMA, { attention: { kind: 'no_op' }, ffn: { kind: 'swiglu', intermediate_size: 10 } }],
  ['no_op/no_op', LLAMA, { attention: { kind: 'no_op' }, ffn: { kind: 'no_op' } }],
];

/** Large random weights, norms and biases too, so that every one of them matters. */
function randomWeights(shape: ModelShape, block: Block, random: Random): HostWeights {
  return Object.fromEntries(
    Object.entries(blockWeightShapes(shape, block)).map(([name, size]) => {
      const centre = name.endsWith('norm.weight') ? 1 : 0;
      return [name, { shape: size, data: Float32Array.from({ length: elementCount(size) }, () => centre + 0.3 * random.normal()) }];
    }),
  );
}

function randomTensor(shape: [number, number, number], random: Random): tf.Tensor3D {
  return tf.tensor3d(Float32Array.from({ length: elementCount(shape) }, () => random.normal()), shape);
}

describe.each(['cpu', 'wasm', 'wasm_native'] as const)('on %s', (backend) => {
  useTensorDevice(backend);

  it.each(VARIANTS)('%s: slope along a random direction is what differences give', async (_, shape, block) => {
    const random = Random.of(1, 'block');
    const host = randomWeights(shape, block, random);
    const rope = ropeTables(shape, TOKENS);
    const x = randomTensor([2, TOKENS, shape.hidden_size], random);
    const probe = randomTensor([2, TOKENS, shape.hidden_size], random);
    // The input is differentiated too: gradients must reach the layers below through every variant.
    const all: HostWeights = { ...host, x: { shape: x.shape, data: (await x.data()) as Float32Array<ArrayBuffer> } };
    const direction = Object.fromEntries(Object.entries(all).map(([name, { data }]) => [name, Float32Array.from(data, () => random.normal())]));
    const valueAt = (variables: Readonly<Record<string, tf.Tensor>>): tf.Scalar =>
      tf.tidy(() => tf.sum(tf.mul(forwardBlock(shape, block, variables, variables['x'] as tf.Tensor3D, rope), probe)) as tf.Scalar);
    const moved = (distance: number): number => {
      const variables = uploadVariables(
        Object.fromEntries(Object.entries(all).map(([name, { shape: size, data }]) => [name, { shape: size, data: data.map((value, i) => value + distance * direction[name]![i]!) }])),
      );
      const value = valueAt(variables);
      const [number] = value.dataSync();
      value.dispose();
      disposeWeights(variables);
      return number!;
    };
    const variables = uploadVariables(all);
    const { value, gradients } = gradientsOf(variables, () => valueAt(variables));
    let slope = 0;
    for (const [name, gradient] of Object.entries(gradients)) {
      expect(gradient.shape).toEqual(variables[name]!.shape);
      const data = await gradient.data<'float32'>();
      slope += data.reduce((sum, each, i) => sum + each * direction[name]![i]!, 0);
    }
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(all).sort());
    const step = 2e-3;
    const difference = (moved(step) - moved(-step)) / (2 * step);
    expect(Math.abs(slope - difference)).toBeLessThan(5e-3 * Math.max(1, Math.abs(difference)));
    tf.dispose([value, gradients, x, probe]);
    disposeWeights(variables);
    disposeRope(rope);
  });

  it.each(VARIANTS)('%s: tokens one at a time, with a cache, come out as all at once', async (_, shape, block) => {
    const before = tf.memory().numTensors;
    const random = Random.of(2, 'cache');
    const weights = uploadVariables(randomWeights(shape, block, random));
    const x = randomTensor([2, TOKENS, shape.hidden_size], random);
    const rope = ropeTables(shape, TOKENS);
    const whole = forwardBlock(shape, block, weights, x, rope);
    const expected = (await whole.array()) as number[][][];
    let past: Parameters<typeof forwardCachedBlock>[5];
    for (const [from, count] of [[0, 2], [2, 1], [3, 1], [4, 1]] as const) {
      const part = tf.slice(x, [0, from, 0], [-1, count, -1]);
      const partRope = ropeTables(shape, count, from);
      const { output, present } = forwardCachedBlock(shape, block, weights, part, partRope, past);
      const got = (await output.array()) as number[][][];
      got.forEach((sequence, b) => sequence.forEach((token, t) => token.forEach((value, h) => expect(value).toBeCloseTo(expected[b]![from + t]![h]!, 4))));
      tf.dispose([part, partRope.cos, partRope.sin, output, ...(past ? [past.k, past.v] : [])]);
      past = present;
    }
    expect(past?.k.shape).toEqual(block.attention.kind === 'gqa' ? [2, block.attention.kv_heads, TOKENS, shape.head_dim] : undefined);
    tf.dispose([x, whole, rope.cos, rope.sin, ...(past ? [past.k, past.v] : [])]);
    disposeWeights(weights);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(VARIANTS)('%s: leaves no tensors behind, and its parts are the whole', async (_, shape, block) => {
    const random = Random.of(3, 'parts');
    const weights = uploadVariables(randomWeights(shape, block, random));
    const x = randomTensor([2, TOKENS, shape.hidden_size], random);
    const rope = ropeTables(shape, TOKENS);
    await expectFlatMemory(() => {
      const middle = forwardAttention(shape, block.attention, weights, x, rope);
      const parts = forwardFfn(shape, block.ffn, weights, middle);
      const whole = forwardBlock(shape, block, weights, x, rope);
      expect(Array.from(parts.dataSync())).toEqual(Array.from(whole.dataSync()));
      tf.dispose([middle, parts, whole]);
    });
    expect(x.isDisposed).toBe(false);
    tf.dispose([x, rope.cos, rope.sin]);
    disposeWeights(weights);
  });
});
