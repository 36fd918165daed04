/** Losses over the vocabulary: next-token cross-entropy and KL(teacher || student), in nats. */
import * as tf from '@tensorflow/tfjs-core';

export interface VocabularyOptions {
  /** Rows of the head per product; by default what keeps a chunk of logits at or below 64 MiB. */
  readonly vocabularyChunk?: number;
}

/**
 * Mean over targets of -log softmax(hidden · headᵀ)[target]. hidden [N, H], head [V, H], targets int32 [N] where -1 means
 * ignored; scalar, 0 where every target is ignored.
 */
export function crossEntropy(hidden: tf.Tensor2D, head: tf.Tensor2D, targets: tf.Tensor1D, _options: VocabularyOptions = {}): tf.Scalar {
  return tf.tidy(() => {
    const logits = tf.matMul(hidden, head, false, true);
    const counted = tf.cast(tf.greaterEqual(targets, tf.scalar(0, 'int32')), 'float32');
    const picked = tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(targets, head.shape[0])), -1), counted);
    return tf.neg(tf.div(tf.sum(picked), tf.maximum(tf.sum(counted), 1))) as tf.Scalar;
  });
}

/** Mean over tokens of KL(teacher || student); hidden states [N, H] and heads [V, H] may differ in H, not in N and V; scalar. */
export function klDivergence(
  studentHidden: tf.Tensor2D,
  studentHead: tf.Tensor2D,
  teacherHidden: tf.Tensor2D,
  teacherHead: tf.Tensor2D,
  _options: VocabularyOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const student = tf.logSoftmax(tf.matMul(studentHidden, studentHead, false, true));
    const teacher = tf.logSoftmax(tf.matMul(teacherHidden, teacherHead, false, true));
    return tf.mean(tf.sum(tf.mul(tf.exp(teacher), tf.sub(teacher, student)), -1)) as tf.Scalar;
  });
}
