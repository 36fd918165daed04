/**
 * What stands behind the last layer: the final norm, and the head that turns hidden states into logits. Losses and metrics
 * take `headInput` through engine/tensor/ops, in pieces of the vocabulary, as all logits of a batch would not fit; and a
 * large head is itself only ever on the device in pieces (of 8 B parameters, half a billion can be its).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelShape } from '../protocol/variant.ts';
import { linear, rmsNorm, type HeadSource } from '../tensor/ops/index.ts';
import { upload } from './device_weights.ts';
import type { HostTensor } from './host_tensor.ts';
import { normEpsilon } from './weights.ts';

export interface Head {
  /** [H] */
  readonly finalNorm: tf.Tensor1D;
  /** [V, H], the embedding itself where the model ties them; or where its rows come from. */
  readonly head: tf.Tensor2D | HeadSource;
}

export interface OpenHead extends Head {
  dispose(): void;
}

/** Of a `ModelSource`: what a head is made from. */
export interface HeadOrigin {
  finalNorm(): Promise<HostTensor>;
  head(): Promise<HostTensor>;
  headRows(from: number, to: number): Promise<HostTensor>;
}

const WHOLE_HEAD_BYTES = 512 * 2 ** 20;
/** Of the rows of a head that is in pieces. */
const PIECE_BYTES = 64 * 2 ** 20;

/**
 * The head on the device, or above `wholeBytes` its rows as they are needed; `origin` must stay open so long. The caller
 * disposes it.
 */
export async function openHead(shape: ModelShape, origin: HeadOrigin, wholeBytes: number = WHOLE_HEAD_BYTES): Promise<OpenHead> {
  const finalNorm = upload(await origin.finalNorm()) as tf.Tensor1D;
  if (shape.vocab_size * shape.hidden_size * Float32Array.BYTES_PER_ELEMENT > wholeBytes) {
    const rows = async (from: number, to: number): Promise<tf.Tensor2D> => upload(await origin.headRows(from, to)) as tf.Tensor2D;
    return { finalNorm, head: { vocabulary: shape.vocab_size, rows }, dispose: () => finalNorm.dispose() };
  }
  try {
    const head = upload(await origin.head()) as tf.Tensor2D;
    return { finalNorm, head, dispose: () => tf.dispose([finalNorm, head]) };
  } catch (thrown) {
    finalNorm.dispose();
    throw thrown;
  }
}

/** norm(x) as what the head multiplies: [B, T, H] -> [B * T, H]. */
export function headInput(shape: ModelShape, finalNorm: tf.Tensor1D, x: tf.Tensor3D): tf.Tensor2D {
  return tf.tidy(() => tf.reshape(rmsNorm(x, finalNorm, normEpsilon(shape)), [-1, shape.hidden_size]));
}

/** Logits of every token, [B, T, H] -> [B, T, V]. For few tokens: they take B * T * V * 4 bytes. The caller disposes them. */
export async function logitsOf(shape: ModelShape, { finalNorm, head }: Head, x: tf.Tensor3D, pieceBytes: number = PIECE_BYTES): Promise<tf.Tensor3D> {
  const size: [number, number, number] = [x.shape[0], x.shape[1], shape.vocab_size];
  if (!('vocabulary' in head)) return tf.tidy(() => tf.reshape(linear(headInput(shape, finalNorm, x), head), size));
  const input = headInput(shape, finalNorm, x);
  const step = Math.max(1, Math.floor(pieceBytes / Float32Array.BYTES_PER_ELEMENT / shape.hidden_size));
  const pieces: tf.Tensor[] = [];
  try {
    for (let from = 0; from < head.vocabulary; from += step) {
      const rows = await head.rows(from, Math.min(head.vocabulary, from + step));
      pieces.push(linear(input, rows));
      rows.dispose();
    }
    return tf.tidy(() => tf.reshape(tf.concat(pieces, 1), size));
  } finally {
    tf.dispose([input, ...pieces]);
  }
}
