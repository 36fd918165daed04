/**
 * The header of a safetensors file: eight bytes of length (little-endian), then JSON that gives each tensor's format,
 * shape and place in the data behind it. Such files come from anywhere, so nothing in them is believed: whatever does not
 * add up is refused with the file, the tensor, what was expected and what was found.
 */
import { at, objectAt, unexpected, type JsonObject, type Place } from '../architecture/json_fields.ts';
import { badInput } from '../protocol/errors.ts';
import { DTYPE_BITS } from './dtypes.ts';
import type { ByteSource } from './files.ts';
import { elementCount } from './host_tensor.ts';
import { repeatedKey } from './safetensors_keys.ts';

/** One tensor of a file. */
export interface TensorEntry {
  readonly name: string;
  /** As in the file; not every format can be read as weights. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of its first byte, from the beginning of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  /** The text entries of `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in order of their data. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

export const METADATA_KEY = '__metadata__';
/** Bytes before the header that say how long it is. */
export const LENGTH_BYTES = 8;
/** Also the format's own limit. */
export const MAX_HEADER_BYTES = 100_000_000;

const HINT = 'The file is damaged or incomplete: copy or download it again.';

/** Reads no further than the header. @throws WorkbenchError `bad_input` */
export async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const root: Place = { file: source.path, path: '' };
  const lengthPlace = at(root, 'header length');
  if (source.size < LENGTH_BYTES) throw badInput(source.path, '', 'a safetensors file', `${source.size} bytes`, HINT);
  const first = await source.read(0, LENGTH_BYTES);
  const length = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigInt64(0, true);
  if (length < 0n || length > BigInt(MAX_HEADER_BYTES)) {
    throw unexpected(lengthPlace, `0 to ${MAX_HEADER_BYTES} bytes`, Number(length), 'This is no safetensors file, or it is damaged.');
  }
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > source.size) {
    throw badInput(source.path, lengthPlace.path, `at most the ${source.size - LENGTH_BYTES} bytes that follow`, `${length}`, HINT);
  }
  const header = objectAt(parse(await source.read(LENGTH_BYTES, Number(length)), root), at(root, 'header'));
  const metadata = readMetadata(header[METADATA_KEY], at(root, METADATA_KEY));
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => readEntry(name, value, tensorPlace(root, name), dataStart, source.size));
  return { metadata, tensors: checkedLayout(entries, root, dataStart, source.size) };
}

function parse(bytes: Uint8Array, root: Place): unknown {
  const place = at(root, 'header');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badInput(root.file, place.path, 'JSON in UTF-8', 'bytes that are no UTF-8', HINT);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw badInput(root.file, place.path, 'JSON', thrown instanceof Error ? `an error: ${thrown.message}` : 'an error', HINT);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw badInput(root.file, place.path, 'every key once', `${JSON.stringify(shortened(twice))} twice`);
  return value;
}

function readMetadata(value: unknown, place: Place): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const texts: [string, string][] = Object.entries(objectAt(value, place)).map(([key, text]) => {
    if (typeof text !== 'string') throw unexpected(at(place, shortened(key)), 'a text', text);
    return [key, text];
  });
  return Object.fromEntries(texts);
}

function readEntry(name: string, value: unknown, place: Place, dataStart: number, fileSize: number): TensorEntry {
  const entry: JsonObject = objectAt(value, place);
  const dtype = entry['dtype'];
  const bits = typeof dtype === 'string' && Object.hasOwn(DTYPE_BITS, dtype) ? DTYPE_BITS[dtype] : undefined;
  if (typeof dtype !== 'string' || bits === undefined) {
    throw unexpected(at(place, 'dtype'), `one of ${Object.keys(DTYPE_BITS).join(', ')}`, dtype);
  }
  const shape = readSizes(entry['shape'], at(place, 'shape'));
  const elements = shape.reduce((product, size) => {
    const next = product * size;
    if (next * 64 > Number.MAX_SAFE_INTEGER) throw badInput(place.file, at(place, 'shape').path, 'a shape that a file can hold', shown(shape));
    return next;
  }, 1);
  const offsetsPlace = at(place, 'data_offsets');
  const offsets = readSizes(entry['data_offsets'], offsetsPlace);
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2) {
    throw badInput(place.file, offsetsPlace.path, 'a list of two offsets', `a list of ${offsets.length}`);
  }
  if (begin > end) throw badInput(place.file, offsetsPlace.path, 'begin and end in this order', shown(offsets), HINT);
  if (dataStart + end > fileSize) {
    throw badInput(place.file, offsetsPlace.path, `an end within the ${fileSize - dataStart} bytes of data`, `${end}`, HINT);
  }
  if ((end - begin) * 8 !== elements * bits) {
    const expected = `${(elements * bits) / 8} bytes for ${dtype} ${shown(shape)}`;
    throw badInput(place.file, offsetsPlace.path, expected, `${end - begin}`, HINT);
  }
  return { name, dtype, shape, offset: dataStart + begin, bytes: end - begin };
}

/** The entries by name in order of their data, which must fill the file without overlap or hole. */
function checkedLayout(entries: readonly TensorEntry[], root: Place, dataStart: number, fileSize: number): ReadonlyMap<string, TensorEntry> {
  const ordered = [...entries].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let next = dataStart;
  for (const [index, entry] of ordered.entries()) {
    if (entry.offset !== next) {
      const path = at(tensorPlace(root, entry.name), 'data_offsets').path;
      const before = ordered[index - 1];
      const behind = before === undefined ? 'the beginning of the data' : `the end of ${shortened(before.name)}`;
      const found = `${entry.offset - dataStart}, which ${entry.offset < next ? 'overlaps it' : 'leaves a hole'}`;
      throw badInput(root.file, path, `a begin of ${next - dataStart}, ${behind}`, found, HINT);
    }
    next += entry.bytes;
  }
  if (next !== fileSize) {
    throw badInput(root.file, 'data', `${next - dataStart} bytes, where the last tensor ends`, `${fileSize - dataStart}`, HINT);
  }
  return new Map(ordered.map((entry) => [entry.name, entry]));
}

function readSizes(value: unknown, place: Place): readonly number[] {
  if (!Array.isArray(value)) throw unexpected(place, 'a list of sizes', value);
  return value.map((size: unknown) => {
    if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
    throw unexpected(place, 'whole numbers from 0', size);
  });
}

function tensorPlace(root: Place, name: string): Place {
  return { file: root.file, path: `tensor ${shortened(name)}` };
}

/** Names come from the file too, and may be of any length. */
function shortened(name: string): string {
  return name.length > 120 ? `${name.slice(0, 120)}…` : name;
}

/** `[2, 3]`, as in messages. */
export function shown(shape: readonly number[]): string {
  return shape.length > 8 ? `[${shape.slice(0, 8).join(', ')}, …]` : `[${shape.join(', ')}]`;
}

/** Header and length bytes of a file that holds these tensors one after the other; padded so that data starts at 8 bytes. */
export function headerBytes(tensors: readonly Pick<TensorEntry, 'name' | 'dtype' | 'shape'>[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const sortedMetadata = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  let next = 0;
  const entries = tensors.map(({ name, dtype, shape }) => {
    const begin = next;
    next += (elementCount(shape) * (DTYPE_BITS[dtype] ?? 0)) / 8;
    return [name, { dtype, shape, data_offsets: [begin, next] }] as const;
  });
  const header = { ...(Object.keys(metadata).length > 0 && { [METADATA_KEY]: sortedMetadata }), ...Object.fromEntries(entries) };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20, LENGTH_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}
