import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { expectClose, normal, onEveryWay, variableOf, WAYS } from '../../test/support/tensor_checks.ts';
import { gradientsOf } from './gradients.ts';
import { Random } from '../train/random.ts';
import { linear, rmsNorm, swiGlu } from './ops/index.ts';

const [fused, , , plain] = WAYS;

function scalar(tensor: tf.Tensor): tf.Scalar {
  return tensor as tf.Scalar;
}

onEveryWay(
  () => {
    afterEach(() => void vi.restoreAllMocks());

    it('adds up what reaches a variable on several paths', () => {
      const x = variableOf({ shape: [3], values: [1, -2, 3] });
      const { value, gradients } = gradientsOf({ x }, () => {
        // x³ + 2x through shared tensors and reshapes, which share their data.
        const twice = tf.add(x, tf.reshape(tf.reshape(x, [3, 1]), [3]));
        return scalar(tf.sum(tf.add(tf.mul(tf.square(x), x), twice)));
      });
      expectClose(value.dataSync(), [1 + 2 + (-8 - 4) + 27 + 6], 1e-6);
      expectClose(gradients['x']!.dataSync(), [5, 14, 29], 1e-6);
      tf.dispose([value, gradients['x']!, x]);
    });

    it('is that of tfjs, which adds nothing up in place, for graphs that share tensors and their data at random', () => {
      for (let seed = 0; seed < 60; seed++) {
        const variables = [variableOf(normal('a', 3, 4)), variableOf(normal('b', 3, 4))] as const;
        const [a, b] = variables;
        const before = tf.memory().numTensors;
        const ours = gradientsOf({ a, b }, () => sharing(seed, variables));
        const theirs = tf.variableGrads(() => sharing(seed, variables), [a, b]);
        expectClose(ours.gradients['a']!.dataSync(), [...theirs.grads[a.name]!.dataSync()], 1e-6, `gradient of a in graph ${seed}`);
        expectClose(ours.gradients['b']!.dataSync(), [...theirs.grads[b.name]!.dataSync()], 1e-6, `gradient of b in graph ${seed}`);
        tf.dispose([ours.value, theirs.value, ...Object.values(ours.gradients), ...Object.values(theirs.grads)]);
        expect(tf.memory().numTensors).toBe(before);
        tf.dispose([...variables]);
      }
    });

    it('frees everything but its results', () => {
      const weight = variableOf(normal('w', 8, 8));
      const input = tf.tensor2d([...normal('x', 4, 8).values], [4, 8]);
      const before = tf.memory().numTensors;
      const { value, gradients } = gradientsOf({ weight }, () => {
        let x: tf.Tensor = input;
        for (let i = 0; i < 5; i++) x = tf.add(x, linear(rmsNorm(x, tf.ones([8]), 1e-5), weight as tf.Tensor as tf.Tensor2D));
        return scalar(tf.mean(tf.square(x)));
      });
      expect(tf.memory().numTensors).toBe(before + 2);
      tf.dispose([value, gradients['weight']!, weight, input]);
    });

    it('frees activations and gradients on the way back', () => {
      // With all gradients kept to the end, the peak would be twice that of the forward pass.
      const [rows, width, layers] = [64, 64, 10];
      const gain = variableOf({ shape: [width], values: Array(width).fill(1) });
      const input = tf.ones<tf.Rank.R2>([rows, width]);
      const start = tf.memory().numBytes;
      let afterForward = 0;
      let peak = 0;
      const { value, gradients } = gradientsOf({ gain }, () => {
        let x: tf.Tensor = input;
        for (let i = 0; i < layers; i++) {
          x = rmsNorm(x, gain as tf.Tensor as tf.Tensor1D, 1e-5);
          x = watched(x, () => {
            peak = Math.max(peak, tf.memory().numBytes - start);
          });
        }
        afterForward = tf.memory().numBytes - start;
        return scalar(tf.mean(x));
      });
      expect(afterForward).toBeGreaterThan(layers * rows * width * 4);
      expect(peak).toBeLessThan(afterForward + 4 * rows * width * 4);
      tf.dispose([value, gradients['gain']!, gain, input]);
    });

    it('names variables that the loss does not depend on, and frees what it made', () => {
      const [used, unused, other] = [variableOf(normal('a', 3)), variableOf(normal('b', 3)), variableOf(normal('c', 3))];
      const before = tf.memory().numTensors;
      expect(() => gradientsOf({ used, unused, other }, () => scalar(tf.sum(tf.square(used))))).toThrow('The loss does not depend on unused, other.');
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([used, unused, other]);
    });

    it('frees everything when the loss or a gradient fails', () => {
      const x = variableOf(normal('x', 2, 8));
      const before = tf.memory().numTensors;
      const failing = () => {
        rmsNorm(x, tf.ones([8]), 1e-5);
        throw new Error('cancelled');
      };
      expect(() => gradientsOf({ x }, failing)).toThrow('cancelled');
      expect(tf.memory().numTensors).toBe(before);
      expect(() => gradientsOf({ x }, () => scalar(tf.sum(tf.tan(rmsNorm(x, tf.ones([8]), 1e-5)))))).toThrow(/gradient function not found for Tan/);
      expect(tf.memory().numTensors).toBe(before);
      // And the next one works.
      const { value, gradients } = gradientsOf({ x }, () => scalar(tf.sum(x)));
      expectClose(gradients['x']!.dataSync(), Array(16).fill(1), 1e-7);
      tf.dispose([value, gradients['x']!, x]);
    });

    it('refuses to be nested', () => {
      const x = variableOf(normal('x', 2));
      const inner = () => gradientsOf({ x }, () => scalar(tf.sum(x))).value;
      expect(() => gradientsOf({ x }, inner)).toThrow(/Gradients of gradients/);
      x.dispose();
    });

    it('computes nothing for frozen weights', () => {
      const [x, weight] = [variableOf(normal('x', 4, 3)), tf.tensor2d([...normal('w', 5, 3).values], [5, 3])];
      const products = vi.spyOn(tf.engine(), 'runKernel');
      const count = (variables: Record<string, tf.Variable>, input: tf.Tensor, w: tf.Tensor2D) => {
        products.mockClear();
        const { value, gradients } = gradientsOf(variables, () => scalar(tf.sum(linear(input, w))));
        tf.dispose([value, ...Object.values(gradients)]);
        return products.mock.calls.filter(([name]) => name === tf.BatchMatMul).length;
      };
      expect(count({ x }, x, weight)).toBe(2);
      const trained = tf.variable(weight);
      expect(count({ trained }, weight, trained as tf.Tensor as tf.Tensor2D)).toBe(2);
      expect(count({ x, trained }, x, trained as tf.Tensor as tf.Tensor2D)).toBe(3);
      tf.dispose([x, weight, trained]);
    });
  },
  [fused!, plain!],
);

