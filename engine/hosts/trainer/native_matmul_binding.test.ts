import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import type { NativeMatMul, NativeOperand } from '../../tensor/backend/native_matmul.ts';
import { openNativeMatMul } from './native_matmul_binding.ts';
import { RungUnavailable } from './tensor_rung.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A file to look for packages from, beside a package `onnxruntime-node` with these files, or none. */
function beside(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'puzzle-native-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, 'node_modules', 'onnxruntime-node', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return path.join(folder, 'here.js');
}

function refusal(from: string): RungUnavailable {
  try {
    openNativeMatMul(1, from);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(RungUnavailable);
    return thrown as RungUnavailable;
  }
  throw new Error('it opened');
}

describe('native matrix products', () => {
  it('are missed with the remedy where the package is not installed', () => {
    const { message, remedy } = refusal(beside({}));
    expect(message).toMatch(/onnxruntime-node.* is not installed$/);
    expect(remedy).toContain('npm install --no-save onnxruntime-node@1.30.0');
  });

  it('are not taken from another version, whose binding may differ', () => {
    const { message, remedy } = refusal(beside({ 'package.json': '{"version":"1.31.0"}' }));
    expect(message).toBe('onnxruntime-node 1.31.0 is installed and 1.30.0 is needed');
    expect(remedy).toContain('@1.30.0');
  });

  it('are missed with the loader\'s first line where there is no binary for this system', () => {
    const files = { 'package.json': '{"version":"1.30.0"}', 'dist/binding.js': 'throw new Error("no onnxruntime_binding.node\\nRequire stack: long");' };
    expect(refusal(beside(files)).message).toMatch(/does not load on this system \(\w+ \w+: no onnxruntime_binding\.node\)$/);
  });

  it.each([1, 2])('write y = op(a) op(b) where it lies, with %i threads', (threads) => {
    const native = openNativeMatMul(threads);
    const memory = new Float32Array(32).fill(-1);
    const a = memory.subarray(1, 7);
    const b = memory.subarray(8, 14);
    const y = memory.subarray(16, 20);
    a.set([1, 2, 3, 4, 5, 6]);
    b.set([1, 0, 0, 1, 1, 1]);
    native.multiply({ dims: [2, 3], data: a }, { dims: [3, 2], data: b }, { dims: [2, 2], data: y }, false, false);
    expect(Array.from(memory.subarray(15, 21))).toEqual([-1, 4, 5, 10, 11, -1]);
    native.multiply({ dims: [3, 2], data: a }, { dims: [2, 3], data: b }, { dims: [2, 2], data: y }, true, true);
    // a^T = [[1,3,5],[2,4,6]], b^T = [[1,1],[0,1],[0,1]]
    expect(Array.from(y)).toEqual([1, 9, 2, 12]);
    expect(() => native.multiply({ dims: [2, 3], data: a }, { dims: [2, 3], data: b }, { dims: [2, 2], data: y }, false, false)).toThrow();
    native.dispose();
  });
});

/** The real binding with sessions that differ in `run`, or in `loadModel`. */
function opened(override: string): NativeMatMul {
  const real = createRequire(import.meta.url).resolve('onnxruntime-node/dist/binding.js');
  return openNativeMatMul(1, beside({
    'package.json': '{"version":"1.30.0"}',
    '../onnxruntime-common/index.js': 'exports.env = {};',
    'dist/binding.js': `const { binding, initOrt } = require(${JSON.stringify(real)});
      exports.initOrt = initOrt;
      exports.binding = { InferenceSession: class {
        real = new binding.InferenceSession();
        loadModel(...all) { this.real.loadModel(...all); }
        run(...all) { return this.real.run(...all); }
        dispose() { this.real.dispose(); }
        ${override}
      } };`,
  }));
}

const REFUSAL = 'Non tensor type is temporarily not supported.';
const copying = () => opened(`run(feeds, fetches, options) {
  if ('E' in fetches) throw new Error('another message');
  return this.real.run(feeds, fetches, options);
}`);

