// Oracle: Hugging Face's `safetensors` for Python, see test/fixtures/safetensors/make.py.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { elementCount, type HostTensor } from './host_tensor.ts';
import { MemoryFiles } from './memory_files.ts';
import { SafetensorsFile } from './safetensors.ts';
import { writeSafetensors, type PlannedTensor } from './safetensors_write.ts';
import { readTensors, writeTensors } from './tensor_file.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../test/fixtures/safetensors');
const fixture = (name: string): Uint8Array => readFileSync(path.join(FIXTURES, name));

/** A file of this header, as text or JSON, with `data` zero bytes behind it. */
function fileOf(header: unknown, data: number, length?: bigint): MemoryFiles {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return new MemoryFiles({ 'x.safetensors': bytes });
}

const tensor = (shape: readonly number[], begin: number, end: number, dtype = 'F32'): object => ({ dtype, shape, data_offsets: [begin, end] });

describe('a file that Python wrote', () => {
  it('lists formats, shapes and texts, and reads what can be a weight', async () => {
    const files = new MemoryFiles({ mixed: fixture('mixed.safetensors') });
    const file = await SafetensorsFile.open(files, 'mixed');
    expect(file.metadata).toEqual({ format: 'pt', note: 'ünï "quoted"' });
    const listed = Object.fromEntries([...file.tensors].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]));
    expect(listed).toEqual({ matrix: ['F32', 2, 3], scalar: ['F32'], empty: ['F32', 0, 4], ids: ['I64', 5], flags: ['BOOL', 2], 'naïve "name"': ['F32', 1] });
    expect(await file.read('matrix')).toEqual({ shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) });
    expect(await file.read('scalar')).toEqual({ shape: [], data: Float32Array.of(2.5) });
    expect(await file.read('empty')).toEqual({ shape: [0, 4], data: new Float32Array(0) });
    expect((await file.read('naïve "name"')).data[0]).toBe(-1.5);
    await expect(file.read('ids')).rejects.toThrow(/mixed, tensor ids: expected weights in F32, F16, BF16, found I64/);
    await expect(file.read('nothing')).rejects.toThrow(/tensor nothing: expected a tensor of this name/);
  });

  it('is read in part: the header, then the rows asked for', async () => {
    const files = new MemoryFiles();
    await writeTensors(files, 'rows', { table: counting([50_000, 4]) });
    const file = await SafetensorsFile.open(files, 'rows');
    const header = files.bytesRead.get('rows')!;
    expect(header).toBeLessThan(200);
    expect(await file.readRows('table', [40_000, 7, 7, 40_001])).toEqual({
      shape: [4, 4],
      data: Float32Array.from([40_000, 7, 7, 40_001].flatMap((row) => [row * 4, row * 4 + 1, row * 4 + 2, row * 4 + 3])),
    });
    expect(files.bytesRead.get('rows')! - header).toBe(3 * 16);
    expect((await file.readRowRange('table', 3, 5)).data).toEqual(Float32Array.of(12, 13, 14, 15, 16, 17, 18, 19));
    expect(files.bytesRead.get('rows')! - header).toBe(5 * 16);
    expect(await file.readRows('table', [])).toEqual({ shape: [0, 4], data: new Float32Array(0) });
    await expect(file.readRows('table', [50_000])).rejects.toThrow(/rows 0 to 49999, found 50000/);
    await expect(file.readRows('table', [-1])).rejects.toThrow(WorkbenchError);
    await expect(file.readRowRange('table', 2, 50_001)).rejects.toThrow(/rows within 0 to 50000/);
  });
});

/** 0, 1, 2, ... */
function counting(shape: readonly number[]): HostTensor {
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => i) };
}

