/** The generated corpus as token files: documents of each split until it is full. */
import { WorkbenchError } from '../../protocol/errors.ts';
import type { DataSpec } from '../../protocol/train.ts';
import type { JobContext } from '../job.ts';
import { corpusDocument } from './corpus.ts';
import type { Encoder } from './encode_documents.ts';
import { writeSplits, type TokenFiles } from './split_writer.ts';

export async function writeCorpus(data: DataSpec, folder: string, encoder: Encoder, context: JobContext): Promise<TokenFiles> {
  const files = await writeSplits(data, folder, encoder, context, async (writer) => {
    for (const split of ['train', 'held_out'] as const) {
      const sequences = split === 'train' ? writer.train : writer.heldOut;
      for (let index = 0; !sequences.full; index++) {
        await sequences.add(encoder.corpusDocument(corpusDocument(data.seed, split, index)));
        await writer.pause();
      }
    }
    return true;
  });
  if (files === undefined) throw new WorkbenchError('internal', 'The generated corpus ended.');
  return files;
}
