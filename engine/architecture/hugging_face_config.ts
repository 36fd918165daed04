/**
 * Reads the config.json of a Llama-family model as an architecture: DeciLM or Puzzletron with `block_configs`,
 * Transformers' sparse `per_layer_config`, or a plain one whose layers are all the same.
 */
import { z } from 'zod';
import { badInput } from '../protocol/errors.ts';
import { chosenBlock, type Architecture, type Block, type ModelShape } from '../protocol/variant.ts';
import { kvHeadsAt, readBlockConfig } from './block_config.ts';
import { WORKBENCH_KEY } from './decilm.ts';
import { at, countAt, flagAt, isGiven, listAt, objectAt, positiveAt, unexpected, type JsonObject, type Place } from './json_fields.ts';
import { parents } from './presets.ts';

/** Types whose layers are what a variant describes: RMSNorm, rotary grouped-query attention, SwiGLU, no biases. */
const MODEL_TYPES: readonly string[] = ['llama', 'mistral', 'nemotron-nas'];
/** More layers than any model has; a file that claims more is wrong. */
const MAX_LAYERS = 10_000;

/** What our own exports say beyond the configuration. */
const exportedSchema = z.object({
  architecture: z.object({
    id: z.string().min(1),
    name: z.string().min(1),
    parent: z.string().optional(),
    external: z.boolean(),
    source: z.string(),
    parent_layers: z.array(z.array(z.number().int().nonnegative()).min(1)).optional(),
  }),
});

/**
 * The architecture that the parsed file `json` describes. Throws `badInput` with the place where it is of another
 * kind or malformed. The parent is the one our own export names, else the preset of the same dimensions and depth
 * where there is only one.
 */
export function fromHuggingFaceConfig(file: string, json: unknown): Architecture {
  const root: Place = { file, path: '' };
  const config = objectAt(json, root);
  const modelType = config['model_type'];
  if (modelType !== undefined && (typeof modelType !== 'string' || !MODEL_TYPES.includes(modelType))) {
    throw unexpected(at(root, 'model_type'), `a Llama-family model (${MODEL_TYPES.join(', ')})`, modelType);
  }
  for (const key of ['attention_bias', 'mlp_bias']) {
    if (flagAt(config[key], at(root, key))) throw unexpected(at(root, key), 'a model without biases', true);
  }
  const shape = readShape(config, root);
  const { blocks, form } = readBlocks(config, root, shape);
  const exported = readExported(config, root, blocks.length);
  const name = exported?.name ?? stem(file);
  const layers = exported?.parent_layers ?? blocks.map((_, index) => [index]);
  return {
    id: exported?.id ?? name,
    name,
    ...(exported === undefined ? relationToParents(shape, blocks.length) : relation(exported.parent, exported.external)),
    shape,
    blocks: blocks.map((block, index) => chosenBlock(layers[index] ?? [index], block)),
    source: exported?.source ?? `${file} (${form})`,
  };
}

function readShape(config: JsonObject, root: Place): ModelShape {
  const count = (key: string): number => countAt(config[key], at(root, key));
  const hidden = count('hidden_size');
  const heads = count('num_attention_heads');
  const headDim = config['head_dim'] ?? hidden / heads;
  const rope = readRope(config, root);
  return {
    hidden_size: hidden,
    num_attention_heads: heads,
    head_dim: countAt(headDim, at(root, 'head_dim')),
    vocab_size: count('vocab_size'),
    tie_word_embeddings: flagAt(config['tie_word_embeddings'], at(root, 'tie_word_embeddings')),
    ...(isGiven(config['max_position_embeddings']) && { max_position_embeddings: count('max_position_embeddings') }),
    ...(isGiven(config['rms_norm_eps']) && { rms_norm_eps: positiveAt(config['rms_norm_eps'], at(root, 'rms_norm_eps')) }),
    ...rope,
  };
}

/** Up to Transformers 4 `rope_theta` and `rope_scaling`, from 5 on both inside `rope_parameters`. */
function readRope(config: JsonObject, root: Place): Pick<ModelShape, 'rope_theta' | 'rope_scaling'> {
  const key = isGiven(config['rope_parameters']) ? 'rope_parameters' : 'rope_scaling';
  const place = at(root, key);
  const scaling = new Map<string, string | number>();
  let theta = config['rope_theta'];
  let thetaPlace = at(root, 'rope_theta');
  for (const [name, value] of Object.entries(isGiven(config[key]) ? objectAt(config[key], place) : {})) {
    if (name === 'rope_theta') {
      theta = value;
      thetaPlace = at(place, name);
    } else if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) scaling.set(name, value);
    else throw unexpected(at(place, name), 'a number or a text', value);
  }
  return {
    ...(isGiven(theta) && { rope_theta: positiveAt(theta, thetaPlace) }),
    ...(scaling.size > 0 && { rope_scaling: Object.fromEntries(scaling) }),
  };
}

function readBlocks(config: JsonObject, root: Place, shape: ModelShape): { readonly blocks: readonly Block[]; readonly form: string } {
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
  const common: LayerDefaults = { kvHeads: config['num_key_value_heads'] ?? shape.num_attention_heads, width: config['intermediate_size'] };
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

function readExported(
  config: JsonObject,
  root: Place,
  blocks: number,
): z.infer<typeof exportedSchema>['architecture'] | undefined {
  if (!isGiven(config[WORKBENCH_KEY])) return undefined;
  const place = at(root, WORKBENCH_KEY);
  const parsed = exportedSchema.safeParse(config[WORKBENCH_KEY]);
  const hint = 'This block was written by Puzzle Workbench; without it the rest can be read.';
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = [place.path, ...(issue?.path ?? [])].join('.');
    throw badInput(root.file, path, 'what an export writes there', issue?.message ?? 'something else', hint);
  }
  const { architecture } = parsed.data;
  if ((architecture.parent_layers?.length ?? blocks) !== blocks) {
    const layersPlace = at(at(place, 'architecture'), 'parent_layers');
    throw unexpected(layersPlace, `${blocks} entries, one for each layer`, architecture.parent_layers, hint);
  }
  return architecture;
}

type Relation = Pick<Architecture, 'parent' | 'external'>;

function relation(parent: string | undefined, external: boolean): Relation {
  return { ...(parent !== undefined && { parent }), external };
}

/** Compared with presets of the same dimensions, a model of another depth has layers of its own. */
function relationToParents(shape: ModelShape, layers: number): Relation {
  const alike = parents().filter(
    (parent) =>
      parent.shape.hidden_size === shape.hidden_size &&
      parent.shape.num_attention_heads === shape.num_attention_heads &&
      parent.shape.vocab_size === shape.vocab_size,
  );
  const asDeep = alike.filter((parent) => parent.num_hidden_layers === layers);
  const external = alike.length > 0 && asDeep.length === 0;
  const candidates = external ? alike : asDeep;
  return relation(candidates.length === 1 ? candidates[0]?.id : undefined, external);
}

/** `config.json` says nothing, so the folder before it is used where there is one. */
function stem(file: string): string {
  const parts = file.split(/[\\/]/).filter((part) => part !== '');
  const last = parts.at(-1)?.replace(/\.json$/i, '') ?? file;
  return last === 'config' ? (parts.at(-2) ?? last) : last;
}
