/** Checks an operation's value and gradients, on every way it can be computed, against a plain reference in double precision. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTensorDevice } from '../../engine/hosts/trainer/tensor_backends.ts';
import { kernelBytes } from '../../engine/hosts/trainer/tensor_files.ts';
import type { TensorBackend } from '../../engine/protocol/train.ts';
import { wasmHeap } from '../../engine/tensor/backend/wasm_heap.ts';
import { gradientsOf } from '../../engine/tensor/gradients.ts';
import { installKernels, uninstallKernels } from '../../engine/tensor/kernels/install.ts';
import { Random } from '../../engine/train/random.ts';
import { derivative, type Numbers } from './reference_ops.ts';

export interface Way {
  readonly backend: TensorBackend;
  readonly kernels: boolean;
}

/** Fused kernels with native and with stock matrix products, and tfjs's own kernels composed on wasm and in JavaScript. */
export const WAYS: readonly Way[] = [
  { backend: 'wasm_native', kernels: true },
  { backend: 'wasm', kernels: true },
  { backend: 'wasm', kernels: false },
  { backend: 'cpu', kernels: false },
];

export async function switchTo({ backend, kernels }: Way): Promise<void> {
  await openTensorDevice({ prefer: backend });
  if (!kernels) return uninstallKernels();
  const bytes = await kernelBytes();
  if (bytes === undefined) throw new Error('kernels.wasm is not built; run node build.mjs --only engine');
  installKernels(bytes, wasmHeap().memory);
}

/** Runs the tests that `tests` defines once for each way. */
export function onEveryWay(tests: (way: Way) => void, ways: readonly Way[] = WAYS): void {
  describe.each(ways)('on $backend, fused kernels: $kernels', (way) => {
    let before: { readonly numTensors: number; readonly numBytes: number };
    beforeAll(async () => {
      await switchTo(way);
      before = tf.memory();
    });
    afterAll(() => {
      // Opening and comparing must leave nothing behind either.
      expect({ numTensors: tf.memory().numTensors, numBytes: tf.memory().numBytes }).toEqual({ numTensors: before.numTensors, numBytes: before.numBytes });
    });
    tests(way);
  });
}

export interface Input {
  readonly shape: readonly number[];
  readonly values: Numbers;
}

/** Normal numbers that single precision holds exactly. */
export function normal(label: string, ...shape: readonly number[]): Input {
  const random = Random.of(7, label);
  return { shape, values: Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => Math.fround(random.normal())) };
}

export interface OperationCheck<Name extends string> {
  readonly inputs: Readonly<Record<Name, Input>>;
  readonly compute: (inputs: Readonly<Record<Name, tf.Variable>>) => tf.Tensor;
  readonly reference: (inputs: Readonly<Record<Name, Numbers>>) => Numbers;
  /** Largest absolute difference, relative to 1 or to the largest value. */
  readonly tolerance?: number;
  /** Inputs to differentiate by; all by default. */
  readonly by?: readonly Name[];
}

/** Value, and gradients of a random weighting of the outputs. */
export function checkOperation<Name extends string>({ inputs, compute, reference, tolerance = 2e-6, by }: OperationCheck<Name>): void {
  const names = Object.keys(inputs) as Name[];
  const plain = Object.fromEntries(names.map((name) => [name, inputs[name].values])) as Record<Name, Numbers>;
  const expected = reference(plain);
  const weights = normal('upstream', expected.length).values;
  tf.tidy(() => {
    const variables = Object.fromEntries(names.map((name) => [name, tf.variable(tf.tensor([...inputs[name].values], [...inputs[name].shape]))])) as Record<Name, tf.Variable>;
    expectClose(compute(variables).dataSync(), expected, tolerance);
    const asked = by ?? names;
    const { gradients } = gradientsOf(Object.fromEntries(asked.map((name) => [name, variables[name]])), () => {
      const output = compute(variables);
      return tf.sum(tf.mul(output, tf.tensor([...weights], output.shape))) as tf.Scalar;
    });
    for (const name of asked) {
      const slopes = derivative((values) => reference({ ...plain, [name]: values }).reduce((total, value, i) => total + value * weights[i]!, 0), plain[name]);
      expect(gradients[name]!.shape, `shape of the gradient of ${name}`).toEqual(inputs[name].shape);
      expectClose(gradients[name]!.dataSync(), slopes, tolerance * 5, `gradient of ${name}`);
    }
    tf.dispose(Object.values<tf.Variable>(variables));
  });
}

/** Every element within `tolerance` of the larger of 1 and the largest expected value. */
export function expectClose(actual: ArrayLike<number>, expected: Numbers, tolerance: number, what = 'value'): void {
  expect(actual.length, `size of the ${what}`).toBe(expected.length);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const worst = expected.reduce((largest, value, i) => {
    const off = Math.abs(actual[i]! - value) / scale;
    return Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(largest, off);
  }, 0);
  expect(worst, `largest relative error of the ${what}`).toBeLessThan(tolerance);
}
