/** The two token files while they are written: both appear, or neither. */
import { badInput } from '../../protocol/errors.ts';
import type { DataSpec } from '../../protocol/train.ts';
import type { JobContext } from '../job.ts';
import type { DataDescription } from './data_format.ts';
import type { Encoder } from './encode_documents.ts';
import { SequenceWriter } from './sequence_writer.ts';

export type TokenFiles = Pick<DataDescription, 'train' | 'held_out'>;

/** Documents between two chances to stop. */
const DOCUMENTS_PER_BREATH = 64;

export interface SplitWriter {
  readonly train: SequenceWriter;
  readonly heldOut: SequenceWriter;
  /** Both are. */
  readonly full: boolean;
  /** To be awaited once per document: reports progress, lets messages in. */
  pause(): Promise<void>;
}

export function bytesPerToken({ vocabularySize }: Encoder): 2 | 4 {
  return vocabularySize <= 0x1_0000 ? 2 : 4;
}

/** Sequences of a split that is to have `tokens`; at least one, without which a split is of no use. */
export function sequencesOf(tokens: number, { sequence_length }: DataSpec): number {
  return Math.max(1, Math.floor(tokens / sequence_length));
}

/**
 * Lets `fill` write both files, which appear where it resolves with true. Resolves with what was written, or undefined.
 * @throws whatever `fill` throws; nothing is left then.
 */
export async function writeSplits(
  data: DataSpec,
  folder: string,
  encoder: Encoder,
  context: JobContext,
  fill: (writer: SplitWriter) => Promise<boolean>,
): Promise<TokenFiles | undefined> {
  const packing = { length: data.sequence_length, eosId: encoder.eosId, bytesPerToken: bytesPerToken(encoder) };
  const sequences = { train: sequencesOf(data.train_tokens, data), heldOut: sequencesOf(data.held_out_tokens, data) };
  const wanted = (sequences.train + sequences.heldOut) * data.sequence_length;
  const train = await SequenceWriter.create(context.files, folder, 'train.tokens', { ...packing, sequences: sequences.train });
  try {
    const heldOut = await SequenceWriter.create(context.files, folder, 'held_out.tokens', { ...packing, sequences: sequences.heldOut });
    try {
      let documents = 0;
      const complete = await fill({
        train,
        heldOut,
        get full() {
          return train.full && heldOut.full;
        },
        async pause() {
          if (++documents % DOCUMENTS_PER_BREATH !== 0) return;
          context.emit({ kind: 'progress', done: train.tokens + heldOut.tokens, total: wanted, unit: 'tokens' });
          await context.breathe();
        },
      });
      if (!complete) return undefined;
      const files = { train: await train.finish(), held_out: await heldOut.finish() };
      if (files.train.sequences === 0) throw badInput(folder, '', 'at least one training sequence', 'none');
      return files;
    } finally {
      await heldOut.abort();
    }
  } finally {
    await train.abort();
  }
}
