/** Normalised MSE of students over all recorded held-out sequences: the sums are taken over all of them before dividing. */
import * as tf from '@tensorflow/tfjs-core';
import { normalisedMse } from '../tensor/ops/index.ts';
import type { Student, TeacherBatch } from './bld_student.ts';

/** One value per student, in order; `batches` are made one at a time and disposed of. */
export async function heldOutNmse(students: readonly Student[], pieces: number, batchOf: (piece: number) => Promise<TeacherBatch>, breathe: () => Promise<void>): Promise<readonly number[]> {
  const errors = students.map(() => 0);
  let scale = 0;
  for (let piece = 0; piece < pieces; piece++) {
    await breathe();
    const batch = await batchOf(piece);
    try {
      const weight = await valueOf(tf.tidy(() => tf.sum(tf.square(tf.sub(batch.output, batch.input)))));
      scale += weight;
      for (const [i, student] of students.entries()) {
        const share = await valueOf(tf.tidy(() => normalisedMse(student.forward(batch), batch.output, batch.input)));
        errors[i] = (errors[i] ?? 0) + share * weight;
      }
    } finally {
      tf.dispose(batch);
    }
  }
  return errors.map((error) => error / scale);
}

async function valueOf(scalar: tf.Tensor): Promise<number> {
  try {
    return (await scalar.data())[0] ?? Number.NaN;
  } finally {
    scalar.dispose();
  }
}
