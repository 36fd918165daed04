/**
 * KL(teacher || student) over the vocabulary in nats, the loss of global distillation (puzzle.md 1.6). Logits of both are made
 * chunk by chunk as in cross-entropy; the gradient of the student's logits is (softmax(student) - softmax(teacher)) / N.
 */
import * as tf from '@tensorflow/tfjs-core';
import { overChunks, productsOf } from './cross_entropy.ts';
import { differentiable, savedAt } from './differentiable.ts';
import { run, scaled } from './kernel.ts';
import { headRows, logitsOf, noDivergence, vocabularyRanges, withDivergence, type DivergenceStats, type VocabularyOptions } from './vocabulary.ts';

/**
 * Mean over tokens of KL(teacher || student); hidden states [N, H] and heads [V, H] of the two may differ in H, not in N and V;
 * scalar. Gradients flow into the student's two only.
 */
export function klDivergence(
  studentHidden: tf.Tensor2D,
  studentHead: tf.Tensor2D,
  teacherHidden: tf.Tensor2D,
  teacherHead: tf.Tensor2D,
  options: VocabularyOptions = {},
): tf.Scalar {
  const [tokens] = studentHidden.shape;
  const [vocabulary] = studentHead.shape;
  if (teacherHead.shape[0] !== vocabulary || teacherHidden.shape[0] !== tokens) {
    throw new RangeError(
      `A student of ${tokens} tokens and ${vocabulary} words cannot follow a teacher of ${teacherHidden.shape[0]} and ${teacherHead.shape[0]}.`,
    );
  }
  const ranges = vocabularyRanges(tokens, vocabulary, options);
  const kept = ranges.length === 1;
  return differentiable({
    inputs: { hidden: studentHidden, head: studentHead },
    forward: (save, recording) => {
      let stats = noDivergence(tokens);
      let student: tf.Tensor2D | undefined;
      let teacher: tf.Tensor2D | undefined;
      for (const range of ranges) {
        tf.dispose([student, teacher].filter((logits) => logits !== undefined));
        student = tf.tidy(() => logitsOf(studentHidden, headRows(studentHead, range)));
        teacher = tf.tidy(() => logitsOf(teacherHidden, headRows(teacherHead, range)));
        stats = withDivergence(stats, student, teacher);
      }
      const { studentMax, studentSum, teacherMax, teacherSum, cross } = stats;
      // Differences first: where both are equal the result is exactly 0.
      const normalisers = tf.add(tf.sub(studentMax, teacherMax), tf.log(tf.div(studentSum, teacherSum)));
      const loss = tf.mean(tf.add(tf.div(cross, teacherSum), normalisers)) as tf.Scalar;
      if (recording) {
        if (kept && student !== undefined && teacher !== undefined) {
          save(studentHidden, studentHead, gradientOfLogits(student, teacher, stats, tf.scalar(1 / tokens)));
        } else {
          save(studentHidden, studentHead, teacherHidden, teacherHead, studentMax, studentSum, teacherMax, teacherSum);
        }
      }
      return loss;
    },
    backward: (dy, saved, wants) => {
      const hidden = savedAt<tf.Tensor2D>(saved, 0);
      const head = savedAt<tf.Tensor2D>(saved, 1);
      if (kept) {
        return productsOf(scaled(tf.clone(savedAt<tf.Tensor2D>(saved, 2)), dy), hidden, head, wants);
      }
      const known = {
        studentMax: savedAt<tf.Tensor1D>(saved, 4),
        studentSum: savedAt<tf.Tensor1D>(saved, 5),
        teacherMax: savedAt<tf.Tensor1D>(saved, 6),
        teacherSum: savedAt<tf.Tensor1D>(saved, 7),
      };
      const scale = tf.div(dy, tokens) as tf.Scalar;
      return overChunks(ranges, (range) => {
        const rows = headRows(head, range);
        const teacher = logitsOf(savedAt<tf.Tensor2D>(saved, 2), headRows(savedAt<tf.Tensor2D>(saved, 3), range));
        return productsOf(gradientOfLogits(logitsOf(hidden, rows), teacher, known, scale), hidden, rows, wants);
      });
    },
  });
}

/** scale · (softmax(student) - softmax(teacher)). Takes over the student's logits. */
function gradientOfLogits(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { studentMax, studentSum, teacherMax, teacherSum }: Omit<DivergenceStats, 'cross'>,
  scale: tf.Scalar,
): tf.Tensor2D {
  const [gradient] = run('FusedKlGrad', { student, teacher, studentMax, studentSum, teacherMax, teacherSum, scale }, {}, () => {
    const own = tf.div(tf.exp(tf.sub(student, tf.expandDims(studentMax, 1))), tf.expandDims(studentSum, 1));
    const other = tf.div(tf.exp(tf.sub(teacher, tf.expandDims(teacherMax, 1))), tf.expandDims(teacherSum, 1));
    return [tf.mul(tf.sub(own, other), scale) as tf.Tensor2D];
  });
  student.dispose();
  return gradient;
}
