/**
 * The tensors of a checkpoint folder, in one safetensors file or in several with an index that says which is where (the
 * layout of Hugging Face Transformers; Puzzletron keeps its shards in a folder of their own).
 */
import { at, objectAt, unexpected, type Place } from '../architecture/json_fields.ts';
import { badInput, type WorkbenchError } from '../protocol/errors.ts';
import type { Files } from './files.ts';
import type { HostTensor } from './host_tensor.ts';
import { readJsonObject } from './json_file.ts';
import { SafetensorsFile } from './safetensors.ts';
import type { TensorEntry } from './safetensors_header.ts';

export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** One tensor and the file that holds it. */
export interface ShardedTensor extends TensorEntry {
  readonly file: string;
}

/** All files of a checkpoint, open; `close` them. */
export class ShardedTensors {
  readonly tensors: ReadonlyMap<string, ShardedTensor>;
  readonly #files: readonly SafetensorsFile[];
  readonly #fileOf: ReadonlyMap<string, SafetensorsFile>;

  private constructor(files: readonly SafetensorsFile[], fileOf: ReadonlyMap<string, SafetensorsFile>) {
    this.#files = files;
    this.#fileOf = fileOf;
    const tensors = new Map<string, ShardedTensor>();
    for (const [name, file] of fileOf) {
      const entry = file.tensors.get(name);
      if (entry !== undefined) tensors.set(name, { ...entry, file: file.path });
    }
    this.tensors = tensors;
  }

  /** @throws WorkbenchError `bad_input` where weights or a shard are missing or the index does not agree with the shards. */
  static async open(files: Files, folder: string): Promise<ShardedTensors> {
    const opened: SafetensorsFile[] = [];
    try {
      if (await files.exists(`${folder}/${WEIGHTS_FILE}`)) {
        const file = await SafetensorsFile.open(files, `${folder}/${WEIGHTS_FILE}`);
        opened.push(file);
        return new ShardedTensors(opened, new Map([...file.tensors.keys()].map((name) => [name, file])));
      }
      if (!(await files.exists(`${folder}/${INDEX_FILE}`))) throw await noWeights(files, folder);
      const place: Place = { file: `${folder}/${INDEX_FILE}`, path: 'weight_map' };
      const shardOf = await readIndex(files, place);
      const names = [...new Set(shardOf.values())].sort();
      await refuseMissingShards(files, folder, names, place);
      const byName = new Map<string, SafetensorsFile>();
      for (const name of names) {
        const file = await SafetensorsFile.open(files, `${folder}/${name}`);
        opened.push(file);
        byName.set(name, file);
      }
      return new ShardedTensors(opened, assigned(shardOf, byName, place));
    } catch (thrown) {
      for (const file of opened) await file.close();
      throw thrown;
    }
  }

  /** @throws WorkbenchError `bad_input` for a name that is not there. */
  read(name: string): Promise<HostTensor> {
    return this.#file(name).read(name);
  }

  readRows(name: string, indices: ArrayLike<number>): Promise<HostTensor> {
    return this.#file(name).readRows(name, indices);
  }

  readRowRange(name: string, from: number, to: number): Promise<HostTensor> {
    return this.#file(name).readRowRange(name, from, to);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  #file(name: string): SafetensorsFile {
    const file = this.#fileOf.get(name);
    if (file === undefined) throw badInput(this.#files[0]?.path ?? 'checkpoint', `tensor ${name}`, 'a tensor of this name', 'none');
    return file;
  }
}

/** File by tensor, both as in the index. */
async function readIndex(files: Files, place: Place): Promise<ReadonlyMap<string, string>> {
  const entries = Object.entries(objectAt((await readJsonObject(files, place.file))['weight_map'], place));
  if (entries.length === 0) throw badInput(place.file, place.path, 'at least one tensor', 'none');
  return new Map(
    entries.map(([name, shard]) => {
      // Only inside the checkpoint's folder: an index from elsewhere must not read other files.
      const isInside = typeof shard === 'string' && /^[^/\\]/.test(shard) && !shard.includes('\\') && !shard.split('/').some((part) => /^\.*$/.test(part));
      if (!isInside) throw unexpected(at(place, name), 'the name of a file in this folder', shard);
      return [name, shard];
    }),
  );
}

async function refuseMissingShards(files: Files, folder: string, names: readonly string[], place: Place): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await files.exists(`${folder}/${name}`))) missing.push(name);
  if (missing.length === 0) return;
  const found = `no ${listed(missing)} (${missing.length} of ${names.length} missing)`;
  throw badInput(place.file, place.path, 'every shard in the folder', found, 'Download the missing files; a checkpoint is complete only with all of them.');
}

/** The open file of each tensor. */
function assigned(shardOf: ReadonlyMap<string, string>, files: ReadonlyMap<string, SafetensorsFile>, place: Place): ReadonlyMap<string, SafetensorsFile> {
  const fileOf = new Map<string, SafetensorsFile>();
  for (const [name, shard] of shardOf) {
    const file = files.get(shard);
    if (file?.tensors.has(name) !== true) {
      const other = [...files].find(([, candidate]) => candidate.tensors.has(name));
      const found = other === undefined ? 'it in no shard' : `it in ${other[0]}`;
      throw badInput(place.file, at(place, name).path, `this tensor in ${shard}`, found, 'Index and shards are of different checkpoints, or the index was edited.');
    }
    fileOf.set(name, file);
  }
  // What the index leaves out is there all the same, and is reported with the other tensors that nothing asks for.
  for (const file of files.values()) for (const name of file.tensors.keys()) if (!fileOf.has(name)) fileOf.set(name, file);
  return fileOf;
}

async function noWeights(files: Files, folder: string): Promise<WorkbenchError> {
  const names = await files.list(folder);
  const others = names.filter((name) => /\.(bin|pth|pt|ckpt|gguf|safetensors)$/.test(name));
  const hint = others.some((name) => name.endsWith('.gguf'))
    ? 'GGUF files are not read: get the safetensors checkpoint that it was made from.'
    : others.length > 0
      ? 'Convert it with save_pretrained of Hugging Face Transformers (safe_serialization=True).'
      : undefined;
  return badInput(folder, '', `${WEIGHTS_FILE} or ${INDEX_FILE}`, others.length > 0 ? listed(others) : 'neither', hint);
}

/** The first few of many names. */
export function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
