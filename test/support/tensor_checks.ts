/** Checks an operation's value and gradients, on every way it can be computed, against a plain reference in double precision. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openTensorDevice } from '../../engine/hosts/trainer/tensor_backends.ts';
import type { TensorBackend } from '../../engine/protocol/train.ts';
import { gradientsOf } from '../../engine/tensor/gradients.ts';
import { hasKernel } from '../../engine/tensor/ops/kernel.ts';
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
  const { device } = await openTensorDevice({ prefer: backend, fusedKernels: kernels });
  if (kernels !== hasKernel('FusedRmsNorm')) throw new Error(`${device.line}: run node build.mjs --only engine`);
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

/** Value, and gradients of a random weighting of the outputs; and that neither leaves a tensor behind, in no scope at all. */
export function checkOperation<Name extends string>({ inputs, compute, reference, tolerance = 2e-6, by }: OperationCheck<Name>): void {
  const names = Object.keys(inputs) as Name[];
  const asked = by ?? names;
  const plain = Object.fromEntries(names.map((name) => [name, inputs[name].values])) as Record<Name, Numbers>;
  const expected = reference(plain);
  const weights = normal('upstream', expected.length).values;
  const variables = Object.fromEntries(names.map((name) => [name, variableOf(inputs[name])])) as Record<Name, tf.Variable>;
  const before = tf.memory().numTensors;

  const value = compute(variables);
  expectClose(value.dataSync(), expected, tolerance);
  value.dispose();
  expect(tf.memory().numTensors, 'tensors after the value').toBe(before);

  const result = gradientsOf(Object.fromEntries(asked.map((name) => [name, variables[name]])), () => {
    const output = compute(variables);
    return tf.sum(tf.mul(output, tf.tensor([...weights], output.shape))) as tf.Scalar;
  });
  for (const name of asked) {
    const places = someOf(plain[name].length);
    const weighted = (values: Numbers) => reference({ ...plain, [name]: values }).reduce((total, output, i) => total + output * weights[i]!, 0);
    const gradient = result.gradients[name]!;
    expect(gradient.shape, `shape of the gradient of ${name}`).toEqual(inputs[name].shape);
    const slopes = gradient.dataSync();
    expectClose(places.map((place) => slopes[place]!), derivative(weighted, plain[name], places), tolerance * 5, `gradient of ${name}`);
  }
  tf.dispose([result.value, ...Object.values(result.gradients)]);
  expect(tf.memory().numTensors, 'tensors after the gradients').toBe(before);
  tf.dispose(Object.values<tf.Variable>(variables));
}

export function variableOf({ values, shape }: Input): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor([...values], [...shape])));
}

/** Places to differentiate at: all of a few, else some all over. */
function someOf(count: number): Numbers {
  const all = Array.from({ length: count }, (_, i) => i);
  return count <= 24 ? all : all.filter((i) => (i * 7919) % count < 24);
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
