/**
 * Which tokens begin and end a text. A tokenizer.json does not say it: tokenizer_config.json beside it does, and where that
 * is missing the names do that models use.
 */
import type { JsonObject } from '../architecture/json_fields.ts';

export interface SpecialTokens {
  readonly bosToken?: string;
  readonly bosId?: number;
  readonly eosToken?: string;
  readonly eosId?: number;
  readonly unknownToken?: string;
}

/** Of Llama 3, Llama 2 and our own tokenizers, Qwen, GPT-2; the first that a tokenizer has counts. */
const BOS_NAMES = ['<|begin_of_text|>', '<s>', '<bos>'];
const EOS_NAMES = ['<|end_of_text|>', '</s>', '<eos>', '<|endoftext|>'];

/** `json` is a valid tokenizer.json, `config` tokenizer_config.json or empty. */
export function specialTokens(json: JsonObject, config: JsonObject): SpecialTokens {
  const ids = idsByToken(json);
  const find = (configured: unknown, names: readonly string[]): string | undefined =>
    [tokenText(configured), ...names].find((token) => token !== undefined && ids.has(token));
  const bosToken = find(config['bos_token'], BOS_NAMES);
  const eosToken = find(config['eos_token'], EOS_NAMES);
  const bosId = bosToken === undefined ? undefined : ids.get(bosToken);
  const eosId = eosToken === undefined ? undefined : ids.get(eosToken);
  const unknownToken = field(json['model'], 'unk_token');
  return {
    ...(bosToken !== undefined && bosId !== undefined && { bosToken, bosId }),
    ...(eosToken !== undefined && eosId !== undefined && { eosToken, eosId }),
    ...(typeof unknownToken === 'string' && { unknownToken }),
  };
}

/** A tokenizer_config.json for tokenizers that come without one, so that Transformers loads them as they are. */
export function tokenizerConfig(json: JsonObject, maxLength: number | undefined): JsonObject {
  const { bosToken, eosToken, unknownToken } = specialTokens(json, {});
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    ...(bosToken !== undefined && { bos_token: bosToken }),
    ...(eosToken !== undefined && { eos_token: eosToken }),
    ...(unknownToken !== undefined && { unk_token: unknownToken }),
    ...(maxLength !== undefined && { model_max_length: maxLength }),
  };
}

function idsByToken(json: JsonObject): ReadonlyMap<string, number> {
  const vocabulary = field(json['model'], 'vocab');
  const ids = new Map<string, number>();
  const entries: (readonly [unknown, unknown])[] = Array.isArray(vocabulary)
    ? vocabulary.map((item: unknown, id) => [Array.isArray(item) ? item[0] : undefined, id])
    : Object.entries(typeof vocabulary === 'object' && vocabulary !== null ? vocabulary : {});
  const added: unknown = json['added_tokens'];
  if (Array.isArray(added)) entries.push(...added.map((token: unknown) => [field(token, 'content'), field(token, 'id')] as const));
  for (const [token, id] of entries) if (typeof token === 'string' && typeof id === 'number') ids.set(token, id);
  return ids;
}

/** A token is written as its text or as an object with `content`. */
function tokenText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value : field(value, 'content');
  return typeof text === 'string' ? text : undefined;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[key] : undefined;
}
