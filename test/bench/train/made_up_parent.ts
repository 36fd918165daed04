/**
 * A checkpoint folder of a model of any size that takes no room: headers are real, and the weights are made as they are read.
 * Every matrix is a walk through one table of random bfloat16 numbers from a place of its own; its length is no multiple of any
 * row, so rows differ. Norms are 1. All other paths are those of `files`.
 */
import type { Architecture } from '../../../engine/protocol/variant.ts';
import { Random } from '../../../engine/train/random.ts';
import { checkpointShapes } from '../../../engine/transformer/checkpoint_shapes.ts';
import { narrow } from '../../../engine/transformer/dtypes.ts';
import type { ByteSource, Files } from '../../../engine/transformer/files.ts';
import { checkpointConfig } from '../../../engine/transformer/hf_config.ts';
import { elementCount } from '../../../engine/transformer/host_tensor.ts';
import { headerBytes } from '../../../engine/transformer/safetensors_header.ts';

const ELEMENT_BYTES = 2;
const SHARD_BYTES = 5e9;
/** A prime. */
const TABLE_ELEMENTS = 1_048_573;
const DEVIATION = 0.02;

interface Part {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

interface Shard {
  readonly header: Uint8Array;
  readonly parts: readonly Part[];
  readonly size: number;
}

/** `files`, and `folder` with the model. */
export function withMadeUpParent(files: Files, folder: string, architecture: Architecture): Files {
  const random = Random.of(1, 'table');
  const table = halves(Float32Array.from({ length: TABLE_ELEMENTS }, () => DEVIATION * random.normal()));
  const ones = halves(Float32Array.of(1));
  const shards = inShards(architecture);
  const text = new Map([
    [`${folder}/config.json`, JSON.stringify(checkpointConfig(architecture, { dtype: 'BF16' }).json)],
    [`${folder}/model.safetensors.index.json`, JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(shards.flatMap(({ parts }, i) => parts.map(({ name }) => [name, shardName(i, shards.length)]))) })],
  ]);
  const made = new Map(shards.map((shard, i) => [`${folder}/${shardName(i, shards.length)}`, shard]));
  return {
    ...files,
    open: (path) => {
      const content = text.get(path);
      if (content !== undefined) return Promise.resolve(inMemory(path, new TextEncoder().encode(content)));
      const shard = made.get(path);
      return shard === undefined ? files.open(path) : Promise.resolve(madeUp(path, shard, table, ones));
    },
    exists: (path) => (text.has(path) || made.has(path) ? Promise.resolve(true) : files.exists(path)),
    list: (path) => (path === folder ? Promise.resolve([...text.keys(), ...made.keys()].map((name) => name.slice(folder.length + 1)).sort()) : files.list(path)),
  };
}

/** Bytes of all weights. */
export function parentBytes(architecture: Architecture): number {
  return checkpointShapes(architecture).reduce((sum, { shape }) => sum + ELEMENT_BYTES * elementCount(shape), 0);
}

function shardName(index: number, count: number): string {
  const number = (value: number): string => String(value).padStart(5, '0');
  return `model-${number(index + 1)}-of-${number(count)}.safetensors`;
}

function inShards(architecture: Architecture): readonly Shard[] {
  const groups: { readonly name: string; readonly shape: readonly number[]; readonly bytes: number }[][] = [[]];
  let bytes = 0;
  for (const { name, shape } of checkpointShapes(architecture)) {
    const size = ELEMENT_BYTES * elementCount(shape);
    if (bytes > 0 && bytes + size > SHARD_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push({ name, shape, bytes: size });
    bytes += size;
  }
  return groups.map((group) => {
    const header = headerBytes(group.map(({ name, shape }) => ({ name, shape, dtype: 'BF16' })), {});
    let offset = header.length;
    const parts = group.map((part) => {
      const at = offset;
      offset += part.bytes;
      return { ...part, offset: at };
    });
    return { header, parts, size: offset };
  });
}

function halves(values: Float32Array): Uint16Array {
  const bytes = narrow('BF16', values);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, values.length);
}

function inMemory(path: string, content: Uint8Array): ByteSource {
  return { path, size: content.length, read: (offset, length) => Promise.resolve(content.slice(offset, offset + length)), close: () => Promise.resolve() };
}

/** Reads begin and end at whole elements, as those of weights do. */
function madeUp(path: string, { header, parts, size }: Shard, table: Uint16Array, ones: Uint16Array): ByteSource {
  return {
    path,
    size,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      if (offset < header.length) bytes.set(header.subarray(offset, Math.min(header.length, offset + length)));
      for (const part of parts) {
        const from = Math.max(offset, part.offset);
        const to = Math.min(offset + length, part.offset + part.bytes);
        if (from >= to) continue;
        const target = new Uint16Array((to - from) / ELEMENT_BYTES);
        const first = (from - part.offset) / ELEMENT_BYTES;
        if (part.shape.length === 1) target.fill(ones[0] ?? 0);
        else fillFrom(table, (startOf(part.name) + first) % table.length, target);
        bytes.set(new Uint8Array(target.buffer), from - offset);
      }
      return Promise.resolve(bytes);
    },
    close: () => Promise.resolve(),
  };
}

/** `table` from `start` on, again and again. */
function fillFrom(table: Uint16Array, start: number, target: Uint16Array): void {
  let place = start;
  for (let done = 0; done < target.length; ) {
    const run = table.subarray(place, place + Math.min(table.length - place, target.length - done));
    target.set(run, done);
    done += run.length;
    place = 0;
  }
}

/** FNV-1a. */
function startOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