describe('refuses, naming the place', () => {
  it.each<[string, MemoryFiles, RegExp]>([
    ['a file shorter than a length', new MemoryFiles({ 'x.safetensors': new Uint8Array(5) }), /x\.safetensors: expected a safetensors file, found 5 bytes/],
    ['a negative header length', fileOf('{}', 0, 0xffff_ffff_ffff_ffffn), /header length: expected 0 to 100000000 bytes, found -1/],
    ['a huge header length', fileOf('{}', 0, 1n << 40n), /header length: expected 0 to 100000000 bytes, found 1099511627776/],
    ['a header beyond the file', fileOf('{}', 0, 50n), /header length: expected at most the 2 bytes that follow, found 50/],
    ['no header', fileOf('', 0), /header: expected JSON/],
    ['what is no JSON', fileOf('{"a":', 0), /header: expected JSON/],
    ['what is no UTF-8', new MemoryFiles({ 'x.safetensors': Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe) }), /JSON in UTF-8/],
    ['a list', fileOf([], 0), /header: expected an object, found a list/],
    ['a tensor that is no object', fileOf({ a: 3 }, 0), /tensor a: expected an object, found 3/],
    ['an unknown format', fileOf({ a: tensor([1], 0, 4, 'F31') }, 4), /tensor a\.dtype: expected one of .*, found "F31"/],
    ['no format', fileOf({ a: { shape: [], data_offsets: [0, 4] } }, 4), /tensor a\.dtype: .*found nothing/],
    ['a negative size', fileOf({ a: tensor([-1], 0, 4) }, 4), /tensor a\.shape: expected whole numbers from 0, found -1/],
    ['half a size', fileOf({ a: tensor([1.5], 0, 6) }, 6), /tensor a\.shape: .*found 1\.5/],
    ['a shape beyond numbers', fileOf({ a: tensor([2 ** 30, 2 ** 30], 0, 4) }, 4), /tensor a\.shape: expected a shape that a file can hold/],
    ['a shape beyond numbers that ends in nothing', fileOf({ a: tensor([2 ** 52, 2 ** 52, 0], 0, 0) }, 0), /tensor a\.shape/],
    ['reversed offsets', fileOf({ a: tensor([1], 4, 0) }, 4), /tensor a\.data_offsets: expected begin and end in this order, found \[4, 0\]/],
    ['three offsets', fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4), /data_offsets: expected a list of two offsets, found a list of 3/],
    ['offsets beyond the file', fileOf({ a: tensor([2], 0, 8) }, 4), /tensor a\.data_offsets: expected an end within the 4 bytes of data, found 8/],
    ['fewer bytes than the shape has', fileOf({ a: tensor([3], 0, 8) }, 8), /tensor a\.data_offsets: expected 12 bytes for F32 \[3\], found 8/],
    ['a byte count of the other format', fileOf({ a: tensor([2], 0, 8, 'BF16') }, 8), /expected 4 bytes for BF16 \[2\], found 8/],
    ['half a byte', fileOf({ a: tensor([3], 0, 2, 'F4') }, 2), /expected 1\.5 bytes for F4 \[3\], found 2/],
    ['an overlap', fileOf({ a: tensor([2], 0, 8), b: tensor([2], 4, 12) }, 12), /tensor b\.data_offsets: expected a begin of 8, the end of a, found 4, which overlaps it/],
    ['a hole', fileOf({ a: tensor([1], 0, 4), b: tensor([1], 8, 12) }, 12), /tensor b\.data_offsets: .*found 8, which leaves a hole/],
    ['a hole at the beginning', fileOf({ a: tensor([1], 4, 8) }, 8), /expected a begin of 0, the beginning of the data, found 4/],
    ['trailing bytes', fileOf({ a: tensor([1], 0, 4) }, 7), /data: expected 4 bytes, where the last tensor ends, found 7/],
    ['a tensor twice', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4), /every key once, found "a" twice/],
    ['a field twice', fileOf('{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4), /every key once, found "dtype" twice/],
    ['metadata that is no map', fileOf({ __metadata__: [] }, 0), /__metadata__: expected an object/],
    ['metadata that is no text', fileOf({ __metadata__: { step: 5 } }, 0), /__metadata__\.step: expected a text, found 5/],
  ])('%s', async (_, files, message) => {
    const attempt = SafetensorsFile.open(files, 'x.safetensors');
    await expect(attempt).rejects.toThrow(WorkbenchError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ payload: { code: 'bad_input', details: { file: 'x.safetensors' } } });
  });

  it('what is not there', async () => {
    await expect(SafetensorsFile.open(new MemoryFiles(), 'x')).rejects.toMatchObject({ payload: { code: 'not_found' } });
  });
});

it('accepts what is unusual and allowed', async () => {
  const header = `{"b":{"data_offsets":[4,4],"shape":[0,9007199254740],"dtype":"F32"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__proto__":{"dtype":"F32","shape":[1e0],"data_offsets":[4,8]}}   `;
  const { tensors } = await readTensors(fileOf(header, 8), 'x.safetensors');
  expect(Object.keys(tensors).sort()).toEqual(['__proto__', 'a', 'b']);
});