interface Shapes {
  readonly batch: readonly number[];
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Values of the product of two matrices that are the same on every call, odd but of one magnitude. */
function product(native: NativeMatMul, { batch, rows, inner, columns }: Shapes, transposeA: boolean, transposeB: boolean): Float32Array {
  const operand = (dims: readonly number[], seed: number): NativeOperand => ({
    dims: [...batch, ...dims],
    data: Float32Array.from({ length: [...batch, ...dims].reduce((size, dim) => size * dim, 1) }, (_, i) => ((i * i * 31 + seed * 7919) % 10_007) / 5_000 - 1),
  });
  const y: NativeOperand = { dims: [...batch, rows, columns], data: new Float32Array(batch.reduce((size, dim) => size * dim, rows * columns)).fill(NaN) };
  native.multiply(operand(transposeA ? [inner, rows] : [rows, inner], 1), operand(transposeB ? [columns, inner] : [inner, columns], 2), y, transposeA, transposeB);
  return y.data;
}

function expectSameBits(actual: Float32Array, expected: Float32Array): void {
  expect(expected.every(Number.isFinite)).toBe(true);
  expect(Buffer.compare(new Uint8Array(actual.buffer), new Uint8Array(expected.buffer))).toBe(0);
}

const LARGE: Shapes = { batch: [], rows: 1024, inner: 2, columns: 1024 };

describe('products without the binding\'s copy', () => {
  it('have the bits of those with it, small and large', () => {
    const [native, plain] = [openNativeMatMul(1), copying()];
    expect([native.version, plain.version]).toEqual(['1.30.0', '1.30.0 with copies']);
    const shapes: readonly Shapes[] = [
      { batch: [], rows: 5, inner: 7, columns: 3 },
      { batch: [], rows: 127, inner: 33, columns: 129 },
      { batch: [], rows: 128, inner: 33, columns: 128 },
      { batch: [], rows: 301, inner: 65, columns: 200 },
      { batch: [7], rows: 61, inner: 32, columns: 67 },
      { batch: [2, 3], rows: 64, inner: 9, columns: 64 },
    ];
    for (const one of shapes) {
      for (const [transposeA, transposeB] of [[false, false], [false, true], [true, false], [true, true]] as const) {
        const [actual, expected] = [native, plain].map((way) => product(way, one, transposeA, transposeB));
        expectSameBits(actual!, expected!);
      }
    }
    for (const way of [native, plain]) way.dispose();
  });

  it('have the same bits however many threads compute them', () => {
    const native = openNativeMatMul(1);
    const shapes: readonly Shapes[] = [
      { batch: [], rows: 1, inner: 513, columns: 1025 },
      { batch: [], rows: 3, inner: 700, columns: 5 },
      { batch: [], rows: 257, inner: 300, columns: 1 },
      { batch: [], rows: 2049, inner: 131, columns: 67 },
      { batch: [], rows: 130, inner: 2049, columns: 127 },
      { batch: [7], rows: 61, inner: 32, columns: 67 },
      { batch: [2, 3], rows: 129, inner: 65, columns: 130 },
      // Strips of one row, and of so few columns that they would be summed otherwise than the whole.
      { batch: [], rows: 5, inner: 12_000, columns: 5 },
      { batch: [], rows: 2, inner: 2_000, columns: 100 },
      { batch: [], rows: 130, inner: 300, columns: 320 },
    ];
    for (const one of shapes) {
      for (const [transposeA, transposeB] of [[false, false], [false, true], [true, false], [true, true]] as const) {
        const [alone, ...spread] = [1, 2, 5, 16].map((threads) => {
          native.useThreads(threads);
          return product(native, one, transposeA, transposeB);
        });
        for (const result of spread) expectSameBits(result, alone!);
      }
    }
    native.dispose();
  });

  it('leave nothing behind: no buffers to collect and, over many calls, no memory', () => {
    const native = openNativeMatMul(1);
    const operand = (rows: number, columns: number): NativeOperand => ({ dims: [rows, columns], data: new Float32Array(rows * columns) });
    const [a, b, y] = [operand(1024, 2), operand(2, 1024), operand(1024, 1024)];
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i++) native.multiply(a, b, y, false, false);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(y.data.byteLength);
    const [row, column, square] = [operand(128, 1), operand(1, 128), operand(128, 128)];
    const often = () => {
      for (let i = 0; i < 10_000; i++) native.multiply(row, column, square, false, false);
    };
    often();
    const resident = process.memoryUsage.rss();
    often();
    // The outputs of so many calls are 655 MB.
    expect(process.memoryUsage.rss() - resident).toBeLessThan(64 * 2 ** 20);
    native.dispose();
  });

  it('still throw what is wrong with the operands', () => {
    const native = openNativeMatMul(1);
    const operand = (rows: number, columns: number): NativeOperand => ({ dims: [rows, columns], data: new Float32Array(rows * columns) });
    expect(() => native.multiply(operand(200, 3), operand(2, 200), operand(200, 200), false, false)).toThrow(/MatMul/);
    expect(() => native.multiply(operand(200, 3), operand(3, 200), operand(100, 200), false, false)).toThrow(/shape/i);
    // And go on afterwards.
    expect(product(native, LARGE, false, false).every(Number.isFinite)).toBe(true);
    native.dispose();
  });

  it.each([
    ['does not load the model', `loadModel(buffer, offset, length, options) {
      if (Buffer.from(buffer, offset, length).includes('SequenceEmpty')) throw new Error('no such operator');
      this.real.loadModel(buffer, offset, length, options);
    }`],
    ['throws something else', `run(feeds, fetches, options) { if ('E' in fetches) throw new Error('no'); return this.real.run(feeds, fetches, options); }`],
    ['throws before it multiplies', `run(feeds, fetches, options) { if ('E' in fetches) throw new Error('${REFUSAL}'); return this.real.run(feeds, fetches, options); }`],
    ['returns such outputs', `run(feeds, { Y }, options) { return this.real.run(feeds, { Y }, options); }`],
    ['multiplies wrongly', `run(feeds, fetches, options) {
      try { return this.real.run(feeds, fetches, options); } finally { if ('E' in fetches) fetches.Y.data[3] += 1; }
    }`],
  ])('are given up where the binding %s', (_, override) => {
    const [native, unlike] = [openNativeMatMul(1), opened(override)];
    expect(unlike.version).toBe('1.30.0 with copies');
    for (const transpose of [false, true]) expectSameBits(product(unlike, LARGE, transpose, !transpose), product(native, LARGE, transpose, !transpose));
    for (const way of [native, unlike]) way.dispose();
  });

  it('do not take an error of later runs for the end of one', () => {
    const native = opened(`runs = 0;
      run(feeds, fetches, options) {
        if ('E' in fetches && this.runs++ > 0) throw new Error('out of memory');
        return this.real.run(feeds, fetches, options);
      }`);
    expect(native.version).toBe('1.30.0');
    expect(() => product(native, LARGE, false, true)).toThrow('out of memory');
    native.dispose();
  });
});
