/**
 * Between the layout of projections, [B, T, heads * D], and that of attention, [B, heads, T, D], with the rotary embedding
 * (Su et al. 2021) on the way: halves (a, b) of a head become (a cos - b sin, b cos + a sin), which is how Hugging Face
 * stores Llama's weights. The gradient is the way back with the opposite rotation.
 */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { run } from './kernel.ts';

/** Cosine and sine of position times frequency, each [T, D / 2]. */
export interface RopeTables {
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
}

/** Forwards, or back: the gradient of a rotation is its inverse. */
type Direction = 1 | -1;

/** x [B, T, heads * D] -> [B, heads, T, D], rotated where `rope` is given. */
export function splitHeads(x: tf.Tensor3D, heads: number, rope?: RopeTables): tf.Tensor4D {
  const [, length, width] = x.shape;
  if (width % heads !== 0) throw new RangeError(`${width} columns cannot be split into ${heads} heads.`);
  if (rope !== undefined && (rope.cos.shape[0] !== length || rope.cos.shape[1] * 2 * heads !== width)) {
    throw new RangeError(`Rotary tables are [${rope.cos.shape.join(', ')}] where [${length}, ${width / heads / 2}] is needed.`);
  }
  return differentiable({
    inputs: { x },
    forward: (save) => {
      if (rope !== undefined) save(rope.cos, rope.sin);
      return split(x, heads, rope, 1);
    },
    backward: (dy, saved) => ({ x: merge(dy, ropeOf(saved), -1) }),
  });
}

/** x [B, N, T, D] -> [B, T, N * D]. */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const heads = x.shape[1];
  return differentiable({
    inputs: { x },
    forward: () => merge(x, undefined, 1),
    backward: (dy) => ({ x: split(dy, heads, undefined, 1) }),
  });
}

function ropeOf([cos, sin]: readonly tf.Tensor[]): RopeTables | undefined {
  return cos && sin && { cos: cos as tf.Tensor2D, sin: sin as tf.Tensor2D };
}

function split(x: tf.Tensor3D, heads: number, rope: RopeTables | undefined, direction: Direction): tf.Tensor4D {
  const [out] = run('FusedSplitHeads', { x, ...rope }, { heads, direction }, () => {
    const [batch, length, width] = x.shape;
    const rows = tf.transpose(tf.reshape<tf.Rank.R4>(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
    return [rotate(rows, rope, direction)];
  });
  return out;
}

function merge(x: tf.Tensor4D, rope: RopeTables | undefined, direction: Direction): tf.Tensor3D {
  const [out] = run('FusedMergeHeads', { x, ...rope }, { direction }, () => {
    const [batch, heads, length, size] = x.shape;
    const rows = tf.transpose(rotate(x, rope, direction), [0, 2, 1, 3]);
    return [tf.reshape(rows, [batch, length, heads * size]) as tf.Tensor3D];
  });
  return out;
}

/** x [B, N, T, D]. */
function rotate(x: tf.Tensor4D, rope: RopeTables | undefined, direction: Direction): tf.Tensor4D {
  if (rope === undefined) return x;
  const [a, b] = tf.split(x, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  const sin = tf.mul(rope.sin, direction);
  const { cos } = rope;
  return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], 3) as tf.Tensor4D;
}
