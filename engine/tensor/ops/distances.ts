/** How far a student's hidden states are from its teacher's. Gradients flow into the student only. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedAt } from './differentiable.ts';
import { lastSize, run } from './kernel.ts';

/** Below this, squared norms count as this: a block that changes nothing must not divide by zero. */
const SMALLEST = 1e-20;

/**
 * Normalised MSE of a block (puzzle.md 1.3), measured on what the block adds to the residual stream:
 * sum (student - teacher)² / sum (teacher - input)². All three have one shape; scalar. 0 is perfect, 1 is a block that adds
 * nothing.
 */
export function normalisedMse(student: tf.Tensor, teacher: tf.Tensor, input: tf.Tensor): tf.Scalar {
  return differentiable({
    inputs: { student },
    forward: (save) => {
      const [loss, scale] = run('FusedNormalisedMse', { student, teacher, input }, { smallest: SMALLEST }, () => {
        const denominator = tf.maximum(tf.sum(tf.squaredDifference(teacher, input)), SMALLEST) as tf.Scalar;
        return [tf.div(tf.sum(tf.squaredDifference(student, teacher)), denominator) as tf.Scalar, denominator];
      });
      save(student, teacher, scale);
      return loss;
    },
    backward: (dy, saved) => {
      const s = savedAt(saved, 0);
      const t = savedAt(saved, 1);
      const scale = savedAt(saved, 2);
      const [dstudent] = run('FusedNormalisedMseGrad', { student: s, teacher: t, scale, dy }, {}, () => [
        tf.mul(tf.sub(s, t), tf.div(tf.mul(dy, 2), scale)),
      ]);
      return { student: dstudent };
    },
  });
}

/** Mean over tokens of 1 - cos(student, teacher), both [..., H]; scalar (puzzle.md 1.6). */
export function cosineLoss(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  const rows = student.size / lastSize(student);
  return differentiable({
    inputs: { student },
    forward: (save) => {
      // d cos / d student = a · teacher - b · student, per token.
      const [loss, a, b] = run('FusedCosineLoss', { student, teacher }, { smallest: SMALLEST }, () => {
        const own = tf.maximum(tf.sum(tf.square(student), -1, true), SMALLEST);
        const other = tf.maximum(tf.sum(tf.square(teacher), -1, true), SMALLEST);
        const inverse = tf.div(1, tf.mul(tf.sqrt(own), tf.sqrt(other)));
        const cosine = tf.mul(tf.sum(tf.mul(student, teacher), -1, true), inverse);
        return [tf.mean(tf.sub(1, cosine)) as tf.Scalar, inverse, tf.div(cosine, own)];
      });
      save(student, teacher, a, b);
      return loss as tf.Scalar;
    },
    backward: (dy, saved) => {
      const s = savedAt(saved, 0);
      const t = savedAt(saved, 1);
      const a = savedAt(saved, 2);
      const b = savedAt(saved, 3);
      const [dstudent] = run('FusedCosineLossGrad', { student: s, teacher: t, a, b, dy }, {}, () => [
        tf.mul(tf.sub(tf.mul(b, s), tf.mul(a, t)), tf.div(dy, rows)),
      ]);
      return { student: dstudent };
    },
  });
}
