/**
 * One encoding for every transport: JSON text, then the number arrays it refers to as raw bytes.
 *
 *   u32 little endian   length of the JSON text in bytes
 *   JSON text           {"message": ..., "arrays": [{"type": "f64", "length": 80}, ...]}
 *   padding to 8, then each array, each padded to 8
 *
 * Inside the message an array stands as {"$array": index}. Numbers must be finite: JSON would turn NaN into null
 * without a word, so encoding refuses it.
 */
import { WorkbenchError } from './errors.ts';

/** Largest frame either side accepts: the largest import plus room for its envelope. */
export const MAX_FRAME_BYTES = 160 * 1024 * 1024;

type NumberArray = Float64Array | Int32Array | Uint8Array;
const TYPES = { f64: Float64Array, i32: Int32Array, u8: Uint8Array } as const;
type TypeName = keyof typeof TYPES;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: NumberArray[] = [];
  const types: { type: TypeName; length: number }[] = [];
  const text = JSON.stringify(message, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw notFinite(key);
    const type = typeName(value);
    if (type === undefined) return value;
    const array = value as NumberArray;
    if (type === 'f64' && !array.every(Number.isFinite)) throw notFinite(key);
    types.push({ type, length: array.length });
    return { $array: arrays.push(array) - 1 };
  });
  const header = encoder.encode(`{"message":${text ?? 'null'},"arrays":${JSON.stringify(types)}}`);
  let size = align(4 + header.length);
  for (const array of arrays) size += align(array.byteLength);
  if (size > MAX_FRAME_BYTES) throw tooLarge(size);
  const frame = new Uint8Array(size);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  frame.set(header, 4);
  let offset = align(4 + header.length);
  for (const array of arrays) {
    frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += align(array.byteLength);
  }
  return frame;
}

/** @throws WorkbenchError `bad_input` for anything that `encodeFrame` did not make, `too_large` above the limit. */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.length > MAX_FRAME_BYTES) throw tooLarge(frame.length);
  if (frame.length < 4) throw malformed('shorter than its length field');
  const headerLength = new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0, true);
  if (4 + headerLength > frame.length) throw malformed('its text ends after the frame');
  let header: { message?: unknown; arrays?: { type: TypeName; length: number }[] };
  try {
    header = JSON.parse(decoder.decode(frame.subarray(4, 4 + headerLength)));
  } catch {
    throw malformed('its text is not JSON');
  }
  const arrays: NumberArray[] = [];
  let offset = align(4 + headerLength);
  for (const { type, length } of header.arrays ?? []) {
    if (!Object.hasOwn(TYPES, type) || !Number.isInteger(length) || length < 0) throw malformed('an array has no known type');
    const bytes = length * TYPES[type].BYTES_PER_ELEMENT;
    if (offset + bytes > frame.length) throw malformed('an array ends after the frame');
    // Copied: the view must be aligned, and must not keep the whole frame alive.
    const copy = frame.slice(offset, offset + bytes);
    const array = new TYPES[type](copy.buffer, 0, length);
    if (array instanceof Float64Array && !array.every(Number.isFinite)) throw malformed('an array holds a number that is not finite');
    arrays.push(array);
    offset += align(bytes);
  }
  return arrays.length === 0 ? header.message : restore(header.message, arrays);
}

function restore(value: unknown, arrays: readonly NumberArray[]): unknown {
  if (Array.isArray(value)) return value.map((item) => restore(item, arrays));
  if (typeof value !== 'object' || value === null) return value;
  if ('$array' in value) {
    const array = arrays[Number(value.$array)];
    if (array === undefined) throw malformed('it refers to an array that is not there');
    return array;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restore(item, arrays)]));
}

function typeName(value: unknown): TypeName | undefined {
  if (value instanceof Float64Array) return 'f64';
  if (value instanceof Int32Array) return 'i32';
  return value instanceof Uint8Array ? 'u8' : undefined;
}

function align(bytes: number): number {
  return (bytes + 7) & ~7;
}

function notFinite(key: string): WorkbenchError {
  return new WorkbenchError('internal', `The value "${key}" is not a finite number and cannot be sent.`);
}

function tooLarge(bytes: number): WorkbenchError {
  return new WorkbenchError('too_large', `A message of ${bytes} bytes is above the limit of ${MAX_FRAME_BYTES}.`);
}

function malformed(what: string): WorkbenchError {
  return new WorkbenchError('bad_input', `A message could not be read: ${what}.`);
}
