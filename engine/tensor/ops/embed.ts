/** Rows of a table by token id. The gradient is a scatter-add into a table of zeros. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedAt } from './differentiable.ts';
import { run } from './kernel.ts';

/** table [V, H], ids int32 [B, T] within 0 .. V - 1 -> [B, T, H]. */
export function embed(table: tf.Tensor2D, ids: tf.Tensor2D): tf.Tensor3D {
  const [vocabulary, width] = table.shape;
  return differentiable({
    inputs: { table },
    forward: (save) => {
      save(ids);
      return tf.reshape(tf.gather(table, tf.reshape(ids, [-1]) as tf.Tensor1D), [...ids.shape, width]) as tf.Tensor3D;
    },
    backward: (dy, saved) => ({
      table: scatterAdd(tf.reshape(dy, [-1, width]), tf.reshape(savedAt(saved, 0), [-1]), vocabulary),
    }),
  });
}

/** x [N, H] added up by ids int32 [N] -> [size, H]. */
function scatterAdd(x: tf.Tensor2D, ids: tf.Tensor1D, size: number): tf.Tensor2D {
  const [table] = run('FusedScatterAdd', { x, ids }, { size }, () => [tf.unsortedSegmentSum(x, ids, size) as tf.Tensor2D]);
  return table;
}
