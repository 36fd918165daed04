import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as reference from '../../../test/support/reference_ops.ts';
import { checkOperation, expectClose, normal, onEveryWay, switchTo, variableOf, WAYS } from '../../../test/support/tensor_checks.ts';
import { gradientsOf } from '../gradients.ts';
import { cosineLoss, crossEntropy, klDivergence, normalisedMse, tokenMetrics } from './index.ts';

const as = <T extends tf.Tensor>(tensor: tf.Tensor): T => tensor as T;
const matrix = (label: string, rows: number, columns: number) => tf.tensor2d([...normal(label, rows, columns).values], [rows, columns]);

onEveryWay(() => {
  describe('normalisedMse', () => {
    it.each([[2, 3, 8], [5, 7], [1, 1], [3, 1100]])('compares errors with what the block adds: [%i, %i, %i]', (...sizes) => {
      const shape = sizes.filter((size) => typeof size === 'number');
      const [teacher, input] = [normal('teacher', ...shape), normal('input', ...shape)];
      checkOperation({
        inputs: { student: normal('student', ...shape) },
        compute: ({ student }) => tf.tidy(() => normalisedMse(student, tf.tensor([...teacher.values], shape), tf.tensor([...input.values], shape))),
        reference: ({ student }) => [reference.normalisedMse(student, teacher.values, input.values)],
      });
    });

    it('is 0 for the teacher, 1 for a block that adds nothing, and finite where the teacher adds nothing', () => {
      tf.tidy(() => {
        const [teacher, input] = [matrix('teacher', 4, 6), matrix('input', 4, 6)];
        expect(normalisedMse(teacher, teacher, input).dataSync()[0]).toBe(0);
        expect(normalisedMse(input, teacher, input).dataSync()[0]).toBe(1);
        expect(normalisedMse(input, input, input).dataSync()[0]).toBe(0);
      });
    });
  });

  describe('cosineLoss', () => {
    it.each([[2, 3, 8], [5, 7], [1, 3]])('is 1 - cos per token: [%i, %i, %i]', (...sizes) => {
      const shape = sizes.filter((size) => typeof size === 'number');
      const teacher = normal('teacher', ...shape);
      checkOperation({
        inputs: { student: normal('student', ...shape) },
        compute: ({ student }) => tf.tidy(() => cosineLoss(student, tf.tensor([...teacher.values], shape))),
        reference: ({ student }) => [reference.cosineLoss(student, teacher.values, shape.at(-1)!)],
      });
    });

    it('is 0 along and 2 against the teacher, whatever the lengths, and finite at 0', () => {
      tf.tidy(() => {
        const x = matrix('x', 3, 5);
        expectClose(cosineLoss(tf.mul(x, 1e4), x).dataSync(), [0], 1e-6);
        expectClose(cosineLoss(tf.mul(x, -1e-4), x).dataSync(), [2], 1e-6);
        expectClose(cosineLoss(tf.zerosLike(x), x).dataSync(), [1], 1e-6);
      });
    });
  });

  describe('crossEntropy', () => {
    const targets = [3, -1, 0, 10, 3];
    it.each([undefined, 11, 4, 1])('is the mean of -log p, with chunks of %s words', (vocabularyChunk) => {
      checkOperation({
        inputs: { hidden: normal('h', 5, 6), head: normal('w', 11, 6) },
        compute: ({ hidden, head }) =>
          tf.tidy(() => crossEntropy(as(hidden), as(head), tf.tensor1d(targets, 'int32'), vocabularyChunk === undefined ? {} : { vocabularyChunk })),
        reference: ({ hidden, head }) => [reference.crossEntropy(hidden, head, targets, 6)],
      });
    });

    it.each([undefined, 2])('is 0 with no gradient where every target is ignored, with chunks of %s words', (vocabularyChunk) => {
      const hidden = variableOf(normal('h', 2, 4));
      const { value, gradients } = tf.tidy(() => {
        const [head, ignored] = [matrix('w', 5, 4), tf.tensor1d([-1, -1], 'int32')];
        return gradientsOf({ hidden }, () => crossEntropy(as(hidden), head, ignored, vocabularyChunk === undefined ? {} : { vocabularyChunk }));
      });
      expect(value.dataSync()[0]).toBe(0);
      expect([...gradients['hidden']!.dataSync()].every((slope) => Math.abs(slope) === 0)).toBe(true);
      tf.dispose([value, ...Object.values(gradients), hidden]);
    });

    it('takes logits of ±10,000', () => {
      tf.tidy(() => {
        const head = tf.tensor2d([100, -100, 0], [3, 1]);
        const loss = (target: number) => crossEntropy(tf.tensor2d([100], [1, 1]), head, tf.tensor1d([target], 'int32')).dataSync();
        expectClose(loss(0), [0], 1e-6);
        expectClose(loss(1), [20_000], 1e-6);
      });
    });

    it('looks at no gradient that nobody wants', () => {
      // A frozen head takes part, but its gradient would be a [V, H] tensor.
      const hidden = variableOf(normal('h', 3, 4));
      tf.tidy(() => {
        const head = matrix('w', 7, 4);
        const { gradients } = gradientsOf({ hidden }, () => crossEntropy(as(hidden), head, tf.tensor1d([1, 2, 3], 'int32')));
        const slopes = (values: reference.Numbers) => reference.crossEntropy(values, [...head.dataSync()], [1, 2, 3], 4);
        expectClose(gradients['hidden']!.dataSync(), reference.derivative(slopes, normal('h', 3, 4).values, [...Array(12).keys()]), 1e-5);
      });
      hidden.dispose();
    });
  });

  describe('klDivergence', () => {
    const teacher = { hidden: normal('th', 5, 4), head: normal('tw', 9, 4) };
    const logits = (hidden: reference.Numbers, head: reference.Numbers, width: number) => reference.rows(reference.linear(hidden, head, undefined, width), 9);

    it.each([undefined, 9, 4, 1])("is the teacher's mean excess, for other widths, with chunks of %s words", (vocabularyChunk) => {
      checkOperation({
        inputs: { hidden: normal('h', 5, 6), head: normal('w', 9, 6) },
        compute: ({ hidden, head }) =>
          tf.tidy(() =>
            klDivergence(as(hidden), as(head), matrix('th', 5, 4), matrix('tw', 9, 4), vocabularyChunk === undefined ? {} : { vocabularyChunk }),
          ),
        reference: ({ hidden, head }) => {
          const each = reference.divergences(logits(hidden, head, 6), logits(teacher.hidden.values, teacher.head.values, 4));
          return [each.reduce((total, value) => total + value, 0) / each.length];
        },
        tolerance: 4e-6,
      });
    });

    it.each([{}, { vocabularyChunk: 4 }])('is exactly 0 between equals, and so is its gradient: %o', (options) => {
      const hidden = variableOf(normal('h', 5, 6));
      tf.tidy(() => {
        const head = matrix('w', 9, 6);
        const { value, gradients } = gradientsOf({ hidden }, () => klDivergence(as(hidden), head, tf.mul(hidden, 1), head, options));
        expect(value.dataSync()[0]).toBe(0);
        expectClose(gradients['hidden']!.dataSync(), Array(30).fill(0), 1e-7);
      });
      hidden.dispose();
    });

    it('takes logits of ±10,000', () => {
      tf.tidy(() => {
        const head = tf.tensor2d([100, -100], [2, 1]);
        const [up, down] = [tf.tensor2d([100], [1, 1]), tf.tensor2d([-100], [1, 1])];
        expectClose(klDivergence(up, head, down, head).dataSync(), [20_000], 1e-6);
        expectClose(klDivergence(up, head, up, head).dataSync(), [0], 1e-6);
      });
    });

    it('refuses a teacher of other words', () => {
      tf.tidy(() => {
        expect(() => klDivergence(matrix('h', 2, 3), matrix('w', 4, 3), matrix('h', 2, 3), matrix('v', 5, 3))).toThrow(/4 words.*5/);
      });
    });
  });

  describe('tokenMetrics', () => {
    const targets = [3, -1, 0, 10, 3, 7];
    const [hidden, head, other] = [normal('h', 6, 5), normal('w', 11, 5), normal('o', 6, 5)];
    const logits = reference.rows(reference.linear(hidden.values, head.values, undefined, 5), 11);
    const teacherLogits = reference.rows(reference.linear(other.values, head.values, undefined, 5), 11);

    it.each([undefined, 4, 1])('gives loss, divergence, rank and most likely token, with chunks of %s words', async (vocabularyChunk) => {
      const tensors = [matrix('h', 6, 5), matrix('w', 11, 5), matrix('o', 6, 5)] as const;
      const wanted = tf.tensor1d(targets, 'int32');
      const before = tf.memory().numTensors;
      const options = { topK: 4, teacher: { hidden: tensors[2], head: tensors[1] }, ...(vocabularyChunk !== undefined && { vocabularyChunk }) };
      const metrics = await tokenMetrics(tensors[0], tensors[1], wanted, options);
      const losses = reference.tokenLosses(hidden.values, head.values, targets, 5);
      losses.forEach((loss, i) => expect(metrics.nll[i]).toEqual(loss === undefined ? Number.NaN : expect.closeTo(loss, 5)));
      expectClose(metrics.kl!, reference.divergences(logits, teacherLogits), 1e-5);
      expect([...metrics.argmax]).toEqual(logits.map((row) => row.indexOf(Math.max(...row))));
      const ranks = logits.map((row, i) => (targets[i]! < 0 ? -1 : Math.min(4, row.filter((logit) => logit > row[targets[i]!]!).length)));
      expect([...metrics.rank]).toEqual(ranks);
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([...tensors, wanted]);
    });

    it('reads a head a piece at a time, once for both models, and frees the pieces', async () => {
      const [states, whole, teacher, wanted] = [matrix('h', 6, 5), matrix('w', 11, 5), matrix('o', 6, 5), tf.tensor1d(targets, 'int32')];
      const before = tf.memory().numTensors;
      const reads: string[] = [];
      const source = {
        vocabulary: 11,
        rows: async (from: number, to: number) => {
          reads.push(`${from}-${to}`);
          return tf.slice(whole, [from, 0], [to - from, 5]);
        },
      };
      const pieces = await tokenMetrics(states, source, wanted, { vocabularyChunk: 4, teacher: { hidden: teacher, head: source } });
      expect(reads).toEqual(['0-4', '4-8', '8-11']);
      expect(pieces).toEqual(await tokenMetrics(states, whole, wanted, { vocabularyChunk: 4, teacher: { hidden: teacher, head: whole } }));
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([states, whole, teacher, wanted]);
    });

    it('frees everything where the head cannot be read', async () => {
      const [states, wanted] = [matrix('h', 6, 5), tf.tensor1d(targets, 'int32')];
      const before = tf.memory().numTensors;
      const rows = () => Promise.reject(new Error('The disk is gone.'));
      await expect(tokenMetrics(states, { vocabulary: 11, rows }, wanted)).rejects.toThrow('The disk is gone.');
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([states, wanted]);
    });

    it.each([undefined, 4])('ranks nothing where logits are not numbers, with chunks of %s words', async (vocabularyChunk) => {
      const [states, whole, wanted] = [tf.tensor2d([[Number.NaN, 1], [1, 2]]), tf.ones<tf.Rank.R2>([9, 2]), tf.tensor1d([0, 0], 'int32')];
      const metrics = await tokenMetrics(states, whole, wanted, { topK: 5, ...(vocabularyChunk !== undefined && { vocabularyChunk }) });
      expect([...metrics.rank]).toEqual([5, 0]);
      expect([...metrics.argmax]).toEqual([-1, 0]);
      expect([...metrics.nll]).toEqual([Number.NaN, expect.closeTo(Math.log(9), 5)]);
      tf.dispose([states, whole, wanted]);
    });

    it('names the smallest of equally likely tokens', async () => {
      const [states, whole, wanted] = [tf.ones<tf.Rank.R2>([1, 2]), tf.ones<tf.Rank.R2>([9, 2]), tf.tensor1d([5], 'int32')];
      const metrics = await tokenMetrics(states, whole, wanted, { vocabularyChunk: 4 });
      expect([metrics.argmax[0], metrics.rank[0]]).toEqual([0, 0]);
      tf.dispose([states, whole, wanted]);
    });
  });
});

