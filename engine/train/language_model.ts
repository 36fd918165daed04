/** Next-token prediction: batches of token ids on the device, and the mean loss of a model on held-out ones. */
import * as tf from '@tensorflow/tfjs-core';
import { badInput } from '../protocol/errors.ts';
import type { Architecture } from '../protocol/variant.ts';
import { crossEntropy, type RopeTables } from '../tensor/ops/index.ts';
import { uploadIds, type TokenBatch } from '../transformer/token_batch.ts';
import { refuseLongerThanWindow } from '../transformer/unsupported.ts';
import type { Data, TokenSet } from './data/index.ts';
import type { JobContext } from './job.ts';
import { nextTokens } from './quality.ts';
import type { ResidentModel } from './resident_model.ts';

/** ids [B, T] and, flat, the token after each, -1 behind the last of a sequence. */
export type LanguageBatch = { readonly ids: tf.Tensor2D; readonly targets: tf.Tensor1D };

/** The caller disposes it. */
export function languageBatch(batch: TokenBatch): LanguageBatch {
  return { ids: uploadIds(batch), targets: tf.tensor1d(nextTokens(batch.ids, batch.length), 'int32') };
}

/** Mean next-token cross-entropy in nats; differentiable. */
export function languageLoss(model: ResidentModel, { ids, targets }: LanguageBatch, rope: RopeTables): tf.Scalar {
  return crossEntropy(model.headInput(model.hidden(ids, rope)), model.head, targets);
}

/**
 * @throws WorkbenchError `bad_input` where the data has tokens that the model does not know, sequences of which a layer would
 * see only a part, or nothing to train on.
 */
export function checkData(folder: string, data: Data, architecture: Architecture): void {
  const { shape, name } = architecture;
  refuseLongerThanWindow(architecture, data.train.length);
  if (data.vocabularySize > shape.vocab_size) {
    throw badInput(folder, 'vocabulary_size', `at most ${shape.vocab_size}, the vocabulary of ${name}`, String(data.vocabularySize), "Prepare the data with this model's tokenizer.");
  }
  for (const [split, { count }] of [['train', data.train], ['held_out', data.heldOut]] as const) {
    if (count === 0) throw badInput(folder, split, 'at least one sequence', 'none', 'Ask for more tokens when preparing the data.');
  }
}

/** `sequences` of a set from `first` on, or from as late as leaves so many, or all there are; in batches of `rows`. */
export async function sequencesOf(set: TokenSet, { first = 0, sequences, rows }: { readonly first?: number | undefined; readonly sequences: number; readonly rows: number }): Promise<readonly TokenBatch[]> {
  const count = Math.min(sequences, set.count);
  const start = Math.min(first, set.count - count);
  const batches: TokenBatch[] = [];
  for (let from = start; from < start + count; from += rows) {
    const indices = Array.from({ length: Math.min(rows, start + count - from) }, (_, i) => from + i);
    batches.push({ ids: await set.batch(indices), length: set.length });
  }
  return batches;
}

/** Whether held-out losses are due after `done` of `steps` steps: before the first, eight times in between, after the last. */
export function reportsAfter(done: number, steps: number): boolean {
  return done === 0 || done === steps || done % Math.max(1, Math.ceil(steps / 9)) === 0;
}

/** Mean over held-out batches of a scalar, each batch counted by its tokens; leaves no tensors. */
export async function meanOverBatches(context: JobContext, batches: readonly TokenBatch[], measure: (batch: TokenBatch) => tf.Scalar): Promise<number> {
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    await context.breathe();
    const scalar = tf.tidy(() => measure(batch));
    try {
      sum += ((await scalar.data())[0] ?? Number.NaN) * batch.ids.length;
    } finally {
      scalar.dispose();
    }
    tokens += batch.ids.length;
  }
  return sum / tokens;
}
