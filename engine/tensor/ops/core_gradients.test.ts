import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { derivative, softmax, type Numbers } from '../../../test/support/reference_ops.ts';
import { checkOperation, expectClose, normal, onEveryWay, variableOf, WAYS } from '../../../test/support/tensor_checks.ts';
import { gradientsOf } from '../gradients.ts';

const [, fused, wasm, cpu] = WAYS;
const positive = (label: string, ...shape: number[]) => {
  const input = normal(label, ...shape);
  return { ...input, values: input.values.map((value) => Math.fround(Math.abs(value) + 0.5)) };
};
const row = (x: Numbers, i: number, width: number) => x.slice(i * width, (i + 1) * width);

onEveryWay(
  () => {
    describe('gradients of elementwise kernels', () => {
      it.each<[string, (x: tf.Tensor) => tf.Tensor, (x: number) => number]>([
        ['square', tf.square, (x) => x * x],
        ['exp', tf.exp, Math.exp],
        ['log', tf.log, Math.log],
        ['sqrt', tf.sqrt, Math.sqrt],
        ['rsqrt', tf.rsqrt, (x) => 1 / Math.sqrt(x)],
        ['sigmoid', tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
        ['neg', tf.neg, (x) => -x],
        ['clone', tf.clone, (x) => x],
        ['cast', (x) => tf.cast(x, 'float32'), (x) => x],
        ['reshape', (x) => tf.reshape(x, [3, 2]), (x) => x],
        ['expandDims', (x) => tf.expandDims(x, 1), (x) => x],
      ])('%s', (_, compute, reference) => {
        checkOperation({ inputs: { x: positive('x', 2, 3) }, compute: ({ x }) => compute(x), reference: ({ x }) => x.map(reference) });
      });
    });

    describe('gradients of kernels with two inputs, also where one is repeated', () => {
      it.each<[string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, (a: number, b: number) => number]>([
        ['add', tf.add, (a, b) => a + b],
        ['sub', tf.sub, (a, b) => a - b],
        ['mul', tf.mul, (a, b) => a * b],
        ['div', tf.div, (a, b) => a / b],
        ['maximum', tf.maximum, Math.max],
      ])('%s', (_, compute, reference) => {
        const check = (shape: number[], width: number) =>
          checkOperation({
            inputs: { a: positive('a', 2, 3), b: positive('b', ...shape) },
            compute: ({ a, b }) => compute(a, b),
            reference: ({ a, b }) => a.map((value, i) => reference(value, b[width === 0 ? Math.floor(i / 3) : i % width]!)),
          });
        check([2, 3], 6);
        check([3], 3);
        check([2, 1], 0);
        check([], 1);
      });
    });

    describe('gradients of kernels that rearrange and reduce', () => {
      it('sum and mean', () => {
        const inputs = { x: normal('x', 2, 3) };
        const total = (x: Numbers) => x.reduce((sum, value) => sum + value, 0);
        checkOperation({ inputs, compute: ({ x }) => tf.sum(x), reference: ({ x }) => [total(x)] });
        checkOperation({ inputs, compute: ({ x }) => tf.mean(x), reference: ({ x }) => [total(x) / 6] });
        checkOperation({ inputs, compute: ({ x }) => tf.sum(x, 0), reference: ({ x }) => [0, 1, 2].map((i) => x[i]! + x[i + 3]!) });
        checkOperation({ inputs, compute: ({ x }) => tf.mean(x, -1, true), reference: ({ x }) => [0, 1].map((i) => total(row(x, i, 3)) / 3) });
      });

      it('transpose, slice, concat, split and addN', () => {
        const inputs = { x: normal('x', 2, 3), y: normal('y', 2, 3) };
        checkOperation({ inputs, by: ['x'], compute: ({ x }) => tf.transpose(x, [1, 0]), reference: ({ x }) => [0, 3, 1, 4, 2, 5].map((i) => x[i]!) });
        checkOperation({ inputs, by: ['x'], compute: ({ x }) => tf.slice(x, [0, 1], [2, 2]), reference: ({ x }) => [1, 2, 4, 5].map((i) => x[i]!) });
        checkOperation({ inputs, by: ['x'], compute: ({ x }) => tf.slice(x, [1], [-1]), reference: ({ x }) => [3, 4, 5].map((i) => x[i]!) });
        checkOperation({ inputs: { x: normal('x', 5) }, compute: ({ x }) => tf.slice(x, 2), reference: ({ x }) => x.slice(2) });
        checkOperation({ inputs: { x: normal('x', 5) }, compute: ({ x }) => tf.slice(x, 1, 3), reference: ({ x }) => x.slice(1, 4) });
        checkOperation({
          inputs,
          compute: ({ x, y }) => tf.concat([x, y], 1),
          reference: ({ x, y }) => [0, 1].flatMap((i) => [...row(x, i, 3), ...row(y, i, 3)]),
        });
        checkOperation({
          inputs,
          by: ['x'],
          compute: ({ x }) => tf.tidy(() => tf.mul(tf.split(x, [1, 2], 1)[1]!, 3)),
          reference: ({ x }) => [1, 2, 4, 5].map((i) => x[i]! * 3),
        });
        checkOperation({ inputs, compute: ({ x, y }) => tf.addN([x, y, x]), reference: ({ x, y }) => x.map((value, i) => 2 * value + y[i]!) });
      });

      it('softmax and logSoftmax', () => {
        const inputs = { x: normal('x', 2, 5) };
        checkOperation({ inputs, compute: ({ x }) => tf.softmax(x), reference: ({ x }) => [0, 1].flatMap((i) => softmax(row(x, i, 5))) });
        checkOperation({ inputs, compute: ({ x }) => tf.logSoftmax(x), reference: ({ x }) => [0, 1].flatMap((i) => softmax(row(x, i, 5)).map(Math.log)) });
      });
    });

    it.each([
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ])('gradients of matMul, transposed: %s, %s', (transposeA, transposeB) => {
      checkOperation({
        inputs: { a: normal('a', 2, ...(transposeA ? [4, 3] : [3, 4])), b: normal('b', 2, ...(transposeB ? [5, 4] : [4, 5])) },
        compute: ({ a, b }) => tf.matMul(a, b, transposeA, transposeB),
        reference: ({ a, b }) =>
          [0, 1].flatMap((n) =>
            [0, 1, 2].flatMap((i) =>
              [0, 1, 2, 3, 4].map((j) =>
                [0, 1, 2, 3].reduce((sum, k) => sum + a[n * 12 + (transposeA ? k * 3 + i : i * 4 + k)]! * b[n * 20 + (transposeB ? j * 4 + k : k * 5 + j)]!, 0),
              ),
            ),
          ),
      });
    });

    it('are none where the result only has the shape of the input', () => {
      const x = variableOf(normal('x', 3));
      const { value, gradients } = gradientsOf({ x }, () => tf.sum(tf.mul(x, tf.add(tf.onesLike(x), tf.zerosLike(x)))) as tf.Scalar);
      expectClose(gradients['x']!.dataSync(), derivative((values) => values.reduce((sum, v) => sum + v, 0), normal('x', 3).values, [0, 1, 2]), 1e-6);
      expect(value.shape).toEqual([]);
      tf.dispose([value, gradients['x']!, x]);
    });
  },
  [fused!, wasm!, cpu!],
);
