/** A head in pieces gives what it gives whole, and no more of it is read or kept than a piece. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, useTensorDevice } from '../../test/support/tensor_device.ts';
import type { ModelShape } from '../protocol/variant.ts';
import { tokenMetrics } from '../tensor/ops/index.ts';
import { Random } from '../train/random.ts';
import { headInput, logitsOf, openHead, type HeadOrigin } from './head.ts';
import type { HostTensor } from './host_tensor.ts';

const SHAPE: ModelShape = { hidden_size: 8, num_attention_heads: 2, head_dim: 4, vocab_size: 23, tie_word_embeddings: false, rms_norm_eps: 1e-5 };

function setting(): { readonly origin: HeadOrigin; readonly reads: (readonly [number, number])[]; readonly x: tf.Tensor3D } {
  const random = Random.of(1, 'head');
  const tensor = (shape: readonly number[]): HostTensor => ({ shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()) });
  const norm = tensor([8]);
  const head = tensor([23, 8]);
  const reads: (readonly [number, number])[] = [];
  const origin: HeadOrigin = {
    finalNorm: () => Promise.resolve(norm),
    head: () => Promise.resolve(head),
    headRows: (from, to) => {
      reads.push([from, to]);
      return Promise.resolve({ shape: [to - from, 8], data: head.data.slice(from * 8, to * 8) });
    },
  };
  return { origin, reads, x: tf.tensor(tensor([2, 3, 8]).data, [2, 3, 8]) };
}

describe.each(['cpu', 'wasm_native'] as const)('on %s', (backend) => {
  useTensorDevice(backend);

  it('gives the same logits whole and in pieces', async () => {
    const { origin, reads, x } = setting();
    const whole = await openHead(SHAPE, origin);
    const pieces = await openHead(SHAPE, origin, 23 * 8 * 4 - 1);
    expect(reads).toEqual([]);
    await expectFlatMemory(async () => {
      const expected = await logitsOf(SHAPE, whole, x);
      const got = await logitsOf(SHAPE, pieces, x, 10 * 8 * 4);
      expect(got.shape).toEqual([2, 3, 23]);
      const values = await got.data();
      (await expected.data()).forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
      tf.dispose([expected, got]);
    });
    expect(reads.slice(0, 3)).toEqual([[0, 10], [10, 20], [20, 23]]);
    whole.dispose();
    pieces.dispose();
    x.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });

  it('serves metrics of tokens in pieces', async () => {
    const { origin, x } = setting();
    const whole = await openHead(SHAPE, origin);
    const pieces = await openHead(SHAPE, origin, 0);
    const input = headInput(SHAPE, whole.finalNorm, x);
    const targets = tf.tensor1d([1, 22, -1, 0, 9, -1], 'int32');
    const expected = await tokenMetrics(input, whole.head, targets);
    const got = await tokenMetrics(input, pieces.head, targets, { vocabularyChunk: 7 });
    expect(got.rank).toEqual(expected.rank);
    expect(got.argmax).toEqual(expected.argmax);
    expected.nll.forEach((value, i) => (Number.isNaN(value) ? expect(got.nll[i]).toBeNaN() : expect(got.nll[i]).toBeCloseTo(value, 5)));
    tf.dispose([input, targets, x]);
    whole.dispose();
    pieces.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });
});
