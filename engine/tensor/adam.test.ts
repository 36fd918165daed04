import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectClose, normal, onEveryWay, switchTo, variableOf, WAYS } from '../../test/support/tensor_checks.ts';
import { Adam } from './adam.ts';
import type { Variables } from './gradients.ts';

const OPTIONS = { betas: [0.9, 0.99], epsilon: 1e-6, weightDecay: 0.1 } as const;
const SHAPES = { matrix: [5, 7], bias: [3], gain: [9] };

interface Reference {
  readonly x: readonly number[];
  readonly m: readonly number[];
  readonly v: readonly number[];
}

/** One step of AdamW as its paper's algorithm 2 states it (learning rate as the schedule's multiplier of both terms). */
function referenceStep({ x, m, v }: Reference, gradient: readonly number[], step: number, learningRate: number, decay: number): Reference {
  const [beta1, beta2] = OPTIONS.betas;
  const nextM = m.map((value, i) => beta1 * value + (1 - beta1) * gradient[i]!);
  const nextV = v.map((value, i) => beta2 * value + (1 - beta2) * gradient[i]! ** 2);
  return {
    x: x.map((value, i) => {
      const unbiasedM = nextM[i]! / (1 - beta1 ** step);
      const unbiasedV = nextV[i]! / (1 - beta2 ** step);
      return value - learningRate * (unbiasedM / (Math.sqrt(unbiasedV) + OPTIONS.epsilon) + decay * value);
    }),
    m: nextM,
    v: nextV,
  };
}

function variables(): Variables {
  return Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, variableOf(normal(name, ...shape))]));
}

function gradientsAt(step: number): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, tf.tensor([...normal(`${name} ${step}`, ...shape).values], shape)]));
}

function takeStep(adam: Adam, trained: Variables, step: number, clipNorm?: number): number {
  const gradients = gradientsAt(step);
  const norm = adam.step(trained, gradients, 0.01, clipNorm);
  const [value] = norm.dataSync();
  tf.dispose([norm, ...Object.values(gradients)]);
  return value!;
}

