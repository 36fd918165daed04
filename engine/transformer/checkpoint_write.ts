/**
 * Writes a model as a checkpoint folder that Transformers and its kin load. Weights pass through one block at a time and go
 * first, config.json goes last: a folder without it is no checkpoint, so an interrupted writing is never taken for one.
 */
import type { ExportProvenance } from '../architecture/decilm.ts';
import { isGiven, type JsonObject } from '../architecture/json_fields.ts';
import type { Architecture } from '../protocol/variant.ts';
import { CONFIG_FILE, TOKENIZER_FILE, type WeightSource } from './checkpoint.ts';
import { checkpointShapes } from './checkpoint_shapes.ts';
import { INDEX_FILE, WEIGHTS_FILE } from './checkpoint_shards.ts';
import { bytesPerElement, type WeightDtype } from './dtypes.ts';
import { writeAll, type Files } from './files.ts';
import { checkpointConfig, type CheckpointConfig, type ConfigForm } from './hf_config.ts';
import { elementCount, type HostTensor } from './host_tensor.ts';
import { jsonText, parseJsonObject } from './json_file.ts';
import { writeSafetensors, type PlannedTensor } from './safetensors_write.ts';
import { specialTokens, tokenizerConfig } from './tokenizer_specials.ts';
import { blockWeightShapes, layerPrefix, modelWeightNames } from './weights.ts';

export interface CheckpointOptions {
  readonly architecture: Architecture;
  /** config.json of the model it came from: its token ids and rotary details are kept. */
  readonly config?: JsonObject | undefined;
  readonly dtype: WeightDtype;
  /** Content of tokenizer.json. */
  readonly tokenizer?: Uint8Array | string | undefined;
  /** Further files by name, such as tokenizer_config.json. */
  readonly extras?: Readonly<Record<string, Uint8Array | string>> | undefined;
  /** Weights beyond this go into several files with an index; 4 GiB where absent. */
  readonly maxShardBytes?: number | undefined;
  /** Which form config.json takes; the first that can say what the model is where absent. */
  readonly form?: ConfigForm | undefined;
  readonly provenance?: ExportProvenance | undefined;
  /** How weights are split; one file or shards by size where absent. */
  readonly layout?: ((tensors: readonly PlannedTensor[]) => readonly WeightFile[]) | undefined;
}

/** One file of weights; its name is relative to the checkpoint's folder. */
export interface WeightFile {
  readonly name: string;
  readonly tensors: readonly PlannedTensor[];
}

const DEFAULT_SHARD_BYTES = 4 * 2 ** 30;
/** Where Puzzletron keeps its weights. */
export const SUB_BLOCKS_FOLDER = 'subblocks_safetensors';
/** What Transformers insists on before it loads a file. */
const METADATA = { format: 'pt' };

/**
 * Replaces whatever checkpoint is in `folder`; other files stay. Where it fails nothing of the new one is left, nor of the
 * old. @throws WorkbenchError `bad_input` where no configuration can say what the model is, before anything is touched.
 */
export async function writeCheckpoint(files: Files, folder: string, options: CheckpointOptions, source: WeightSource): Promise<CheckpointConfig> {
  const { architecture, dtype } = options;
  const config = checkpointConfig(architecture, { parent: withTokenIds(options), dtype, form: options.form, provenance: options.provenance });
  const plan = checkpointShapes(architecture).map((tensor): PlannedTensor => ({ ...tensor, dtype }));
  const layout = (options.layout ?? ((tensors) => inShards(tensors, options.maxShardBytes ?? DEFAULT_SHARD_BYTES)))(plan);
  await removeCheckpoint(files, folder);
  const written: string[] = [];
  try {
    const tensors = tensorsOf(architecture, source);
    for (const { name, tensors: planned } of layout) {
      written.push(name);
      await writeSafetensors(files, `${folder}/${name}`, planned, next(tensors, planned.length), METADATA);
    }
    if (layout.length > 1 || layout[0]?.name !== WEIGHTS_FILE) {
      written.push(INDEX_FILE);
      await writeAll(files, `${folder}/${INDEX_FILE}`, jsonText(indexOf(layout)));
    }
    for (const [name, content] of Object.entries(companions(options))) {
      written.push(name);
      await writeAll(files, `${folder}/${name}`, content);
    }
    await writeAll(files, `${folder}/${CONFIG_FILE}`, jsonText(config.json));
    return config;
  } catch (thrown) {
    // What cannot be removed is no checkpoint without config.json; why it failed is more worth knowing.
    for (const name of written) await files.remove(`${folder}/${name}`).catch(() => undefined);
    throw thrown;
  }
}

