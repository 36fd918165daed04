/**
 * Which tensors a checkpoint of an architecture must hold, and how a file's names for them begin: `model.` where the whole
 * model was saved, nothing where only its decoder was, longer where the model also sees or hears.
 */
import { badInput } from '../protocol/errors.ts';
import type { Architecture } from '../protocol/variant.ts';
import { listed, type ShardedTensor } from './checkpoint_shards.ts';
import { isWeightDtype, WEIGHT_DTYPES } from './dtypes.ts';
import { shown } from './safetensors_header.ts';
import { blockWeightShapes, layerPrefix, modelWeightNames, modelWeightShapes } from './weights.ts';

/** A tensor by the full name that Transformers gives it in a model of this architecture. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** All tensors in order of computation: embedding, layers, final norm, and the head unless it is the embedding. */
export function checkpointShapes({ shape, blocks }: Pick<Architecture, 'shape' | 'blocks'>): readonly NamedShape[] {
  const outside = modelWeightShapes(shape);
  const named = (names: readonly string[]): readonly NamedShape[] =>
    names.flatMap((name) => (outside[name] === undefined ? [] : [{ name, shape: outside[name] }]));
  return [
    ...named([modelWeightNames.embedding]),
    ...blocks.flatMap((block, layer) =>
      Object.entries(blockWeightShapes(shape, block)).map(([name, sizes]) => ({ name: layerPrefix(layer) + name, shape: sizes })),
    ),
    ...named([modelWeightNames.finalNorm, modelWeightNames.head]),
  ];
}

/** How a file spells the names of `checkpointShapes`. */
export type Spelling = (name: string) => string;

const STANDARD = 'model.';
const PREFIXES = [STANDARD, '', 'language_model.model.', 'model.language_model.'];

/** By where the embedding is; Transformers' own where it is nowhere. */
export function spellingOf(tensors: ReadonlyMap<string, unknown>): Spelling {
  const withPrefix = (prefix: string): Spelling => (name) => {
    if (name.startsWith(STANDARD)) return prefix + name.slice(STANDARD.length);
    return prefix === 'language_model.model.' ? `language_model.${name}` : name;
  };
  const prefix = PREFIXES.find((candidate) => tensors.has(withPrefix(candidate)(modelWeightNames.embedding)));
  return withPrefix(prefix ?? STANDARD);
}

/**
 * Notes about what the file holds beyond the architecture. @throws WorkbenchError `bad_input` where a tensor is missing, of
 * another shape, or in a format that is not read; `source` is the place to name.
 */
export function checkTensors(source: string, family: string, architecture: Architecture, tensors: ReadonlyMap<string, ShardedTensor>, spelling: Spelling): readonly string[] {
  const expected = checkpointShapes(architecture).map(({ name, shape }) => ({ name: spelling(name), shape }));
  const missing = expected.filter(({ name }) => !tensors.has(name));
  const [firstMissing] = missing;
  if (firstMissing !== undefined) {
    const wanted = `the ${expected.length} tensors of a ${family} model with ${architecture.blocks.length} layers, by Transformers' names`;
    const found = `${missing.length} missing: ${listed(missing.map(({ name }) => name))}`;
    throw badInput(source, firstMissing.name, wanted, found, hintFor(missing, tensors));
  }
  for (const { name, shape } of expected) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw badInput(tensor.file, `tensor ${name}`, `${shown(shape)}, as config.json says`, shown(tensor.shape), 'config.json and weights are of different models.');
    }
    if (!isWeightDtype(tensor.dtype)) {
      throw badInput(tensor.file, `tensor ${name}`, `weights in ${WEIGHT_DTYPES.join(', ')}`, tensor.dtype, 'Quantised weights are not read: get or convert to the BF16 checkpoint.');
    }
  }
  return notesOn(new Set(expected.map(({ name }) => name)), architecture, tensors, spelling);
}

/** Rotation frequencies, which old checkpoints hold and every loader computes itself. */
const COMPUTED = '.rotary_emb.inv_freq';

function notesOn(expected: ReadonlySet<string>, { shape }: Architecture, tensors: ReadonlyMap<string, unknown>, spelling: Spelling): readonly string[] {
  const head = spelling(modelWeightNames.head);
  const extra = [...tensors.keys()].filter((name) => !expected.has(name) && !name.endsWith(COMPUTED) && name !== head);
  return [
    ...(shape.tie_word_embeddings && tensors.has(head) ? [`The head is the embedding, as tie_word_embeddings says; ${head} of the file is not used.`] : []),
    ...(extra.length === 0 ? [] : [`${extra.length} tensors of the checkpoint belong to nothing that config.json describes and are not used: ${listed(extra)}.`]),
  ];
}

function hintFor(missing: readonly NamedShape[], tensors: ReadonlyMap<string, unknown>): string {
  const names = [...tensors.keys()];
  if (names.some((name) => /\.(qkv_proj|gate_up_proj)\.weight$/.test(name))) {
    return 'This checkpoint keeps several projections in one matrix (as Phi-3), which is not read: convert it to the names of Llama first.';
  }
  if (names.some((name) => /\.(qweight|qzeros|weight_packed)$/.test(name))) return 'Its weights are quantised, which is not read: get the BF16 checkpoint.';
  if (names.includes('tok_embeddings.weight')) return "These are the original names of the model's makers: convert it with Transformers' conversion script first.";
  if (missing.length === 1 && missing[0]?.name.endsWith(modelWeightNames.head)) {
    return 'If the model uses its embedding as head, set tie_word_embeddings to true in config.json.';
  }
  return 'config.json and weights are of different models, or the checkpoint is incomplete.';
}
