/** What evaluation asks of every token, without gradients and as host arrays. */
import * as tf from '@tensorflow/tfjs-core';
import type { VocabularyOptions } from './vocabulary_losses.ts';

export interface TokenMetricsOptions extends VocabularyOptions {
  /** With a teacher, KL(teacher || student) per token. */
  readonly teacher?: { readonly hidden: tf.Tensor2D; readonly head: tf.Tensor2D };
}

/** One entry per token. */
export interface TokenMetrics {
  /** -log p(target) in nats; NaN where the target is -1. */
  readonly nll: Float32Array;
  /** KL(teacher || student) in nats. */
  readonly kl?: Float32Array;
  /** How many tokens have a larger logit than the target (0 = it is the most likely); -1 where the target is -1. */
  readonly rank: Int32Array;
  /** The most likely token; the smallest of equals. */
  readonly argmax: Int32Array;
}

/** hidden [N, H], head [V, H], targets int32 [N] (-1 = none). */
export async function tokenMetrics(
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  targets: tf.Tensor1D,
  options: TokenMetricsOptions = {},
): Promise<TokenMetrics> {
  const { nll, rank, argmax, kl } = tf.tidy(() => {
    const logits = tf.matMul(hidden, head, false, true);
    const logProbabilities = tf.logSoftmax(logits);
    const picked = tf.oneHot(tf.maximum(targets, tf.scalar(0, 'int32')), head.shape[0]);
    const targetLogit = tf.sum(tf.mul(logits, picked), -1, true);
    const teacher =
      options.teacher && tf.logSoftmax(tf.matMul(options.teacher.hidden, options.teacher.head, false, true));
    return {
      nll: tf.neg(tf.sum(tf.mul(logProbabilities, picked), -1)),
      rank: tf.sum(tf.cast(tf.greater(logits, targetLogit), 'int32'), -1),
      argmax: tf.argMax(logits, -1),
      ...(teacher && { kl: tf.sum(tf.mul(tf.exp(teacher), tf.sub(teacher, logProbabilities)), -1) }),
    };
  });
  try {
    const [wanted, nlls, ranks] = await Promise.all([targets.data(), nll.data(), rank.data()]);
    return {
      nll: Float32Array.from(nlls, (value, i) => ((wanted[i] ?? -1) < 0 ? Number.NaN : value)),
      rank: Int32Array.from(ranks, (value, i) => ((wanted[i] ?? -1) < 0 ? -1 : value)),
      argmax: Int32Array.from(await argmax.data()),
      ...(kl && { kl: Float32Array.from(await kl.data()) }),
    };
  } finally {
    tf.dispose([nll, rank, argmax, ...(kl ? [kl] : [])]);
  }
}
