import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as reference from '../../../test/support/reference_ops.ts';
import { checkOperation, expectClose, normal, onEveryWay, switchTo, WAYS } from '../../../test/support/tensor_checks.ts';
import { gradientsOf } from '../gradients.ts';
import { causalAttention, embed, linear, mergeHeads, rmsNorm, splitHeads, swiGlu } from './index.ts';

const as = <T extends tf.Tensor>(tensor: tf.Tensor): T => tensor as T;

onEveryWay(() => {
  describe('linear', () => {
    it.each([
      { shape: [2, 3, 8], out: 4 },
      { shape: [5, 7], out: 3 },
      { shape: [1, 1, 1], out: 1 },
    ])('is x Wᵀ + b for x $shape and $out outputs', ({ shape, out }) => {
      const width = shape.at(-1)!;
      checkOperation({
        inputs: { x: normal('x', ...shape), weight: normal('w', out, width), bias: normal('b', out) },
        compute: ({ x, weight, bias }) => linear(x, as(weight), as(bias)),
        reference: ({ x, weight, bias }) => reference.linear(x, weight, bias, width),
      });
      checkOperation({
        inputs: { x: normal('x', ...shape), weight: normal('w', out, width) },
        compute: ({ x, weight }) => linear(x, as(weight)),
        reference: ({ x, weight }) => reference.linear(x, weight, undefined, width),
      });
    });
  });

  it('linear refuses a weight of another width, in place of reading across rows', () => {
    tf.tidy(() => {
      expect(() => linear(tf.zeros([2, 6]), tf.zeros([5, 4]))).toThrow('A weight of [5, 4] cannot multiply [2, 6].');
    });
  });

  describe('rmsNorm', () => {
    it.each([[2, 3, 8], [5, 7], [1, 1], [3, 66]])('divides by the root mean square: [%i, %i, %i]', (...sizes) => {
      const shape = sizes.filter((size) => typeof size === 'number');
      checkOperation({
        inputs: { x: normal('x', ...shape), weight: normal('w', shape.at(-1)!) },
        compute: ({ x, weight }) => rmsNorm(x, as(weight), 1e-5),
        reference: ({ x, weight }) => reference.rmsNorm(x, weight, 1e-5),
      });
    });

    it('takes rows of zeros and large rows', () => {
      tf.tidy(() => {
        const y = rmsNorm(tf.tensor2d([[0, 0, 0], [1e15, -1e15, 0]]), tf.tensor1d([1, 1, 2]), 1e-6);
        expectClose(y.dataSync(), [0, 0, 0, Math.sqrt(1.5), -Math.sqrt(1.5), 0], 1e-6);
      });
    });
  });

  describe('heads', () => {
    it.each([
      { batch: 2, length: 3, heads: 2, size: 16 },
      { batch: 1, length: 5, heads: 3, size: 6 },
      { batch: 2, length: 2, heads: 1, size: 64 },
    ])('split, rotate and merge: $batch x $length, $heads heads of $size', ({ batch, length, heads, size }) => {
      const inputs = { x: normal('x', batch, length, heads * size) };
      checkOperation({
        inputs,
        compute: ({ x }) => splitHeads(as(x), heads),
        reference: ({ x }) => reference.splitHeads(x, [batch, length, heads, size]),
      });
      const rope = { cos: normal('cos', length, size / 2), sin: normal('sin', length, size / 2) };
      const tables = () => ({ cos: tf.tensor2d([...rope.cos.values], [length, size / 2]), sin: tf.tensor2d([...rope.sin.values], [length, size / 2]) });
      checkOperation({
        inputs,
        compute: ({ x }) => tf.tidy(() => splitHeads(as(x), heads, tables())),
        reference: ({ x }) => reference.splitHeads(x, [batch, length, heads, size], { cos: rope.cos.values, sin: rope.sin.values }),
      });
      checkOperation({
        inputs: { x: normal('y', batch, heads, length, size) },
        compute: ({ x }) => mergeHeads(as(x)),
        reference: ({ x }) => reference.mergeHeads(x, [batch, heads, length, size]),
      });
    });

    it('refuse rotary tables of another length, and widths that cannot be split', () => {
      tf.tidy(() => {
        expect(() => splitHeads(tf.zeros([1, 4, 8]), 3)).toThrow('8 columns cannot be split into 3 heads.');
        const rope = { cos: tf.zeros<tf.Rank.R2>([3, 2]), sin: tf.zeros<tf.Rank.R2>([3, 2]) };
        expect(() => splitHeads(tf.zeros([1, 4, 8]), 2, rope)).toThrow(/\[3, 2\].*\[4, 2\]/);
      });
    });
  });

  describe('causalAttention', () => {
    it.each([
      { batch: 2, heads: 2, keyHeads: 2, queries: 5, keys: 5, size: 6 },
      { batch: 1, heads: 4, keyHeads: 2, queries: 3, keys: 7, size: 16 },
      { batch: 2, heads: 4, keyHeads: 1, queries: 1, keys: 4, size: 4 },
      { batch: 1, heads: 2, keyHeads: 1, queries: 9, keys: 9, size: 64 },
    ])('$heads heads share $keyHeads key heads, $queries queries of $keys keys', (shape) => {
      const { batch, heads, keyHeads, queries, keys, size } = shape;
      const check = (options: object) =>
        checkOperation({
          inputs: { q: normal('q', batch, heads, queries, size), k: normal('k', batch, keyHeads, keys, size), v: normal('v', batch, keyHeads, keys, size) },
          compute: ({ q, k, v }) => causalAttention(as(q), as(k), as(v), { scale: 0.4, ...options }),
          reference: ({ q, k, v }) => reference.attention(q, k, v, shape, 0.4),
        });
      check({});
      // Probabilities computed again: all heads at once, two key heads at a time, query head by query head.
      check({ keptBytes: 0 });
      check({ keptBytes: 0, chunkBytes: 2 * (heads / keyHeads) * queries * keys * 4 });
      check({ keptBytes: 0, chunkBytes: 1 });
    });

    it('neither overflows nor loses weight with scores of ±10,000', () => {
      tf.tidy(() => {
        const q = tf.tensor4d([100, -100, 100], [1, 1, 3, 1]);
        const k = tf.tensor4d([-100, 100, 100], [1, 1, 3, 1]);
        const v = tf.tensor4d([1, 2, 3], [1, 1, 3, 1]);
        expectClose(causalAttention(q, k, v, { scale: 1 }).dataSync(), [1, 1, 2.5], 1e-6);
      });
    });

    it('lets not-a-number through, so that it is seen', () => {
      tf.tidy(() => {
        const x = tf.tensor4d([1, Number.NaN, 1], [1, 1, 3, 1]);
        const seen = causalAttention(x, x, x, { scale: 1 }).dataSync();
        expect([...seen.subarray(1)]).toEqual([Number.NaN, Number.NaN]);
      });
    });

    it('refuses heads that cannot share keys, and more queries than keys', () => {
      tf.tidy(() => {
        const head = (heads: number, length: number) => tf.zeros<tf.Rank.R4>([1, heads, length, 2]);
        expect(() => causalAttention(head(3, 2), head(2, 2), head(2, 2), { scale: 1 })).toThrow(/share/);
        expect(() => causalAttention(head(2, 3), head(2, 2), head(2, 2), { scale: 1 })).toThrow(/keys/);
      });
    });
  });

  describe('swiGlu', () => {
    it.each([[3, 8], [2, 5], [1, 1]])('is silu(gate) · up: [%i, %i]', (...shape) => {
      checkOperation({
        inputs: { gate: normal('g', ...shape), up: normal('u', ...shape) },
        compute: ({ gate, up }) => swiGlu(gate, up),
        reference: ({ gate, up }) => reference.swiGlu(gate, up),
      });
    });

    it('saturates without overflow', () => {
      tf.tidy(() => {
        expectClose(swiGlu(tf.tensor1d([-1e4, -100, 100, 1e4, 0]), tf.ones([5])).dataSync(), [0, 0, 100, 1e4, 0], 1e-6);
      });
    });
  });

  describe('embed', () => {
    it('takes rows, and adds their gradients up', () => {
      const ids = [1, 4, 1, 0, 1, 2];
      checkOperation({
        inputs: { table: normal('t', 5, 7) },
        compute: ({ table }) => tf.tidy(() => embed(as(table), tf.tensor2d(ids, [2, 3], 'int32'))),
        reference: ({ table }) => reference.embed(table, ids, 7),
      });
    });
  });
});

