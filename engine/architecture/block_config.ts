/**
 * One entry of `block_configs`, which Nemotron-NAS checkpoints and Puzzletron write for every layer. Older files
 * give query heads per KV head and a factor for the FFN width (`n_heads_in_group`, `ffn_mult`), newer ones the
 * numbers themselves (`num_key_value_heads`, `intermediate_size`); both are read, and may be mixed.
 */
import type { Attention, Block, Ffn, ModelShape } from '../protocol/variant.ts';
import { intermediateSizeOf } from './ffn_mult.ts';
import { at, countAt, flagAt, isGiven, objectAt, positiveAt, unexpected, type JsonObject, type Place } from './json_fields.ts';

/** Throws `badInput` where the entry is malformed or holds a block of another kind (Mamba, experts, parallel). */
export function readBlockConfig(value: unknown, place: Place, shape: ModelShape): Block {
  const entry = objectAt(value, place);
  refuse(entry, 'parallel_blocks', place, 'one attention and one FFN, one after the other');
  return {
    attention: readAttention(entry['attention'], at(place, 'attention'), shape),
    ffn: readFfn(entry['ffn'], at(place, 'ffn'), shape),
  };
}

function readAttention(value: unknown, place: Place, shape: ModelShape): Attention {
  const entry = objectAt(value, place);
  refuse(entry, 'mamba', place, 'grouped-query attention, a linear map or nothing');
  for (const key of ['llama4', 'window_length', 'num_sink_tokens']) refuse(entry, key, place, 'attention over all earlier tokens');
  const replaced = readReplacement(entry, place);
  if (replaced !== undefined) return { kind: replaced };
  const heads = shape.num_attention_heads;
  if (isGiven(entry['num_key_value_heads'])) {
    const kvPlace = at(place, 'num_key_value_heads');
    return { kind: 'gqa', kv_heads: kvHeadsAt(entry['num_key_value_heads'], kvPlace, heads) };
  }
  const groupPlace = at(place, 'n_heads_in_group');
  const group = countAt(entry['n_heads_in_group'], groupPlace);
  if (heads % group !== 0) throw unexpected(groupPlace, `a divisor of the ${heads} attention heads`, group);
  return { kind: 'gqa', kv_heads: heads / group };
}

function readFfn(value: unknown, place: Place, shape: ModelShape): Ffn {
  const entry = objectAt(value, place);
  refuse(entry, 'moe', place, 'one dense SwiGLU, a linear map or nothing');
  if (entry['gated'] === false) throw unexpected(at(place, 'gated'), 'an FFN of three matrices', false);
  const replaced = readReplacement(entry, place);
  if (replaced !== undefined) return { kind: replaced };
  if (isGiven(entry['intermediate_size'])) {
    return { kind: 'swiglu', intermediate_size: countAt(entry['intermediate_size'], at(place, 'intermediate_size')) };
  }
  const multPlace = at(place, 'ffn_mult');
  const width = intermediateSizeOf(positiveAt(entry['ffn_mult'], multPlace), shape.hidden_size);
  return { kind: 'swiglu', intermediate_size: countAt(width, multPlace) };
}

/** KV heads must share the query heads out evenly. */
export function kvHeadsAt(value: unknown, place: Place, heads: number): number {
  const kvHeads = countAt(value, place);
  if (heads % kvHeads !== 0) throw unexpected(place, `a divisor of the ${heads} attention heads`, kvHeads);
  return kvHeads;
}

function readReplacement(entry: JsonObject, place: Place): 'no_op' | 'linear' | undefined {
  const noOp = flagAt(entry['no_op'], at(place, 'no_op'));
  const linear = flagAt(entry['replace_with_linear'], at(place, 'replace_with_linear'));
  if (noOp && linear) throw unexpected(place, 'no_op or replace_with_linear', 'both');
  return noOp ? 'no_op' : linear ? 'linear' : undefined;
}

function refuse(entry: JsonObject, key: string, place: Place, expected: string): void {
  if (isGiven(entry[key])) throw unexpected(at(place, key), expected, entry[key]);
}