onEveryWay(() => {
  it.each([undefined, 2.5])('follows AdamW, decaying matrices only, with gradients clipped to %s', (clipNorm) => {
    const trained = variables();
    const adam = new Adam(OPTIONS);
    const expected = new Map<string, Reference>(Object.entries(SHAPES).map(([name, shape]) => {
      const { values } = normal(name, ...shape);
      return [name, { x: values, m: values.map(() => 0), v: values.map(() => 0) }] as const;
    }));
    for (let step = 1; step <= 4; step++) {
      const gradients = Object.entries(SHAPES).map(([name, shape]) => [name, normal(`${name} ${step}`, ...shape).values] as const);
      const norm = Math.sqrt(gradients.flatMap(([, values]) => values).reduce((sum, value) => sum + value * value, 0));
      expect(takeStep(adam, trained, step, clipNorm)).toBeCloseTo(norm, 4);
      const factor = clipNorm === undefined ? 1 : Math.min(1, clipNorm / norm);
      for (const [name, values] of gradients) {
        expected.set(name, referenceStep(expected.get(name)!, values.map((value) => value * factor), step, 0.01, name === 'matrix' ? OPTIONS.weightDecay : 0));
      }
    }
    expect(adam.steps).toBe(4);
    for (const [name, { x }] of expected) expectClose(trained[name]!.dataSync(), x, 1e-6, name);
    adam.dispose();
    tf.dispose(Object.values(trained));
  });

  it('goes on bit by bit from a saved state', async () => {
    const whole = variables();
    const first = new Adam(OPTIONS);
    for (let step = 1; step <= 3; step++) takeStep(first, whole, step);
    const state = await first.state();
    expect(state.step).toBe(3);
    const values = Object.entries(whole).map(([name, variable]) => ({ name, shape: variable.shape, values: [...variable.dataSync()] }));

    // What was saved is a copy: going on does not change it.
    for (let step = 4; step <= 6; step++) takeStep(first, whole, step);
    const resumed = Object.fromEntries(values.map(({ name, ...input }) => [name, variableOf(input)]));
    const second = new Adam(OPTIONS);
    second.restore(state, resumed);
    expect(await second.state()).toEqual(state);
    for (let step = 4; step <= 6; step++) takeStep(second, resumed, step);
    for (const name of Object.keys(SHAPES)) expect(resumed[name]!.dataSync()).toEqual(whole[name]!.dataSync());
    expect(await second.state()).toEqual(await first.state());
    first.dispose();
    second.dispose();
    tf.dispose([...Object.values(whole), ...Object.values(resumed)]);
  });

  it('holds its memory constant over steps and gives it back', () => {
    const trained = variables();
    const before = tf.memory().numTensors;
    const adam = new Adam(OPTIONS);
    takeStep(adam, trained, 1);
    const { numTensors, numBytes } = tf.memory();
    for (let step = 2; step <= 5; step++) takeStep(adam, trained, step);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    adam.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(trained));
  });

  it('changes no tensor that shares data with a variable', () => {
    const [values, initial] = [normal('x', 4).values, tf.tensor([...normal('x', 4).values])];
    const x = tf.variable(initial);
    const view = tf.reshape(x, [2, 2]);
    const adam = new Adam(OPTIONS);
    const gradient = tf.ones([4]);
    adam.step({ x }, { x: gradient }, 0.1).dispose();
    expect([...initial.dataSync()]).toEqual(values);
    expect([...view.dataSync()]).toEqual(values);
    expectClose(x.dataSync(), values.map((value) => value - 0.1), 1e-5);
    adam.dispose();
    tf.dispose([initial, view, gradient, x]);
  });

  it('leaves variables without a gradient alone, and survives no gradient at all', () => {
    const x = variableOf(normal('x', 4));
    const adam = new Adam(OPTIONS);
    const norm = adam.step({ x }, {}, 0.1, 1);
    expect(norm.dataSync()[0]).toBe(0);
    expect([...x.dataSync()]).toEqual(normal('x', 4).values);
    tf.dispose([norm, x]);
  });

  it('refuses a state of other variables and keeps its own', async () => {
    const trained = variables();
    const adam = new Adam(OPTIONS);
    takeStep(adam, trained, 1);
    const state = await adam.state();
    const wrong = { ...state, m: { ...state.m, other: new Float32Array(3) } };
    expect(() => adam.restore(wrong, trained)).toThrow(/other, which is not trained/);
    expect(() => adam.restore({ ...state, v: { ...state.v, bias: new Float32Array(4) } }, trained)).toThrow(/bias is not of its size, 3/);
    expect(await adam.state()).toEqual(state);
    adam.dispose();
    tf.dispose(Object.values(trained));
  });
});

describe('the fused step', () => {
  it('gives the same bits each time, whatever lies around in memory', async () => {
    await switchTo(WAYS[0]!);
    const run = () => {
      const trained = variables();
      const adam = new Adam(OPTIONS);
      for (let step = 1; step <= 3; step++) takeStep(adam, trained, step, 1);
      const bits = Object.values(trained).map((variable) => [...variable.dataSync()]);
      adam.dispose();
      tf.dispose(Object.values(trained));
      return bits;
    };
    const first = run();
    const between = tf.ones([1000]);
    expect(run()).toEqual(first);
    between.dispose();
  });

  it('forgets moments that have no full precision left, and no sign that a step went wrong', async () => {
    await switchTo(WAYS[0]!);
    const moments = [2e-38, 1.2e-38, 1e-38, -1e-38, 1e-45, NaN, -3e-38];
    const trained = { x: variableOf(normal('x', moments.length)) };
    const adam = new Adam(OPTIONS);
    adam.restore({ step: 900, m: { x: Float32Array.from(moments) }, v: { x: Float32Array.from(moments, Math.abs) } }, trained);
    const gradient = tf.zeros([moments.length]);
    tf.dispose(adam.step(trained, { x: gradient }, 0.01));
    const { m, v } = await adam.state();
    const kinds = (values: Iterable<number>) => Array.from(values, (value) => (Number.isNaN(value) ? 'NaN' : value === 0 ? 'zero' : 'kept'));
    expect(kinds(m['x']!)).toEqual(['kept', 'zero', 'zero', 'zero', 'zero', 'NaN', 'kept']);
    expect(kinds(v['x']!)).toEqual(['kept', 'kept', 'zero', 'zero', 'zero', 'NaN', 'kept']);
    adam.dispose();
    tf.dispose([gradient, trained.x]);
  });
});