describe('fused kernels', () => {
  const [fused, , , plain] = WAYS;

  it('agree with compositions in JavaScript for any shape', { timeout: 30_000 }, async () => {
    const shapes = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      keyHeads: fc.integer({ min: 1, max: 3 }),
      group: fc.constantFrom(1, 2, 4),
      queries: fc.integer({ min: 1, max: 9 }),
      cached: fc.integer({ min: 0, max: 5 }),
      half: fc.integer({ min: 1, max: 9 }),
      scale: fc.float({ min: Math.fround(0.01), max: 3, noNaN: true }),
      size: fc.float({ min: Math.fround(0.1), max: 30, noNaN: true }),
    });
    type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;
    const run = ({ batch, keyHeads, group, queries, cached, half, scale, size }: Shape) =>
      tf.tidy(() => {
        const heads = keyHeads * group;
        const make = (label: string, ...shape: number[]) => tf.variable(tf.mul(tf.tensor([...normal(label, ...shape).values], shape), size));
        const variables = {
          x: make('x', batch, queries, heads * 2 * half),
          k: make('k', batch, keyHeads, queries + cached, 2 * half),
          v: make('v', batch, keyHeads, queries + cached, 2 * half),
          gain: make('gain', heads * 2 * half),
        };
        const { gradients, value } = gradientsOf(variables, () => {
          const { x, k, v, gain } = variables;
          const normed = rmsNorm(x, as(gain), 1e-5);
          const q = splitHeads(as(normed), heads, { cos: as(tf.mul(tf.ones([queries, half]), 0.6)), sin: as(tf.mul(tf.ones([queries, half]), 0.8)) });
          const out = mergeHeads(causalAttention(q, as(k), as(v), { scale }));
          return tf.mean(swiGlu(out, x)) as tf.Scalar;
        });
        const results = [value, ...Object.values(gradients)].map((tensor) => [...tensor.dataSync()]);
        tf.dispose(Object.values(variables));
        return results;
      });
    const cases = fc.sample(shapes, { numRuns: 40, seed: 3 });
    await switchTo(plain!);
    const expected = cases.map(run);
    await switchTo(fused!);
    cases.forEach((shape, i) => run(shape).forEach((values, j) => expectClose(values, expected[i]![j]!, 1e-4, `result ${j} of ${JSON.stringify(shape)}`)));
  });

  it('give the same bits each time', async () => {
    await switchTo(fused!);
    const once = () =>
      tf.tidy(() => {
        const x = tf.variable(tf.tensor([...normal('bits', 2, 9, 24).values], [2, 9, 24]));
        const gain = tf.variable(tf.ones<tf.Rank.R1>([24]));
        const { gradients } = gradientsOf({ x, gain }, () => {
          const heads = splitHeads(as(rmsNorm(x, as(gain), 1e-6)), 3);
          return tf.sum(swiGlu(mergeHeads(causalAttention(heads, heads, heads, { scale: 0.3 })), x)) as tf.Scalar;
        });
        const bits = Object.values(gradients).flatMap((gradient) => [...new Int32Array(gradient.dataSync<'float32'>().slice().buffer)]);
        tf.dispose([x, gain]);
        return bits;
      });
    const first = once();
    expect(once()).toEqual(first);
  });

  it('compute exponentials to single precision', async () => {
    await switchTo(fused!);
    const exponents = Array.from({ length: 2000 }, (_, i) => -i * 0.0431);
    tf.tidy(() => {
      // A query that sees two keys with scores 0 and x gives p = e^x / (1 + e^x) to the second.
      const q = tf.ones<tf.Rank.R4>([exponents.length, 1, 1, 1]);
      const k = tf.tensor4d(exponents.flatMap((x) => [0, x]), [exponents.length, 1, 2, 1]);
      const v = tf.tensor4d(exponents.flatMap(() => [0, 1]), [exponents.length, 1, 2, 1]);
      const p = causalAttention(q, k, v, { scale: 1 }).dataSync();
      const worst = exponents.reduce((largest, exponent, i) => {
        const e = Math.exp(Math.fround(exponent));
        return Math.max(largest, Math.abs(p[i]! / (e / (1 + e)) - 1));
      }, 0);
      expect(worst).toBeLessThan(4e-7);
    });
  });
});