describe('written files', () => {
  const value = (name: string, i: number): number => (((i * 37 + name.length * 101) % 251) - 125) / 64;
  const weight = (name: string, shape: readonly number[]): HostTensor => ({ shape, data: counting(shape).data.map((i) => value(name, i) / 3) });
  const tensors = { matrix: weight('matrix', [3, 5]), scalar: weight('scalar', []), ünï: weight('ünï', [7]) };

  it.each(['F32', 'BF16'] as const)('in %s are byte for byte those that Python checked', async (dtype) => {
    const files = new MemoryFiles();
    await writeTensors(files, 'x', tensors, { format: 'pt', a: 'first' }, dtype);
    expect(Buffer.from(files.content('x')).equals(fixture(`written_${dtype.toLowerCase()}.safetensors`))).toBe(true);
  });

  it('give the same numbers and texts back', async () => {
    const files = new MemoryFiles();
    const random = new Float32Array(new Uint32Array([0x7fc00001, 0x80000000, 0x00000001, 0x7f800000, 0x3f800001]).buffer);
    await writeTensors(files, 'x', { ...tensors, odd: { shape: [5], data: random } }, { step: '7' });
    const back = await readTensors(files, 'x');
    expect(back.metadata).toEqual({ step: '7' });
    expect(Object.keys(back.tensors)).toEqual(['matrix', 'scalar', 'ünï', 'odd']);
    expect(back.tensors['matrix']).toEqual(tensors.matrix);
    expect(new Uint32Array(back.tensors['odd']!.data.buffer)).toEqual(new Uint32Array(random.buffer));
  });

  it('hold tensors larger than a piece', async () => {
    const files = new MemoryFiles();
    // Beyond both pieces, in bytes and in elements, and no multiple of either.
    const large: HostTensor = { shape: [(4 << 20) + 3], data: Float32Array.from({ length: (4 << 20) + 3 }, (_, i) => (i % 199) - 99) };
    await writeTensors(files, 'x', { large }, {}, 'F16');
    expect(Buffer.from((await readTensors(files, 'x')).tensors['large']!.data.buffer).equals(Buffer.from(large.data.buffer))).toBe(true);
  });

  const plan: readonly PlannedTensor[] = [
    { name: 'a', shape: [2], dtype: 'F32' },
    { name: 'b', shape: [1], dtype: 'F16' },
  ];
  const [a, b] = [counting([2]), counting([1])];

  it('come as they are asked for, in any formats', async () => {
    const files = new MemoryFiles();
    async function* stream(): AsyncGenerator<readonly [string, HostTensor]> {
      yield ['a', a];
      await Promise.resolve();
      yield ['b', b];
    }
    await writeSafetensors(files, 'x', plan, stream());
    expect((await readTensors(files, 'x')).tensors).toEqual({ a, b });
  });

  it.each<[string, readonly (readonly [string, HostTensor])[]]>([
    ['in another order', [['b', b], ['a', a]]],
    ['too few', [['a', a]]],
    ['too many', [['a', a], ['b', b], ['c', b]]],
    ['of another shape', [['a', b], ['b', b]]],
    ['with other data than their shape', [['a', { shape: [2], data: b.data }], ['b', b]]],
  ])('are not left where the tensors come %s', async (_, given) => {
    const files = new MemoryFiles();
    await expect(writeSafetensors(files, 'x', plan, given)).rejects.toThrow(WorkbenchError);
    expect(files.paths).toEqual([]);
  });

  it('refuse a name twice', async () => {
    const files = new MemoryFiles();
    await expect(writeSafetensors(files, 'x', [plan[0]!, plan[0]!], [])).rejects.toThrow(/every name once/);
    await expect(writeSafetensors(files, 'x', [{ ...plan[0]!, name: '__metadata__' }], [])).rejects.toThrow(WorkbenchError);
  });
});

it('never fails on a mutated file but with an error, and never gives other data', async () => {
  const files = new MemoryFiles();
  const tensors = { first: counting([3, 2]), second: counting([4]), third: counting([]) };
  await writeTensors(files, 'valid', tensors, { format: 'pt' });
  const valid = files.content('valid');
  const headerEnd = 8 + Number(new DataView(valid.buffer).getBigUint64(0, true));
  const outcomes = { read: 0, refused: 0 };
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('byte' as const), at: fc.nat(valid.length - 1), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('digit' as const), at: fc.nat(headerEnd - 1), value: fc.constantFrom(...'0123456789-,:"{}[]e.') }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(valid.length) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(valid.length), bytes: fc.uint8Array({ maxLength: 6 }) }),
    fc.record({ kind: fc.constant('length' as const), value: fc.oneof(fc.nat(400), fc.maxSafeInteger()) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      let bytes: Uint8Array = new Uint8Array(valid);
      for (const change of mutations) {
        switch (change.kind) {
          case 'byte':
            bytes[change.at] = change.value;
            break;
          case 'digit':
            bytes[change.at] = change.value.charCodeAt(0);
            break;
          case 'cut':
            bytes = bytes.slice(0, change.at);
            break;
          case 'insert':
            bytes = Uint8Array.of(...bytes.slice(0, change.at), ...change.bytes, ...bytes.slice(change.at));
            break;
          case 'length':
            if (bytes.length >= 8) new DataView(bytes.buffer).setBigInt64(0, BigInt(change.value), true);
            break;
          default:
            change satisfies never;
        }
      }
      try {
        const file = await SafetensorsFile.open(new MemoryFiles({ x: bytes }), 'x');
        // What was accepted fills the file, and each tensor is the bytes that its header names.
        let total = 0;
        for (const [name, { dtype, offset, bytes: length, shape }] of file.tensors) {
          total += length;
          if (dtype !== 'F32') continue;
          const { data } = await file.read(name);
          expect(data.length).toBe(elementCount(shape));
          expect(new Uint8Array(data.buffer)).toEqual(bytes.slice(offset, offset + length));
        }
        const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        expect(8 + headerLength + total).toBe(bytes.length);
        outcomes.read++;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(WorkbenchError);
        outcomes.refused++;
      }
    }),
    { numRuns: 3000 },
  );
  // The mutations are of both kinds, or this would test nothing.
  expect(outcomes.read).toBeGreaterThan(50);
  expect(outcomes.refused).toBeGreaterThan(50);
});
