// Oracle: numpy (float16) and ml_dtypes (bfloat16), see test/fixtures/safetensors/make.py.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { narrow, widen } from './dtypes.ts';
import { MemoryFiles } from './memory_files.ts';
import { readHeader } from './safetensors_header.ts';

const bytes = readFileSync(path.resolve(import.meta.dirname, '../../test/fixtures/safetensors/halves.safetensors'));
const files = new MemoryFiles({ halves: bytes });
const { tensors } = await readHeader(await files.open('halves'));

function stored(name: string): Uint8Array {
  const { offset, bytes: length } = tensors.get(name)!;
  return new Uint8Array(bytes.subarray(offset, offset + length));
}

const exact = new Float32Array(stored('exact').slice().buffer);

it.each([
  ['F16', 'half', 0x7c00],
  ['BF16', 'brain', 0x7f80],
] as const)('rounds to %s as numpy does', (dtype, name, infinity) => {
  const ours = new Uint16Array(narrow(dtype, exact).slice().buffer);
  const theirs = new Uint16Array(stored(name).slice().buffer);
  const isNan = (half: number): boolean => (half & 0x7fff) > infinity;
  expect(ours.length).toBe(exact.length);
  for (const [i, half] of ours.entries()) {
    // Which NaN it is differs between implementations.
    if (isNan(theirs[i]!)) expect(isNan(half)).toBe(true);
    else expect([exact[i], half]).toEqual([exact[i], theirs[i]]);
  }
});

it.each(['F16', 'BF16'] as const)('gives every number of %s back unchanged', (dtype) => {
  const all = Uint16Array.from({ length: 0x1_0000 }, (_, half) => half);
  const wide = new Float32Array(0x1_0000);
  widen(dtype, new Uint8Array(all.buffer), wide, 0);
  const back = new Uint16Array(narrow(dtype, wide).slice().buffer);
  for (let half = 0; half < 0x1_0000; half++) {
    if (Number.isNaN(wide[half])) expect(Number.isNaN(wide[half ^ 0x8000])).toBe(true);
    else expect(back[half]).toBe(half);
  }
});

it('knows the numbers that binary16 is defined by', () => {
  const wide = new Float32Array(7);
  widen('F16', new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00).buffer), wide, 0);
  expect([...wide]).toEqual([1, -2, 65504, 2 ** -14, 2 ** -24, -0, Infinity]);
});

it('converts from and to the middle of larger memory', () => {
  const odd = new Uint8Array([9, 0x80, 0x3f, 0x00, 0x40]).subarray(1);
  const wide = new Float32Array(4);
  widen('BF16', odd, wide.subarray(1), 1);
  expect([...wide]).toEqual([0, 0, 1, 2]);
  expect([...narrow('BF16', wide.subarray(2, 3))]).toEqual([0x80, 0x3f]);
  expect([...narrow('F32', wide.subarray(2, 3))]).toEqual([0, 0, 0x80, 0x3f]);
});
