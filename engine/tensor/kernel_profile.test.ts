import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onEveryWay, WAYS } from '../../test/support/tensor_checks.ts';
import { profileKernels } from './kernel_profile.ts';

onEveryWay(
  ({ backend }) => {
    it('times each kernel, without the kernels that it calls, and leaves no trace', () => {
      const name = backend === 'cpu' ? 'cpu' : 'wasm';
      let clock = 0;
      const inner = tf.getKernel(tf.Square, name);
      const slow: tf.KernelFunc = (params) => {
        clock += 3;
        return inner.kernelFunc(params);
      };
      // Takes 2 ms of its own and calls the one that takes 3.
      const outer: tf.KernelFunc = ({ inputs }) => {
        clock += 2;
        return tf.square(inputs['x'] as tf.Tensor);
      };
      tf.unregisterKernel(tf.Square, name);
      tf.registerKernel({ ...inner, kernelFunc: slow });
      tf.registerKernel({ kernelName: 'Outer', backendName: name, kernelFunc: outer });
      const x = tf.tensor1d([1, 2]);
      const { totalMs, kernels } = profileKernels(
        () => {
          tf.tidy(() => {
            tf.engine().runKernel('Outer', { x });
            tf.square(x);
          });
          clock += 1;
        },
        () => clock,
      );
      expect(totalMs).toBe(9);
      expect(kernels.filter(({ ms }) => ms > 0)).toEqual([
        { kernel: tf.Square, calls: 2, ms: 6 },
        { kernel: 'Outer', calls: 1, ms: 2 },
      ]);
      expect(tf.getKernel(tf.Square, name).kernelFunc).toBe(slow);
      tf.unregisterKernel('Outer', name);
      tf.unregisterKernel(tf.Square, name);
      tf.registerKernel(inner);
      x.dispose();
    });
  },
  [WAYS[2]!, WAYS[3]!],
);
