/**
 * Logits without a tensor of all of them: hidden · headᵀ a chunk of the vocabulary at a time, each taken into running maxima
 * and sums per token (Milakov and Gimelshein 2018), from which softmax, cross-entropy and KL follow.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CHUNK_BYTES, rangesOf, type Range } from './chunks.ts';
import { run } from './kernel.ts';

export interface VocabularyOptions {
  /** Rows of the head per product; by default what keeps a chunk of logits at or below 64 MiB. */
  readonly vocabularyChunk?: number;
}

/** Stands for minus infinity in running maxima; what it weighs is 0. */
export const LOWEST = -3.4028234663852886e38;

/** `rowFloats` are the floats that a row of the vocabulary takes: its logits, or its weights where those come in chunks too. */
export function vocabularyRanges(rowFloats: number, vocabulary: number, { vocabularyChunk }: VocabularyOptions): readonly Range[] {
  return rangesOf(vocabulary, vocabularyChunk ?? CHUNK_BYTES / 4 / Math.max(1, rowFloats));
}

/** Rows of a head; the whole head itself where they are all. */
export function headRows(head: tf.Tensor2D, { from, to }: Range): tf.Tensor2D {
  return from === 0 && to === head.shape[0] ? head : tf.slice(head, [from, 0], [to - from, head.shape[1]]);
}

/** hidden [N, H] times rows of the head [columns, H] -> [N, columns]. */
export function logitsOf(hidden: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(hidden, rows, false, true);
}

/** Per token, over the columns seen so far; each [N]. A type rather than an interface, for tfjs's containers. */
export type LogitStats = {
  readonly max: tf.Tensor1D;
  /** Of exp(logit - max). */
  readonly sum: tf.Tensor1D;
  /** The target's logit, 0 where there is no target. */
  readonly picked: tf.Tensor1D;
};

export function noLogits(tokens: number): LogitStats {
  return { max: lowest(tokens), sum: tf.zeros([tokens]), picked: tf.zeros([tokens]) };
}

function lowest(tokens: number): tf.Tensor1D {
  return tf.tensor1d(new Float32Array(tokens).fill(LOWEST));
}

/** `before` with the columns from `offset` on. Takes over `before`. */
export function withLogits(before: LogitStats, logits: tf.Tensor2D, targets: tf.Tensor1D, offset: number): LogitStats {
  const [max, sum, picked] = run('FusedLogitStats', { logits, targets, ...before }, { offset }, () => {
    const top = tf.maximum(before.max, tf.max(logits, 1)) as tf.Tensor1D;
    const exponentials = tf.sum(tf.exp(tf.sub(logits, tf.expandDims(top, 1))), 1);
    const total = tf.add(tf.mul(before.sum, tf.exp(tf.sub(before.max, top))), exponentials) as tf.Tensor1D;
    const own = tf.sum(tf.mul(logits, targetsIn(targets, offset, logits.shape[1])), 1);
    return [top, total, tf.add(before.picked, own) as tf.Tensor1D];
  });
  tf.dispose(before);
  return { max, sum, picked };
}

/** 1 at each token's target where it is among the columns; [N, columns]. (tfjs's one-hot writes outside itself for -1.) */
export function targetsIn(targets: tf.Tensor1D, offset: number, columns: number): tf.Tensor2D {
  const column = tf.range(offset, offset + columns, 1, 'int32');
  return tf.cast(tf.equal(tf.expandDims(targets, 1), column), 'float32') as tf.Tensor2D;
}

/** What KL(teacher || student) follows from, over the columns seen so far; each [N]. */
export type DivergenceStats = {
  readonly studentMax: tf.Tensor1D;
  readonly studentSum: tf.Tensor1D;
  readonly teacherMax: tf.Tensor1D;
  readonly teacherSum: tf.Tensor1D;
  /** Sum of exp(teacher - teacherMax) · (teacher - student). */
  readonly cross: tf.Tensor1D;
};

export function noDivergence(tokens: number): DivergenceStats {
  return {
    studentMax: lowest(tokens),
    studentSum: tf.zeros([tokens]),
    teacherMax: lowest(tokens),
    teacherSum: tf.zeros([tokens]),
    cross: tf.zeros([tokens]),
  };
}

/** `before` with further columns of both. Takes over `before`. */
export function withDivergence(before: DivergenceStats, student: tf.Tensor2D, teacher: tf.Tensor2D): DivergenceStats {
  const [studentMax, studentSum, teacherMax, teacherSum, cross] = run('FusedKlStats', { student, teacher, ...before }, {}, () => {
    const own = tf.maximum(before.studentMax, tf.max(student, 1)) as tf.Tensor1D;
    const top = tf.maximum(before.teacherMax, tf.max(teacher, 1)) as tf.Tensor1D;
    const faded = tf.exp(tf.sub(before.teacherMax, top));
    const weights = tf.exp(tf.sub(teacher, tf.expandDims(top, 1)));
    const ownTotal = tf.sum(tf.exp(tf.sub(student, tf.expandDims(own, 1))), 1);
    return [
      own,
      tf.add(tf.mul(before.studentSum, tf.exp(tf.sub(before.studentMax, own))), ownTotal) as tf.Tensor1D,
      top,
      tf.add(tf.mul(before.teacherSum, faded), tf.sum(weights, 1)) as tf.Tensor1D,
      tf.add(tf.mul(before.cross, faded), tf.sum(tf.mul(weights, tf.sub(teacher, student)), 1)) as tf.Tensor1D,
    ];
  });
  tf.dispose(before);
  return { studentMax, studentSum, teacherMax, teacherSum, cross };
}
