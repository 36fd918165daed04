import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { WeightCache } from './weight_cache.ts';

useTensorDevice('cpu');

const BYTES = 400;
const hundred = (value: number): HostWeights => ({ w: { shape: [100], data: new Float32Array(100).fill(value) } });

/** Uses `keys` in order and answers which of them were loaded. */
async function loads(cache: WeightCache, keys: readonly number[]): Promise<number[]> {
  const loaded: number[] = [];
  for (const key of keys) {
    const load = (): Promise<HostWeights> => {
      loaded.push(key);
      return Promise.resolve(hundred(key));
    };
    expect(await cache.use(String(key), load, async ({ w }) => (await w!.data())[0])).toBe(key);
  }
  return loaded;
}

describe('weights on the device', () => {
  it('are loaded once as long as they fit, and the longest unused goes first', async () => {
    const cache = new WeightCache(2 * BYTES);
    expect(await loads(cache, [1, 2, 1, 2, 1])).toEqual([1, 2]);
    expect(await loads(cache, [3, 1, 2, 1])).toEqual([3, 2]);
    cache.dispose();
  });

  it('never take more than the limit, not even while the next are being uploaded', async () => {
    const before = tf.memory().numBytes;
    const cache = new WeightCache(2 * BYTES);
    await loads(cache, [1, 2]);
    await cache.use('3', () => Promise.resolve(hundred(3)), () => Promise.resolve(expect(tf.memory().numBytes - before).toBe(2 * BYTES)));
    cache.dispose();
    expect(tf.memory().numBytes).toBe(before);
  });

  it('above the limit by themselves are there for their turn only', async () => {
    const { numTensors } = tf.memory();
    const cache = new WeightCache(BYTES - 1);
    expect(await loads(cache, [1, 1])).toEqual([1, 1]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('go where work with them fails', async () => {
    const { numTensors } = tf.memory();
    const cache = new WeightCache(0);
    await expect(cache.use('1', () => Promise.resolve(hundred(1)), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
