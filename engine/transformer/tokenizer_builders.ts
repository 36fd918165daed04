/** Makes tokenizer.json files for own parents: one token per byte, or one per word of a closed vocabulary. */
import { badInput } from '../protocol/errors.ts';
import { jsonText } from './json_file.ts';

const BOS = '<bos>';
const EOS = '<eos>';
const UNKNOWN = '<unk>';

/**
 * Byte-level BPE without merges: ids 0 to 255 are the bytes of UTF-8, 256 begins and 257 ends a text. Reads any text and
 * gives it back unchanged.
 */
export function byteTokenizerJson(): string {
  const vocabulary = Object.fromEntries(Array.from({ length: 256 }, (_, byte) => [byteCharacter(byte), byte]));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true };
  return tokenizerJson({
    addedTokens: [addedToken(256, BOS), addedToken(257, EOS)],
    preTokenizer: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges: [],
    },
  });
}

/**
 * One token per word, words being what white space separates: 0 is any unknown word, 1 begins and 2 ends a text, then
 * `words` in their order. Decoding joins words with one space. @throws WorkbenchError `bad_input` for a word that is empty,
 * holds white space, or is there twice.
 */
export function wordTokenizerJson(words: readonly string[]): string {
  const specials = [UNKNOWN, BOS, EOS];
  const ids = new Map(specials.map((token, id) => [token, id]));
  for (const word of words) {
    if (word === '' || /\s/.test(word)) throw badInput('vocabulary', '', 'words without white space', JSON.stringify(word));
    if (ids.has(word)) throw badInput('vocabulary', '', 'every word once', `${JSON.stringify(word)} twice`);
    ids.set(word, ids.size);
  }
  return tokenizerJson({
    addedTokens: specials.map((token, id) => addedToken(id, token)),
    preTokenizer: { type: 'WhitespaceSplit' },
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(ids), unk_token: UNKNOWN },
  });
}

interface Parts {
  readonly addedTokens: readonly object[];
  readonly preTokenizer: object;
  readonly decoder: object | null;
  readonly model: object;
}

/** Every field that readers insist on, null where it does nothing. */
function tokenizerJson({ addedTokens, preTokenizer, decoder, model }: Parts): string {
  return jsonText({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens,
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder,
    model,
  });
}

function addedToken(id: number, content: string): object {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/**
 * The character that stands for a byte in byte-level vocabularies (GPT-2): itself where it is printable, else the next free
 * one from U+0100 on.
 */
function byteCharacter(byte: number): string {
  return String.fromCodePoint(isPrintable(byte) ? byte : 0x100 + unprintableBelow(byte));
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
}

function unprintableBelow(byte: number): number {
  let count = 0;
  for (let lower = 0; lower < byte; lower++) if (!isPrintable(lower)) count++;
  return count;
}
