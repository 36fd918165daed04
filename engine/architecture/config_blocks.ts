/**
 * Reads the layers of a config.json: `block_configs` (DeciLM, Puzzletron), KV heads per layer (DeciLM 7B), Transformers'
 * sparse `per_layer_config`, or the same block in every layer.
 */
import { badInput } from '../protocol/errors.ts';
import type { Block, ModelShape } from '../protocol/variant.ts';
import { kvHeadsAt, readBlockConfig } from './block_config.ts';
import type { Family } from './families.ts';
import { at, countAt, isGiven, listAt, objectAt, unexpected, type JsonObject, type Place } from './json_fields.ts';

/** More layers than any model has; a file that claims more is wrong. */
const MAX_LAYERS = 10_000;

export interface ConfigBlocks {
  /** In order of depth; at least one. */
  readonly blocks: readonly Block[];
  /** In which of the forms they were written. */
  readonly form: string;
}

/** Throws `badInput` with the place in the file. */
export function readBlocks(config: JsonObject, root: Place, shape: ModelShape, family: Family): ConfigBlocks {
  const layersPlace = at(root, 'num_hidden_layers');
  const layers = isGiven(config['num_hidden_layers']) ? countAt(config['num_hidden_layers'], layersPlace) : undefined;
  if (layers !== undefined && layers > MAX_LAYERS) throw unexpected(layersPlace, `at most ${MAX_LAYERS} layers`, layers);
  if (isGiven(config['block_configs'])) {
    const place = at(root, 'block_configs');
    const entries = listAt(config['block_configs'], place);
    if (entries.length === 0 || entries.length !== (layers ?? entries.length)) {
      throw unexpected(place, layers === undefined ? 'at least one entry' : `${layers} entries, one for each layer`, entries);
    }
    return { blocks: entries.map((entry, index) => readBlockConfig(entry, at(place, index), shape)), form: 'block_configs' };
  }
  const depth = countAt(config['num_hidden_layers'], layersPlace);
  const heads = family.kvHeadsMayBeAbsent || config['num_key_value_heads'] === null ? shape.num_attention_heads : undefined;
  const common: LayerDefaults = { kvHeads: config['num_key_value_heads'] ?? heads, width: config['intermediate_size'] };
  if (isGiven(config['per_layer_config'])) {
    const place = at(root, 'per_layer_config');
    const overrides = objectAt(config['per_layer_config'], place);
    for (const key of Object.keys(overrides)) {
      if (!/^(0|[1-9]\d*)$/.test(key) || Number(key) >= depth) {
        throw badInput(root.file, place.path, `layer numbers from 0 to ${depth - 1}`, JSON.stringify(key));
      }
    }
    const blocks = Array.from({ length: depth }, (_, index) =>
      readOverride(overrides[index] ?? {}, at(place, `${index}`), root, common, shape),
    );
    return { blocks, form: 'per_layer_config' };
  }
  if (isGiven(config['num_key_value_heads_per_layer'])) {
    const place = at(root, 'num_key_value_heads_per_layer');
    const kvHeads = listAt(config['num_key_value_heads_per_layer'], place);
    if (kvHeads.length !== depth) throw unexpected(place, `${depth} entries, one for each layer`, kvHeads);
    const width = countAt(common.width, at(root, 'intermediate_size'));
    const blocks = kvHeads.map((value, index): Block => ({
      attention: { kind: 'gqa', kv_heads: kvHeadsAt(value, at(place, index), shape.num_attention_heads) },
      ffn: { kind: 'swiglu', intermediate_size: width },
    }));
    return { blocks, form: 'num_key_value_heads_per_layer' };
  }
  const block = readOverride({}, root, root, common, shape);
  return { blocks: Array.from({ length: depth }, () => block), form: 'the same block in every layer' };
}

/** Global values as found in the file; a layer that overrides one does not need it. */
interface LayerDefaults {
  readonly kvHeads: unknown;
  readonly width: unknown;
}

/** Sub-blocks that `skip` may name. */
const SKIPPABLE: readonly unknown[] = ['attention', 'mlp'];

function readOverride(value: unknown, place: Place, root: Place, common: LayerDefaults, shape: ModelShape): Block {
  const entry = objectAt(value, place);
  for (const key of Object.keys(entry)) {
    if (!['num_key_value_heads', 'intermediate_size', 'skip'].includes(key)) {
      throw unexpected(at(place, key), 'only num_key_value_heads, intermediate_size and skip to differ between layers', entry[key]);
    }
  }
  const skipPlace = at(place, 'skip');
  const skipped = isGiven(entry['skip']) ? listAt(entry['skip'], skipPlace) : [];
  for (const name of skipped) if (!SKIPPABLE.includes(name)) throw unexpected(skipPlace, 'attention or mlp', name);
  const field = (key: string, fallback: unknown): readonly [unknown, Place] =>
    isGiven(entry[key]) ? [entry[key], at(place, key)] : [fallback, at(root, key)];
  return {
    attention: skipped.includes('attention')
      ? { kind: 'no_op' }
      : { kind: 'gqa', kv_heads: kvHeadsAt(...field('num_key_value_heads', common.kvHeads), shape.num_attention_heads) },
    ffn: skipped.includes('mlp')
      ? { kind: 'no_op' }
      : { kind: 'swiglu', intermediate_size: countAt(...field('intermediate_size', common.width)) },
  };
}