/** x itself; tells when its gradient passes by. */
function watched(x: tf.Tensor, passing: () => void): tf.Tensor {
  return tf.customGrad<tf.Tensor>((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy) => {
      passing();
      return dy;
    },
  }))(x);
}

/** A scalar of some of the tensors that a dozen random steps make of each other, all of the variables' shape. */
function sharing(seed: number, variables: readonly tf.Tensor[]): tf.Scalar {
  const random = Random.of(seed, 'graph');
  const pool = [...variables];
  const any = (): tf.Tensor => pool[random.below(pool.length)]!;
  const [rows, width] = variables[0]!.shape as [number, number];
  const steps: readonly (() => tf.Tensor)[] = [
    () => tf.add(any(), any()),
    () => tf.sub(any(), any()),
    () => tf.mul(any(), tf.mul(any(), 0.3)),
    () => tf.clone(any()),
    () => tf.reshape(tf.reshape(any(), [-1]), [rows, width]),
    () => tf.transpose(tf.reshape(any(), [width, rows])),
    () => tf.addN([any(), any(), any()]),
    () => tf.concat([tf.slice(any(), [0, 0], [1, width]), tf.slice(any(), [1, 0], [rows - 1, width])], 0),
    () => tf.concat(tf.split(any(), 2, 1).toReversed(), 1),
    () => swiGlu(any(), any()),
    () => rmsNorm(any(), tf.ones([width]), 1e-3),
  ];
  for (let i = 0; i < 12; i++) pool.push(steps[random.below(steps.length)]!());
  return tf.addN([...pool.slice(-4), ...variables].map((x, i) => tf.mul(tf.mean(x), i + 1))) as tf.Scalar;
}