describe('fused losses', () => {
  const [fused, , , plain] = WAYS;

  it('agree with compositions in JavaScript for any shape and chunk', { timeout: 30_000 }, async () => {
    const cases = fc.sample(
      fc.record({
        tokens: fc.integer({ min: 1, max: 9 }),
        vocabulary: fc.integer({ min: 2, max: 40 }),
        width: fc.integer({ min: 1, max: 9 }),
        vocabularyChunk: fc.integer({ min: 1, max: 50 }),
        size: fc.float({ min: Math.fround(0.1), max: 20, noNaN: true }),
      }),
      { numRuns: 40, seed: 5 },
    );
    const run = ({ tokens, vocabulary, width, vocabularyChunk, size }: (typeof cases)[number]) =>
      tf.tidy(() => {
        const variables = { hidden: variableOf(normal('h', tokens, width)), head: variableOf(normal('w', vocabulary, width)) };
        const teacher = tf.mul(matrix('t', tokens, width), size) as tf.Tensor2D;
        const targets = tf.tensor1d(Array.from({ length: tokens }, (_, i) => ((i * 5) % (vocabulary + 1)) - 1), 'int32');
        const { value, gradients } = gradientsOf(variables, () => {
          const hidden = tf.mul(variables.hidden, size) as tf.Tensor2D;
          const head = as<tf.Tensor2D>(variables.head);
          const parts = [
            crossEntropy(hidden, head, targets, { vocabularyChunk }),
            klDivergence(hidden, head, teacher, head, { vocabularyChunk }),
            cosineLoss(hidden, teacher),
            normalisedMse(hidden, teacher, tf.neg(teacher)),
          ];
          return tf.addN(parts.map((part, i) => tf.mul(part, i + 1))) as tf.Scalar;
        });
        const results = [value, ...Object.values(gradients)].map((tensor) => [...tensor.dataSync()]);
        tf.dispose(Object.values(variables));
        return results;
      });
    await switchTo(plain!);
    const expected = cases.map(run);
    await switchTo(fused!);
    cases.forEach((shape, i) => run(shape).forEach((values, j) => expectClose(values, expected[i]![j]!, 1e-5, `result ${j} of ${JSON.stringify(shape)}`)));
  });

  it('sum a long vocabulary as precisely as a short one', async () => {
    await switchTo(fused!);
    tf.tidy(() => {
      // 50,000 equal logits: -log p = log 50,000.
      const loss = crossEntropy(tf.ones([2, 1]), tf.ones([50_000, 1]), tf.tensor1d([0, 49_999], 'int32'));
      expectClose(loss.dataSync(), [Math.log(50_000)], 2e-7);
    });
  });
});
