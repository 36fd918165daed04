/** What a model answers to the data's tasks, from its last hidden states: logits are formed only where an answer is due. */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelShape } from '../protocol/variant.ts';
import { tokenMetrics } from '../tensor/ops/index.ts';
import { headInput, type Head } from '../transformer/head.ts';
import { answerPositions, type AnsweredBatch, type TaskBatch } from './data/index.ts';

/** `hidden` [rows, length, H] before the final norm, of the batch's ids. */
export async function answersOf(shape: ModelShape, weights: Head, hidden: tf.Tensor3D, batch: TaskBatch): Promise<AnsweredBatch> {
  const positions = answerPositions(batch);
  const { asked, none } = tf.tidy(() => ({
    asked: tf.gather(headInput(shape, weights.finalNorm, hidden), tf.tensor1d(positions, 'int32')),
    none: tf.tensor1d(positions.map(() => -1), 'int32'),
  }));
  try {
    const { argmax } = await tokenMetrics(asked, weights.head, none);
    const predictions = new Int32Array(batch.rows * batch.length).fill(-1);
    positions.forEach((position, i) => {
      predictions[position] = argmax[i] ?? -1;
    });
    return { batch, predictions };
  } finally {
    tf.dispose([asked, none]);
  }
}
