import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, onBackend, useTensorDevice } from '../../../test/support/tensor_device.ts';
import { wasmHeap, wasmHeapOf } from './wasm_heap.ts';

useTensorDevice('wasm');

describe('the wasm heap', () => {
  it('shows tensors in place: what is written through a view is what tfjs reads, and the other way round', () => {
    const heap = wasmHeap();
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    expect(Array.from(heap.floats(x))).toEqual([1, 2, 3, 4]);
    expect(heap.floats(x).byteOffset).toBe(heap.offsetOf(x));
    heap.floats(x)[2] = 30;
    expect(x.dataSync()[2]).toBe(30);
    const ids = tf.tensor1d([7, -1], 'int32');
    expect(Array.from(heap.ints(ids))).toEqual([7, -1]);
  });

  it('gives out tensors aligned to 8 bytes, and takes them back', async () => {
    const heap = wasmHeap();
    for (const size of [1, 3, 5, 1000]) expect(heap.offsetOf(heap.allocate([size], 'float32')) % 8).toBe(0);
    await expectFlatMemory(() => heap.release(heap.allocate([100, 100], 'float32')), 1000);
    const before = heap.size();
    for (let i = 0; i < 1000; i++) heap.release(heap.allocate([1000, 1000], 'float32'));
    expect(heap.size()).toBeLessThan(before + 2 ** 24);
  });

  it('is one object per backend, whose memory stays the same when it grows', () => {
    const { memory } = wasmHeap();
    const view = wasmHeap().floats(tf.ones([4]));
    tf.dispose(tf.ones([2 ** 25]));
    expect(wasmHeap().memory).toBe(memory);
    // Which is why views are not kept.
    expect(view.length).toBe(0);
    expect(wasmHeap()).toBe(wasmHeapOf(tf.backend()));
  });

  it('is there on wasm only', async () => {
    await onBackend('cpu', () => {
      expect(wasmHeapOf(tf.backend())).toBeUndefined();
      expect(() => wasmHeap()).toThrow(/cpu/);
    });
  });
});
