import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, onBackend, useTensorDevice } from '../../../test/support/tensor_device.ts';

useTensorDevice('wasm');

describe('OneHot on wasm', () => {
  it.each(['float32', 'int32'] as const)('is that of the cpu backend for %s, also for ids outside', async (dtype) => {
    const ids = () => tf.tensor2d([[0, 2, -1], [3, 1, 4]], [2, 3], 'int32');
    const found = tf.oneHot(ids(), 4, 5, -2, dtype);
    expect([found.dtype, found.shape]).toEqual([dtype, [2, 3, 4]]);
    expect(await found.array()).toEqual(await onBackend('cpu', () => tf.oneHot(ids(), 4, 5, -2, dtype).array()));
    // Sums and products read the values as what they are said to be.
    expect(tf.sum(tf.mul(tf.oneHot(ids(), 4, 1, 0, dtype), 3)).dataSync()[0]).toBe(12);
  });

  it('leaves no memory behind', async () => {
    const ids = tf.tensor1d([0, 1, 2], 'int32');
    await expectFlatMemory(() => tf.dispose(tf.oneHot(ids, 3, 1, 0, 'float32')), 50);
  });
});
