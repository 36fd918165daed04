/**
 * Text to token ids and back by a tokenizer.json, through @huggingface/tokenizers. That library believes what it is given,
 * so the file is checked first and whatever it throws afterwards becomes an error that names the file.
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { at, isGiven, listAt, objectAt, unexpected, type JsonObject, type Place } from '../architecture/json_fields.ts';
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import type { Files } from './files.ts';
import { readJsonObject } from './json_file.ts';
import { specialTokens } from './tokenizer_specials.ts';

export interface Tokenizer {
  /** Special tokens that the file's template adds, such as a begin token, only where `special` is true. */
  encode(text: string, options?: { readonly special?: boolean }): Int32Array<ArrayBuffer>;
  /** Special tokens are left out unless `special` is true. @throws WorkbenchError `bad_input` for an id that is none. */
  decode(ids: ArrayLike<number>, options?: { readonly special?: boolean }): string;
  /** One more than the highest id. A model's vocabulary may be larger, for alignment. */
  readonly vocabularySize: number;
  readonly bosId?: number;
  readonly eosId?: number;
  idOf(token: string): number | undefined;
}

/** More tokens than any vocabulary has; a larger id would only waste memory. */
const MAX_ID = 10_000_000;

/** @throws WorkbenchError `not_found`, or `bad_input` where the file is not a tokenizer that can be run. */
export async function openTokenizer(files: Files, path: string): Promise<Tokenizer> {
  const json = await readJsonObject(files, path);
  const configPath = path.replace(/[^/\\]*$/, 'tokenizer_config.json');
  const config = (await files.exists(configPath)) ? await readJsonObject(files, configPath) : {};
  return tokenizerFrom(path, json, config);
}

/** `config` is tokenizer_config.json, of which only the names of special tokens are used. `file` is for messages. */
export function tokenizerFrom(file: string, json: JsonObject, config: JsonObject = {}): Tokenizer {
  const root: Place = { file, path: '' };
  const model = objectAt(json['model'], at(root, 'model'));
  const vocabularySize = checkedVocabulary(json, model, root);
  const { bosId, eosId, eosToken } = specialTokens(json, config);
  const built = guarded(file, 'read', () => {
    const unknown = model['unk_token'];
    return new HuggingFaceTokenizer(
      { added_tokens: [], decoder: null, post_processor: null, pre_tokenizer: null, normalizer: null, ...definedOnly(json) },
      // What a WordLevel model takes for unknown words is looked for in the configuration, unlike for the others.
      { clean_up_tokenization_spaces: false, ...(typeof unknown === 'string' && { unk_token: unknown }), ...(eosToken !== undefined && { eos_token: eosToken }) },
    );
  });
  return {
    vocabularySize,
    ...(bosId !== undefined && { bosId }),
    ...(eosId !== undefined && { eosId }),
    idOf: (token) => built.token_to_id(token),
    encode: (text, { special = false } = {}) => {
      const ids: readonly unknown[] = guarded(file, 'encode with', () => built.encode(text, { add_special_tokens: special }).ids);
      return Int32Array.from(ids, (id, position) => {
        if (typeof id === 'number' && Number.isInteger(id)) return id;
        throw badInput(file, 'model', 'a token for every part of a text', `none for token ${position} of this one`, 'The vocabulary has no token for unknown words: use the tokenizer that belongs to the model.');
      });
    },
    decode: (ids, { special = false } = {}) => {
      if (ids.length === 0) return '';
      const list = Array.from(ids);
      const unknown = list.find((id) => built.id_to_token(id) === undefined);
      if (unknown !== undefined) throw badInput(file, '', `ids of tokens, below ${vocabularySize}`, String(unknown));
      return guarded(file, 'decode with', () => built.decode(list, { skip_special_tokens: !special }));
    },
  };
}

/** The vocabulary's size. @throws WorkbenchError `bad_input` where an id is missing, not a number, absurd or taken twice. */
function checkedVocabulary(json: JsonObject, model: JsonObject, root: Place): number {
  const place = at(at(root, 'model'), 'vocab');
  const vocabulary = model['vocab'];
  const entries: (readonly [string, unknown])[] = Array.isArray(vocabulary)
    ? vocabulary.map((item: unknown, id) => [scoredToken(item, at(place, id)), id])
    : Object.entries(objectAt(vocabulary, place));
  const owner = new Map<number, string>();
  const claim = (token: string, id: unknown, where: Place): void => {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > MAX_ID) throw unexpected(where, `a token id from 0 to ${MAX_ID}`, id);
    if ((owner.get(id) ?? token) !== token) throw badInput(root.file, where.path, 'an id of its own', `${id}, which ${JSON.stringify(owner.get(id))} has`);
    owner.set(id, token);
  };
  for (const [token, id] of entries) claim(token, id, at(place, token));
  if (model['type'] === 'BPE' || isGiven(model['merges'])) checkMerges(model, root);
  const addedPlace = at(root, 'added_tokens');
  for (const [index, value] of (isGiven(json['added_tokens']) ? listAt(json['added_tokens'], addedPlace) : []).entries()) {
    const tokenPlace = at(addedPlace, index);
    const token = objectAt(value, tokenPlace);
    const content = token['content'];
    if (typeof content !== 'string' || content === '') throw unexpected(at(tokenPlace, 'content'), 'the text of the token', content);
    claim(content, token['id'], at(tokenPlace, 'id'));
  }
  if (owner.size === 0) throw badInput(root.file, place.path, 'at least one token', 'none');
  let highest = 0;
  for (const id of owner.keys()) highest = Math.max(highest, id);
  return highest + 1;
}

/** `["text", score]` of a Unigram model. */
function scoredToken(value: unknown, place: Place): string {
  const [token, score] = listAt(value, place);
  if (typeof token !== 'string' || typeof score !== 'number') throw unexpected(place, 'a token and its score', value);
  return token;
}

/** `"a b"` or `["a", "b"]`. */
function checkMerges(model: JsonObject, root: Place): void {
  const place = at(at(root, 'model'), 'merges');
  const merges = listAt(model['merges'], place);
  const isPair = (merge: unknown): boolean => Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === 'string');
  const isText = (merge: unknown): boolean => typeof merge === 'string' && merge.includes(' ');
  const isOfForm = Array.isArray(merges[0]) ? isPair : isText;
  for (const [index, merge] of merges.entries()) if (!isOfForm(merge)) throw unexpected(at(place, index), 'two tokens', merge);
}

/** Without fields that are `undefined`, which would hide the defaults before them. */
function definedOnly(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => isGiven(value)));
}

function guarded<T>(file: string, doing: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof WorkbenchError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw badInput(file, '', `a tokenizer that one can ${doing}`, `an error: ${reason}`, 'Use the tokenizer.json that belongs to the model.');
  }
}
