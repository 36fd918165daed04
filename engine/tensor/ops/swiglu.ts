/** The gated activation of Llama's FFN (Shazeer 2020): silu(gate) · up. The sigmoid is computed again for the gradient. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedAt } from './differentiable.ts';
import { run } from './kernel.ts';

/** Two tensors of one shape -> that shape. */
export function swiGlu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return differentiable({
    inputs: { gate, up },
    forward: (save) => {
      save(gate, up);
      const [out] = run('FusedSwiGlu', { gate, up }, {}, () => [tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)]);
      return out;
    },
    backward: (dy, saved) => {
      const g = savedAt(saved, 0);
      const u = savedAt(saved, 1);
      const [dgate, dup] = run('FusedSwiGluGrad', { gate: g, up: u, dy }, {}, () => {
        const s = tf.sigmoid(g);
        const slope = tf.mul(s, tf.add(1, tf.mul(g, tf.sub(1, s))));
        return [tf.mul(tf.mul(dy, u), slope), tf.mul(dy, tf.mul(g, s))];
      });
      return { gate: dgate, up: dup };
    },
  });
}