/** Takes config.json away first, so that no moment shows half a checkpoint. */
async function removeCheckpoint(files: Files, folder: string): Promise<void> {
  const names = await files.list(folder);
  const isWeights = (name: string): boolean =>
    [WEIGHTS_FILE, INDEX_FILE, SUB_BLOCKS_FOLDER].includes(name) || /^model-\d{5}-of-\d{5}\.safetensors$/.test(name);
  for (const name of [CONFIG_FILE, ...names.filter(isWeights)]) await files.remove(`${folder}/${name}`);
}

/** In order of the plan. A layer is let go before the next is asked for. */
async function* tensorsOf({ shape, blocks }: Architecture, source: WeightSource): AsyncGenerator<readonly [string, HostTensor]> {
  yield [modelWeightNames.embedding, await source.embedding()];
  for (const [layer, block] of blocks.entries()) {
    const weights = await source.block(layer);
    for (const name of Object.keys(blockWeightShapes(shape, block))) {
      const tensor = weights[name];
      if (tensor === undefined) throw new RangeError(`The source of layer ${layer} (${block.variant}) gives no ${name}.`);
      yield [layerPrefix(layer) + name, tensor];
    }
  }
  yield [modelWeightNames.finalNorm, await source.finalNorm()];
  if (!shape.tie_word_embeddings) yield [modelWeightNames.head, await source.head()];
}

/** The next `count` items, leaving the rest for later. */
async function* next<T>(items: AsyncGenerator<T>, count: number): AsyncGenerator<T> {
  for (let taken = 0; taken < count; taken++) {
    const item = await items.next();
    if (item.done === true) return;
    yield item.value;
  }
}

/** As few files as `maxBytes` allows, in order; a tensor is never split. */
function inShards(tensors: readonly PlannedTensor[], maxBytes: number): readonly WeightFile[] {
  const shards: PlannedTensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const size = sizeOf(tensor);
    if (bytes > 0 && bytes + size > maxBytes) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(tensor);
    bytes += size;
  }
  if (shards.length === 1) return [{ name: WEIGHTS_FILE, tensors }];
  const number = (count: number): string => String(count).padStart(5, '0');
  return shards.map((shard, index) => ({ name: `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`, tensors: shard }));
}

function indexOf(layout: readonly WeightFile[]): object {
  const total = layout.reduce((sum, { tensors }) => tensors.reduce((subtotal, tensor) => subtotal + sizeOf(tensor), sum), 0);
  const entries = layout.flatMap(({ name, tensors }) => tensors.map((tensor) => [tensor.name, name] as const));
  return { metadata: { total_size: total, ...METADATA }, weight_map: Object.fromEntries(entries) };
}

function sizeOf({ shape, dtype }: PlannedTensor): number {
  return elementCount(shape) * bytesPerElement(dtype);
}

/** The parent's configuration, with the begin and end tokens of the tokenizer where it does not name any. */
function withTokenIds({ config = {}, tokenizer, extras = {} }: CheckpointOptions): JsonObject {
  if (tokenizer === undefined) return config;
  const named = extras[TOKENIZER_CONFIG_FILE];
  const { bosId, eosId } = specialTokens(
    parseJsonObject(TOKENIZER_FILE, text(tokenizer)),
    named === undefined ? {} : parseJsonObject(TOKENIZER_CONFIG_FILE, text(named)),
  );
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => isGiven(value)));
  return { ...(bosId !== undefined && { bos_token_id: bosId }), ...(eosId !== undefined && { eos_token_id: eosId }), ...given };
}

const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

function companions({ tokenizer, extras = {}, architecture }: CheckpointOptions): Readonly<Record<string, Uint8Array | string>> {
  if (tokenizer === undefined) return extras;
  const config = tokenizerConfig(parseJsonObject(TOKENIZER_FILE, text(tokenizer)), architecture.shape.max_position_embeddings);
  return { [TOKENIZER_FILE]: tokenizer, [TOKENIZER_CONFIG_FILE]: jsonText(config), ...extras };
}

function text(content: Uint8Array | string): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}
