/** Operations, gradients and optimiser together, as a training step of one block. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { normal, onEveryWay, switchTo, variableOf, WAYS } from '../../test/support/tensor_checks.ts';
import { Adam } from './adam.ts';
import { gradientsOf, type Variables } from './gradients.ts';
import { causalAttention, cosineLoss, crossEntropy, embed, klDivergence, linear, mergeHeads, normalisedMse, rmsNorm, splitHeads, swiGlu } from './ops/index.ts';

const [BATCH, LENGTH, WIDTH, HEADS, KEY_HEADS, SIZE, FFN, WORDS] = [2, 7, 12, 4, 2, 6, 18, 13];
const SHAPES = {
  table: [WORDS, WIDTH],
  norm1: [WIDTH],
  q: [HEADS * SIZE, WIDTH],
  qBias: [HEADS * SIZE],
  k: [KEY_HEADS * SIZE, WIDTH],
  v: [KEY_HEADS * SIZE, WIDTH],
  o: [WIDTH, HEADS * SIZE],
  norm2: [WIDTH],
  gate: [FFN, WIDTH],
  up: [FFN, WIDTH],
  down: [WIDTH, FFN],
};
const as = <T extends tf.Tensor>(tensor: tf.Tensor): T => tensor as T;

/** A block between tied embeddings, with every loss there is at once. */
function loss(weights: Variables, ids: tf.Tensor2D, rope: { cos: tf.Tensor2D; sin: tf.Tensor2D }): tf.Scalar {
  const w = (name: keyof typeof SHAPES) => as<tf.Tensor2D>(weights[name]!);
  const x = embed(w('table'), ids);
  const normed = rmsNorm(x, as(w('norm1')), 1e-5);
  const q = splitHeads(as(linear(normed, w('q'), as(w('qBias')))), HEADS, rope);
  const k = splitHeads(as(linear(normed, w('k'))), KEY_HEADS, rope);
  const v = splitHeads(as(linear(normed, w('v'))), KEY_HEADS);
  const h = tf.add(x, linear(mergeHeads(causalAttention(q, k, v, { scale: SIZE ** -0.5 })), w('o')));
  const inner = rmsNorm(h, as(w('norm2')), 1e-5);
  const y = tf.add(h, linear(swiGlu(linear(inner, w('gate')), linear(inner, w('up'))), w('down')));
  const flat = tf.reshape<tf.Rank.R2>(y, [-1, WIDTH]);
  const targets = tf.reshape<tf.Rank.R1>(ids, [-1]);
  const teacher = tf.tensor2d([...normal('teacher', BATCH * LENGTH, WIDTH).values], [BATCH * LENGTH, WIDTH]);
  return as(
    tf.addN([
      crossEntropy(flat, w('table'), targets),
      klDivergence(flat, w('table'), teacher, w('table'), { vocabularyChunk: 5 }),
      normalisedMse(flat, teacher, tf.neg(teacher)),
      cosineLoss(flat, teacher),
    ]),
  );
}

function train(steps: number, each: (loss: number) => void, epsilon = 1e-8): readonly number[][] {
  const weights = Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const { values } = normal(name, ...shape);
      return [name, variableOf({ shape, values: name.startsWith('norm') ? values.map(() => 1) : values.map((value) => value * 0.3) })];
    }),
  );
  const ids = tf.tensor2d(Array.from({ length: BATCH * LENGTH }, (_, i) => (i * 5) % WORDS), [BATCH, LENGTH], 'int32');
  const angles = Array.from({ length: (LENGTH * SIZE) / 2 }, (_, i) => Math.floor((i * 2) / SIZE) / 10 ** (i % (SIZE / 2)));
  const rope = {
    cos: tf.tensor2d(angles.map(Math.cos), [LENGTH, SIZE / 2]),
    sin: tf.tensor2d(angles.map(Math.sin), [LENGTH, SIZE / 2]),
  };
  const adam = new Adam({ betas: [0.9, 0.99], epsilon, weightDecay: 0.01 });
  for (let step = 0; step < steps; step++) {
    const { value, gradients } = gradientsOf(weights, () => loss(weights, ids, rope));
    const norm = adam.step(weights, gradients, 0.01, 1);
    const [current] = value.dataSync();
    tf.dispose([value, norm, ...Object.values(gradients)]);
    each(current!);
  }
  const result = Object.values(weights).map((weight) => [...weight.dataSync()]);
  adam.dispose();
  tf.dispose([ids, rope.cos, rope.sin, ...Object.values(weights)]);
  return result;
}

onEveryWay(() => {
  it('learns, with constant memory after the first step', () => {
    const losses: number[] = [];
    const memory: string[] = [];
    train(25, (value) => {
      losses.push(value);
      memory.push(`${tf.memory().numTensors} tensors, ${tf.memory().numBytes} bytes`);
    });
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.6);
    expect(new Set(memory).size).toBe(1);
  });
});

describe('with fused kernels', () => {
  it('gives the same bits twice', async () => {
    const losses: number[][] = [[], []];
    await switchTo(WAYS[0]!);
    const first = train(8, (value) => losses[0]!.push(value));
    const held = tf.ones([12_345]);
    expect(train(8, (value) => losses[1]!.push(value))).toEqual(first);
    expect(losses[1]).toEqual(losses[0]);
    held.dispose();
  });

  it('goes the same way as in JavaScript', async () => {
    // Adam makes a full step of a gradient that is all rounding error, unless epsilon is above that.
    const run = (backend: number) => {
      const losses: number[] = [];
      return switchTo(WAYS[backend]!).then(() => ({ weights: train(8, (value) => losses.push(value), 1e-3), losses }));
    };
    const [fused, plain] = [await run(0), await run(3)];
    plain.losses.forEach((value, i) => expect(fused.losses[i]).toBeCloseTo(value, 5));
    plain.weights.forEach((values, i) => values.forEach((value, j) => expect(fused.weights[i]![j]).toBeCloseTo(value, 5)));
  });
});
