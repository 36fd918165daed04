/**
 * A user's text as token files. Whether a document is held out is decided by a seeded hash of its number, so no document is
 * in both splits; text is read only as far as both need.
 */
import { WorkbenchError } from '../../protocol/errors.ts';
import type { DataSpec } from '../../protocol/train.ts';
import type { JobContext } from '../job.ts';
import { Random } from '../random.ts';
import type { Encoder } from './encode_documents.ts';
import { sequencesOf, writeSplits, type TokenFiles } from './split_writer.ts';
import type { UserText } from './user_documents.ts';

/** More documents are held out than the tokens wanted ask for, as documents differ in length. */
const MARGIN = 1.25;
/** At most half of the documents are held out, at least one in a hundred. */
const SHARES = { least: 0.01, largest: 0.5 };

interface Amounts {
  documents: number;
  tokens: number;
}

/**
 * Where the text ends before enough is held out, it is read again with more documents held out and fewer to train on.
 * @throws WorkbenchError `bad_input` where that does not help either, saying how much text there is.
 */
export async function writeUserText(text: UserText, path: string, data: DataSpec, folder: string, encoder: Encoder, context: JobContext): Promise<TokenFiles> {
  const heldOutTokens = sequencesOf(data.held_out_tokens, data) * data.sequence_length;
  const trainTokens = sequencesOf(data.train_tokens, data) * data.sequence_length;
  let share = shareFor(heldOutTokens, heldOutTokens + trainTokens);
  for (;;) {
    const amounts = { train: { documents: 0, tokens: 0 }, heldOut: { documents: 0, tokens: 0 } };
    const files = await writeSplits(data, folder, encoder, context, async (writer) => {
      let index = 0;
      for await (const document of text.documents()) {
        const side = isHeldOut(data.seed, index++, share) ? 'heldOut' : 'train';
        await writer.pause();
        if (writer[side].full) continue;
        const ids = encoder.text(document);
        amounts[side].documents++;
        amounts[side].tokens += ids.length + 1;
        await writer[side].add(ids);
        if (writer.full) return true;
      }
      return writer.heldOut.full && writer.train.tokens >= data.sequence_length;
    });
    if (files !== undefined) return files;
    const total = amounts.train.tokens + amounts.heldOut.tokens;
    const larger = Math.max(shareFor(heldOutTokens, total), Math.min(SHARES.largest, share * MARGIN));
    if (larger <= share || heldOutTokens > total * SHARES.largest) throw tooLittle(path, amounts, heldOutTokens, data);
    share = larger;
  }
}

function shareFor(heldOutTokens: number, total: number): number {
  return Math.min(SHARES.largest, Math.max(SHARES.least, (MARGIN * heldOutTokens) / Math.max(total, 1)));
}

function isHeldOut(seed: number, index: number, share: number): boolean {
  return Random.of(seed, `user document ${index}`).uniform() < share;
}

function tooLittle(path: string, { train, heldOut }: { readonly train: Amounts; readonly heldOut: Amounts }, wanted: number, data: DataSpec): WorkbenchError {
  const documents = train.documents + heldOut.documents;
  const tokens = train.tokens + heldOut.tokens;
  const found = `${documents} ${documents === 1 ? 'document' : 'documents'} with ${tokens} tokens`;
  return new WorkbenchError(
    'bad_input',
    `${path} holds too little text: ${found} in all. Held out are to be ${wanted} tokens, from at most half of the documents, and at least ${data.sequence_length} must be left to train on.`,
    {
      hint:
        documents < 2
          ? 'A text is split by document: give more files, or blank lines between passages of at least 2,000 characters.'
          : `Give more text, or hold out fewer tokens (${Math.floor(tokens / 4)}, say).`,
      details: { file: path, expected: `at least ${2 * wanted} tokens`, found },
    },
  );
}
