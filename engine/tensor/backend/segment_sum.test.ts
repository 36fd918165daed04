import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, useTensorDevice } from '../../../test/support/tensor_device.ts';
import { wasmHeap } from './wasm_heap.ts';

useTensorDevice('wasm');

describe('UnsortedSegmentSum on wasm', () => {
  it('is the product with the one-hot matrix of the ids', () => {
    const shapes = fc.record({ rows: fc.integer({ min: 1, max: 40 }), width: fc.integer({ min: 1, max: 9 }), segments: fc.integer({ min: 1, max: 12 }) });
    const cases = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        // Ids outside the range as well: they count nowhere, as rows of zeros do in a one-hot matrix.
        ids: fc.array(fc.integer({ min: -2, max: shape.segments + 1 }), { minLength: shape.rows, maxLength: shape.rows }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape: { rows, width, segments }, ids }) => {
        tf.tidy(() => {
          // Small integers add up exactly in any order.
          const x = tf.floor(tf.randomUniform([rows, width], -50, 50, 'float32', 7)) as tf.Tensor2D;
          const oneHot = tf.tensor2d(ids.map((id) => Array.from({ length: segments }, (_, segment) => Number(segment === id))));
          const expected = tf.matMul(oneHot, x, true, false);
          const found = tf.unsortedSegmentSum(x, tf.tensor1d(ids, 'int32'), segments);
          expect(found.shape).toEqual([segments, width]);
          expect(Array.from(found.dataSync())).toEqual(Array.from(expected.dataSync()));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps further dimensions and integers', () => {
    const x = tf.tensor3d([[[1, 2]], [[3, 4]], [[5, 6]]], [3, 1, 2], 'int32');
    const found = tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1], 'int32'), 3);
    expect([found.dtype, found.arraySync()]).toEqual(['int32', [[[3, 4]], [[6, 8]], [[0, 0]]]]);
  });

  it('writes where its output is, also where that made the heap grow', () => {
    const x = tf.ones([8, 4]);
    const before = wasmHeap().size();
    const found = tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 3_000_000], 'int32'), 3_000_001);
    expect(wasmHeap().size()).toBeGreaterThan(before);
    expect(Array.from(tf.slice(found, [3_000_000, 0], [1, 4]).dataSync())).toEqual([1, 1, 1, 1]);
    expect(tf.sum(found).dataSync()[0]).toBe(32);
    found.dispose();
  });

  it('leaves no memory behind', async () => {
    const x = tf.ones([8, 4]);
    const ids = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 6], 'int32');
    await expectFlatMemory(() => tf.dispose(tf.unsortedSegmentSum(x, ids, 8)), 100);
  });
});
