/**
 * Next-token cross-entropy in nats. Where all logits fit one chunk, their gradient takes the logits' place as soon as the loss
 * is known and waits for the backward pass; otherwise each chunk's logits are computed again there.
 */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedAt } from './differentiable.ts';
import { accumulate, run, scaled } from './kernel.ts';
import { headRows, logitsOf, noLogits, targetsIn, vocabularyRanges, withLogits, type LogitStats, type VocabularyOptions } from './vocabulary.ts';

/**
 * Mean over targets of -log softmax(hidden · headᵀ)[target]. hidden [N, H], head [V, H], targets int32 [N] below V, where -1
 * means ignored; scalar, 0 where every target is ignored.
 */
export function crossEntropy(hidden: tf.Tensor2D, head: tf.Tensor2D, targets: tf.Tensor1D, options: VocabularyOptions = {}): tf.Scalar {
  const [tokens] = hidden.shape;
  const ranges = vocabularyRanges(tokens, head.shape[0], options);
  const kept = ranges.length === 1;
  return differentiable({
    inputs: { hidden, head },
    forward: (save, recording) => {
      const counted = tf.cast(tf.greaterEqual(targets, tf.scalar(0, 'int32')), 'float32');
      const share = tf.div(1, tf.maximum(tf.sum(counted), 1)) as tf.Scalar;
      let stats = noLogits(tokens);
      let logits: tf.Tensor2D | undefined;
      for (const range of ranges) {
        logits?.dispose();
        logits = tf.tidy(() => logitsOf(hidden, headRows(head, range)));
        stats = withLogits(stats, logits, targets, range.from);
      }
      const losses = tf.mul(tf.sub(tf.add(stats.max, tf.log(stats.sum)), stats.picked), counted);
      if (recording) {
        if (kept && logits !== undefined) save(hidden, head, gradientOfLogits(logits, targets, stats, share, 0));
        else save(hidden, head, targets, stats.max, stats.sum, share);
      }
      return tf.mul(tf.sum(losses), share) as tf.Scalar;
    },
    backward: (dy, saved, wants) => {
      const states = savedAt<tf.Tensor2D>(saved, 0);
      const rows = savedAt<tf.Tensor2D>(saved, 1);
      if (kept) {
        return productsOf(scaled(tf.clone(savedAt<tf.Tensor2D>(saved, 2)), dy), states, rows, wants);
      }
      const known = { max: savedAt<tf.Tensor1D>(saved, 3), sum: savedAt<tf.Tensor1D>(saved, 4) };
      const scale = tf.mul(savedAt<tf.Scalar>(saved, 5), dy) as tf.Scalar;
      return overChunks(ranges, (range) => {
        const part = headRows(rows, range);
        const gradient = gradientOfLogits(logitsOf(states, part), savedAt<tf.Tensor1D>(saved, 2), known, scale, range.from);
        return productsOf(gradient, states, part, wants);
      });
    },
  });
}

/** scale · (softmax - one at the target), 0 in ignored rows. Takes over the logits. */
function gradientOfLogits(
  logits: tf.Tensor2D,
  targets: tf.Tensor1D,
  { max, sum }: Pick<LogitStats, 'max' | 'sum'>,
  scale: tf.Scalar,
  offset: number,
): tf.Tensor2D {
  const [gradient] = run('FusedCrossEntropyGrad', { logits, targets, max, sum, scale }, { offset }, () => {
    const probabilities = tf.div(tf.exp(tf.sub(logits, tf.expandDims(max, 1))), tf.expandDims(sum, 1));
    const counted = tf.expandDims(tf.cast(tf.greaterEqual(targets, tf.scalar(0, 'int32')), 'float32'), 1);
    const errors = tf.sub(probabilities, targetsIn(targets, offset, logits.shape[1]));
    return [tf.mul(tf.mul(errors, counted), scale) as tf.Tensor2D];
  });
  logits.dispose();
  return gradient;
}

/** What the gradient of logits becomes for hidden states and rows of the head. */
export type HeadGradients = { readonly hidden?: tf.Tensor2D | undefined; readonly head?: tf.Tensor2D | undefined };

export function productsOf(gradient: tf.Tensor2D, hidden: tf.Tensor2D, rows: tf.Tensor2D, wants: ReadonlySet<'hidden' | 'head'>): HeadGradients {
  return {
    hidden: wants.has('hidden') ? tf.matMul(gradient, rows) : undefined,
    head: wants.has('head') ? tf.matMul(gradient, hidden, true) : undefined,
  };
}

/** Gradients of hidden states add up over chunks, those of the head's rows follow one another. */
export function overChunks<Chunk>(chunks: readonly Chunk[], gradientsOf: (chunk: Chunk) => HeadGradients): HeadGradients {
  let hidden: tf.Tensor2D | undefined;
  const rows: tf.Tensor2D[] = [];
  for (const chunk of chunks) {
    const part = tf.tidy(() => gradientsOf(chunk));
    if (part.hidden !== undefined) hidden = accumulate(hidden, part.hidden);
    if (part.head !== undefined) rows.push(part.head);
  }
  return { hidden, head: rows.length > 0 ? tf.concat(rows, 0) : undefined };
}
