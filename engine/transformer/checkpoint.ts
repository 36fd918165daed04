/**
 * Model checkpoints as Hugging Face Transformers lays them out: a folder of config.json, safetensors and tokenizer files.
 * Nothing but headers is read on opening; weights come block by block, in float32, when asked for.
 */
import { findLanguageModel } from '../architecture/config_family.ts';
import { readModelConfig } from '../architecture/hugging_face_config.ts';
import type { JsonObject } from '../architecture/json_fields.ts';
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import type { Architecture } from '../protocol/variant.ts';
import { checkTensors, spellingOf, type Spelling } from './checkpoint_shapes.ts';
import { ShardedTensors, type ShardedTensor } from './checkpoint_shards.ts';
import type { Files } from './files.ts';
import type { HostTensor, HostWeights } from './host_tensor.ts';
import { readJsonObject } from './json_file.ts';
import { refuseUnsupported } from './unsupported.ts';
import { blockWeightShapes, layerPrefix, modelWeightNames } from './weights.ts';

export const CONFIG_FILE = 'config.json';
export const TOKENIZER_FILE = 'tokenizer.json';

/** Weights of a model, one part at a time. */
export interface WeightSource {
  /** By names relative to the layer, in the order of `blockWeightShapes`. */
  block(layer: number): Promise<HostWeights>;
  /** [vocabulary, hidden] */
  embedding(): Promise<HostTensor>;
  /** [hidden] */
  finalNorm(): Promise<HostTensor>;
  /** [vocabulary, hidden]; the embedding where the model has no head of its own. */
  head(): Promise<HostTensor>;
}

/** An open checkpoint; `close` it. */
export interface Checkpoint extends WeightSource {
  readonly folder: string;
  readonly architecture: Architecture;
  readonly layers: number;
  /** config.json as it stands. */
  readonly config: JsonObject;
  /** What a reader should know: what of the files is not represented or not used. */
  readonly notes: readonly string[];
  /** Every tensor of the files, also of formats that cannot be read as weights. */
  readonly tensors: ReadonlyMap<string, ShardedTensor>;
  /** Path of tokenizer.json, where there is one. */
  readonly tokenizer?: string;
  /** Rows of the embedding for these token ids, in this order; reads no others. */
  embeddingRows(ids: ArrayLike<number>): Promise<HostTensor>;
  /** Rows `from` to `to` (not included) of the head. */
  headRows(from: number, to: number): Promise<HostTensor>;
  close(): Promise<void>;
}

/**
 * @throws WorkbenchError `not_found` where there is no such folder; `bad_input` where config.json or weights are missing,
 * malformed, of a family that is not run here, or do not belong together.
 */
export async function openCheckpoint(files: Files, folder: string): Promise<Checkpoint> {
  const config = await readConfig(files, folder);
  const root = { file: `${folder}/${CONFIG_FILE}`, path: '' };
  const { architecture, notes } = readModelConfig(root.file, config);
  const { family, config: languageConfig } = findLanguageModel(config, root);
  refuseUnsupported({ shape: architecture.shape, blocks: architecture.blocks, config: languageConfig });
  const shards = await ShardedTensors.open(files, folder);
  try {
    const spelling = spellingOf(shards.tensors);
    const tensorNotes = checkTensors(folder, family.name, architecture, shards.tensors, spelling);
    const tokenizer = `${folder}/${TOKENIZER_FILE}`;
    return {
      folder,
      architecture,
      layers: architecture.blocks.length,
      config,
      notes: [...notes, ...tensorNotes],
      tensors: shards.tensors,
      ...((await files.exists(tokenizer)) && { tokenizer }),
      ...weightsFrom(shards, architecture, spelling),
      close: () => shards.close(),
    };
  } catch (thrown) {
    await shards.close();
    throw thrown;
  }
}

type Reading = Pick<Checkpoint, keyof WeightSource | 'embeddingRows' | 'headRows'>;

function weightsFrom(shards: ShardedTensors, { shape, blocks }: Architecture, spelling: Spelling): Reading {
  const embedding = spelling(modelWeightNames.embedding);
  const head = shape.tie_word_embeddings ? embedding : spelling(modelWeightNames.head);
  return {
    block: async (layer) => {
      const block = blocks[layer];
      if (block === undefined) throw new RangeError(`There is no layer ${layer} among ${blocks.length}.`);
      const weights: [string, HostTensor][] = [];
      for (const name of Object.keys(blockWeightShapes(shape, block))) {
        weights.push([name, await shards.read(spelling(layerPrefix(layer) + name))]);
      }
      return Object.fromEntries(weights);
    },
    embedding: () => shards.read(embedding),
    embeddingRows: (ids) => shards.readRows(embedding, ids),
    finalNorm: () => shards.read(spelling(modelWeightNames.finalNorm)),
    head: () => shards.read(head),
    headRows: (from, to) => shards.readRowRange(head, from, to),
  };
}

async function readConfig(files: Files, folder: string): Promise<JsonObject> {
  const file = `${folder}/${CONFIG_FILE}`;
  if (!(await files.exists(file))) {
    const names = await files.list(folder);
    if (names.length === 0) throw new WorkbenchError('not_found', `There is no checkpoint folder ${folder}, or it is empty.`, { details: { file: folder } });
    const hint = names.some((name) => name.endsWith('.safetensors'))
      ? 'It may be a checkpoint whose writing was interrupted, as config.json is written last: run that step again. Otherwise add the config.json of the model.'
      : 'Choose the folder that holds config.json and the safetensors files.';
    throw badInput(folder, '', `a checkpoint with ${CONFIG_FILE}`, names.length > 3 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', '), hint);
  }
  return readJsonObject(files, file);
}
