/** tfjs's own wasm kernels that our operations are composed of, against the cpu backend: not all of them can be trusted. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBackend, useTensorDevice } from '../../../test/support/tensor_device.ts';

useTensorDevice('wasm');

const x = (shape: number[], seed = 1) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const positive = (shape: number[], seed = 1) => tf.randomUniform(shape, 0.1, 3, 'float32', seed);
const ids = () => tf.tensor2d([[0, 4, 4], [2, 0, 1]], [2, 3], 'int32');

const OPERATIONS: Readonly<Record<string, () => tf.Tensor | tf.Tensor[]>> = {
  'add of equals': () => tf.add(x([3, 5, 7]), x([3, 5, 7], 2)),
  'add broadcast from the left': () => tf.add(x([7]), x([3, 5, 7])),
  'add broadcast inside': () => tf.add(x([3, 1, 7]), x([3, 5, 1], 2)),
  'mul by a scalar': () => tf.mul(x([5, 7]), 1.5),
  'mul of integers and floats': () => tf.mul(tf.cast(ids(), 'float32'), 0.5),
  'sub broadcast': () => tf.sub(x([5, 7]), x([5, 1], 2)),
  'sub of integers': () => tf.sub(ids(), tf.scalar(2, 'int32')),
  'div broadcast': () => tf.div(x([5, 7]), positive([5, 1])),
  maximum: () => tf.maximum(x([5, 7]), 0.1),
  minimum: () => tf.minimum(x([5, 7]), x([7], 2)),
  'squared difference': () => tf.squaredDifference(x([5, 7]), x([1, 7], 2)),
  addN: () => tf.addN([x([3, 5]), x([3, 5], 2), x([3, 5], 3)]),
  square: () => tf.square(x([5, 7])),
  sqrt: () => tf.sqrt(positive([5, 7])),
  rsqrt: () => tf.rsqrt(positive([5, 7])),
  exp: () => tf.exp(x([5, 7])),
  log: () => tf.log(positive([5, 7])),
  sigmoid: () => tf.sigmoid(tf.mul(x([5, 7]), 30)),
  neg: () => tf.neg(x([5, 7])),
  abs: () => tf.abs(x([5, 7])),
  'sum of all': () => tf.sum(x([3, 5, 7])),
  'sum of the last axis, kept': () => tf.sum(x([3, 5, 7]), -1, true),
  'sum of leading axes': () => tf.sum(x([3, 5, 7]), [0, 1]),
  'sum of integers': () => tf.sum(ids(), 0),
  'mean of an axis': () => tf.mean(x([3, 5, 7]), 1),
  'mean of the last axis, kept': () => tf.mean(x([3, 5, 7]), -1, true),
  'max of the last axis': () => tf.max(x([3, 5, 7]), -1, true),
  'max of the first axis': () => tf.max(x([3, 5, 7]), 0),
  softmax: () => tf.softmax(tf.mul(x([3, 5, 7]), 20)),
  argMax: () => tf.argMax(x([5, 7]), -1),
  topk: () => {
    const { values, indices } = tf.topk(x([5, 7]), 3);
    return [values, indices];
  },
  'concat of the last axis': () => tf.concat([x([3, 2]), x([3, 5], 2)], -1),
  'concat of the first axis': () => tf.concat([x([3, 2]), x([1, 2], 2)], 0),
  split: () => tf.split(x([3, 6]), [1, 2, 3], 1),
  slice: () => tf.slice(x([3, 5, 7]), [1, 0, 2], [2, 5, 3]),
  stack: () => tf.stack([x([3, 2]), x([3, 2], 2)], 1),
  pad: () => tf.pad(x([3, 2]), [[1, 0], [0, 2]], 9),
  'transpose of the inner axes': () => tf.transpose(x([2, 3, 4, 5]), [0, 2, 1, 3]),
  'transpose of a matrix': () => tf.transpose(x([33, 5])),
  tile: () => tf.tile(x([2, 3]), [2, 3]),
  gather: () => tf.gather(x([5, 3]), ids()),
  'gather of columns': () => tf.gather(x([3, 5]), tf.tensor1d([4, 0, 4], 'int32'), 1),
  where: () => tf.where(tf.greater(x([5, 7]), 0), x([5, 7], 2), tf.zeros([5, 7])),
  comparisons: () => [tf.greaterEqual(ids(), 2), tf.less(ids(), 2), tf.equal(ids(), 4)].map((truth) => tf.cast(truth, 'float32')),
  'logical and': () => tf.cast(tf.logicalAnd(tf.greater(x([5, 7]), 0), tf.less(x([5, 7]), 1)), 'int32'),
  'cast to integers': () => tf.cast(tf.mul(x([5, 7]), 10), 'int32'),
  range: () => tf.range(0, 7, 1, 'int32'),
  'softplus of large values': () => tf.softplus(tf.mul(x([5, 7]), 50)),
};

it.each(Object.keys(OPERATIONS))('%s', async (name) => {
  const evaluated = () =>
    tf.tidy(() => {
      const found = OPERATIONS[name]!();
      return (Array.isArray(found) ? found : [found]).map((tensor) => ({ dtype: tensor.dtype, shape: tensor.shape, values: Array.from(tensor.dataSync()) }));
    });
  const found = evaluated();
  const expected = await onBackend('cpu', evaluated);
  expect(found.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual(expected.map(({ dtype, shape }) => ({ dtype, shape })));
  found.forEach(({ values }, i) =>
    values.forEach((value, at) => {
      const reference = expected[i]!.values[at]!;
      expect(Math.abs(value - reference), `${value} at ${at}, expected ${reference}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(reference)));
    }),
  );
});
