/**
 * Root-mean-square normalisation (Zhang and Sennrich 2019) over the last axis: y = x r · weight with r = 1 / sqrt(mean(x²) + eps).
 * For the gradient only r is kept besides the input: with g = dy · weight, dx = r (g - x r² mean(g x)), dweight = sum dy x r.
 */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedAt } from './differentiable.ts';
import { run } from './kernel.ts';

/** x [..., H], weight [H] -> [..., H]. */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor1D, eps: number): tf.Tensor {
  return differentiable({
    inputs: { x, weight },
    forward: (save) => {
      const [y, inverse] = run('FusedRmsNorm', { x, weight }, { eps }, () => {
        const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps));
        return [tf.mul(tf.mul(x, scale), weight), scale];
      });
      save(x, weight, inverse);
      return y;
    },
    backward: (dy, saved, wants) => {
      const input = savedAt(saved, 0);
      const gain = savedAt<tf.Tensor1D>(saved, 1);
      const inverse = savedAt(saved, 2);
      return {
        x: wants.has('x') ? gradientOfX(dy, input, gain, inverse) : undefined,
        weight: wants.has('weight') ? gradientOfWeight(dy, input, inverse) : undefined,
      };
    },
  });
}

function gradientOfX(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor1D, inverse: tf.Tensor): tf.Tensor {
  const [dx] = run('FusedRmsNormGradX', { dy, x, weight, inverse }, {}, () => {
    const g = tf.mul(dy, weight);
    const share = tf.mul(tf.mean(tf.mul(g, x), -1, true), tf.square(inverse));
    return [tf.mul(inverse, tf.sub(g, tf.mul(x, share)))];
  });
  return dx;
}

function gradientOfWeight(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor1D {
  const [dweight] = run('FusedRmsNormGradWeight', { dy, x, inverse }, {}, () => {
    const terms = tf.mul(tf.mul(dy, x), inverse);
    return [tf.sum(terms, terms.shape.slice(0, -1).map((_, axis) => axis)) as tf.Tensor1D];
  });
  return dweight;
}
