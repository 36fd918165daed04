/**
 * What stands behind the last layer: the final norm, and the head that turns hidden states into logits. Losses and metrics
 * take `headInput` through engine/tensor/ops, in pieces of the vocabulary, as all logits of a batch would not fit.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelShape } from '../protocol/variant.ts';
import { linear, rmsNorm } from '../tensor/ops/index.ts';
import { normEpsilon } from './weights.ts';

export interface HeadWeights {
  /** [H] */
  readonly finalNorm: tf.Tensor1D;
  /** [V, H]; the embedding itself where the model ties them. */
  readonly head: tf.Tensor2D;
}

/** norm(x) as what the head multiplies: [B, T, H] -> [B * T, H]. */
export function headInput(shape: ModelShape, finalNorm: tf.Tensor1D, x: tf.Tensor3D): tf.Tensor2D {
  return tf.tidy(() => tf.reshape(rmsNorm(x, finalNorm, normEpsilon(shape)), [-1, shape.hidden_size]));
}

/** Logits of every token, [B, T, H] -> [B, T, V]. For few tokens: they take B * T * V * 4 bytes. */
export function forwardHead(shape: ModelShape, weights: HeadWeights, x: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => linear(rmsNorm(x, weights.finalNorm, normEpsilon(shape)), weights.head) as tf.Tensor3D);
}
