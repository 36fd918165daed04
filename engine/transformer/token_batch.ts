/** Sequences of token ids in ordinary memory. */
import { tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { WorkbenchError } from '../protocol/errors.ts';

/** `ids.length / length` sequences of `length` tokens each, one after the other. */
export interface TokenBatch {
  readonly ids: Int32Array;
  readonly length: number;
}

export function sequencesOf({ ids, length }: TokenBatch): number {
  return ids.length / length;
}

/** Ids as [B, T] int32; the caller disposes it. */
export function uploadIds(batch: TokenBatch): Tensor2D {
  return tensor2d(batch.ids, [sequencesOf(batch), batch.length], 'int32');
}

/** @throws WorkbenchError `bad_input` where the sequences are not whole or an id is none of the vocabulary's. */
export function checkBatch(batch: TokenBatch, vocabulary: number): void {
  const sequences = sequencesOf(batch);
  if (!Number.isInteger(sequences) || sequences < 1) {
    throw new WorkbenchError('bad_input', `${batch.ids.length} tokens are no whole sequences of ${batch.length}.`);
  }
  const stray = batch.ids.find((id) => id < 0 || id >= vocabulary);
  if (stray !== undefined) {
    throw new WorkbenchError('bad_input', `Token ${stray} is outside the model's vocabulary of ${vocabulary}.`, {
      hint: "Prepare the data with this model's own tokenizer.",
    });
  }
}
