/**
 * A projection: y = x Wᵀ + b with Hugging Face's weight layout [out, in]. Whatever the shape of x, it is one 2-D product, and
 * so are both of its gradients: dx = dy W and dW = dyᵀ x.
 */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedAt } from './differentiable.ts';
import { lastSize, run } from './kernel.ts';

/** x [..., in], weight [out, in], bias [out] -> [..., out]. */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const [out, width] = weight.shape;
  if (lastSize(x) !== width) throw new RangeError(`A weight of [${weight.shape.join(', ')}] cannot multiply [${x.shape.join(', ')}].`);
  const inputs: Record<'x' | 'weight', tf.Tensor> & { readonly bias?: tf.Tensor } = { x, weight, ...(bias && { bias }) };
  return differentiable<'x' | 'weight' | 'bias', tf.Tensor>({
    inputs,
    forward: (save) => {
      save(x, weight);
      const product = tf.matMul(rowsOf(x, width), weight, false, true) as tf.Tensor2D;
      return tf.reshape(bias === undefined ? product : plusBias(product, bias), [...x.shape.slice(0, -1), out]);
    },
    backward: (dy, saved, wants) => {
      const input = savedAt(saved, 0);
      const rows = rowsOf(dy, out);
      return {
        x: wants.has('x') ? tf.reshape(tf.matMul(rows, savedAt<tf.Tensor2D>(saved, 1)), input.shape) : undefined,
        weight: wants.has('weight') ? tf.matMul(rows, rowsOf(input, width), true) : undefined,
        bias: wants.has('bias') ? columnSums(rows) : undefined,
      };
    },
  });
}

function rowsOf(x: tf.Tensor, width: number): tf.Tensor2D {
  return tf.reshape(x, [-1, width]);
}

/** Takes over x. */
function plusBias(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  const [sum] = run('FusedAddBias', { x, bias }, {}, () => [tf.add(x, bias) as tf.Tensor2D]);
  return sum;
}

function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  const [sums] = run('FusedColumnSums', { x }, {}, () => [tf.sum(x, 0) as tf.Tensor1D]);
  return sums;
}
