/**
 * The packed sequences of one split. Small files are read at once and checked whole; large ones are read sequence by
 * sequence, each checked when it is wanted, so that a trainer process needs no memory for a corpus.
 */
import { badInput } from '../../protocol/errors.ts';
import type { Files } from '../../transformer/files.ts';
import { Crc32 } from './crc32.ts';
import type { DataDescription, TokenFile } from './data_format.ts';

export interface TokenSet {
  /** Sequences. */
  readonly count: number;
  /** Tokens per sequence. */
  readonly length: number;
  /** Ids are below this. */
  readonly vocabularySize: number;
  /** [length] token ids. @throws WorkbenchError `bad_input` where the file is damaged. */
  sequence(index: number): Promise<Int32Array<ArrayBuffer>>;
  /** [indices.length x length] token ids, row-major. */
  batch(indices: ArrayLike<number>): Promise<Int32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export const IN_MEMORY_BYTES = 64 * 2 ** 20;

/**
 * Opens the tokens that `described` describes.
 * @throws WorkbenchError `not_found`, or `bad_input` where size, checksum or ids are not as described.
 */
export async function openTokens(
  files: Files,
  folder: string,
  described: TokenFile,
  form: Pick<DataDescription, 'sequence_length' | 'vocabulary_size' | 'bytes_per_token'>,
  inMemoryBytes = IN_MEMORY_BYTES,
): Promise<TokenSet> {
  const path = `${folder}/${described.file}`;
  const { sequence_length: length, vocabulary_size: vocabularySize, bytes_per_token: bytesPerToken } = form;
  const count = described.sequences;
  const bytesPerSequence = length * bytesPerToken;
  const source = await files.open(path);

  const read = async (first: number, sequences: number): Promise<Uint8Array<ArrayBuffer>> =>
    source.read(first * bytesPerSequence, sequences * bytesPerSequence);
  const decode = (bytes: Uint8Array<ArrayBuffer>, firstToken: number): Int32Array<ArrayBuffer> => {
    // A copy starts where a typed array may.
    const { buffer } = bytes.slice();
    const ids = Int32Array.from(bytesPerToken === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer));
    ids.forEach((id, i) => {
      if (id < 0 || id >= vocabularySize) {
        throw badInput(path, `token ${firstToken + i}`, `an id below ${vocabularySize}`, String(id >>> 0), 'Prepare the data again.');
      }
    });
    return ids;
  };

  let whole: Int32Array<ArrayBuffer> | undefined;
  try {
    if (source.size !== count * bytesPerSequence) {
      const expected = `${count * bytesPerSequence} bytes (${count} sequences of ${length} tokens of ${bytesPerToken} bytes)`;
      throw badInput(path, '', expected, `${source.size} bytes`, 'Prepare the data again.');
    }
    if (source.size <= inMemoryBytes) {
      const bytes = await read(0, count);
      const found = new Crc32().add(bytes).digits;
      if (found !== described.crc32) {
        throw badInput(path, '', `the checksum ${described.crc32} that data.json gives`, found, 'Prepare the data again.');
      }
      whole = decode(bytes, 0);
    }
  } catch (error) {
    await source.close();
    throw error;
  }

  const sequence = async (index: number): Promise<Int32Array<ArrayBuffer>> => {
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new RangeError(`${path} has ${count} sequences, not number ${index}.`);
    return whole === undefined ? decode(await read(index, 1), index * length) : whole.slice(index * length, (index + 1) * length);
  };
  return {
    count,
    length,
    vocabularySize,
    sequence,
    async batch(indices) {
      const ids = new Int32Array(indices.length * length);
      for (let row = 0; row < indices.length; row++) ids.set(await sequence(indices[row] ?? 0), row * length);
      return ids;
    },
    close: () => source.close(),
  };
}
