import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTensorDevice } from '../../hosts/trainer/tensor_backends.ts';
import { wasmHeap } from '../backend/wasm_heap.ts';
import { hasKernel, run } from '../ops/kernel.ts';
import { installKernels, KERNELS_FILE, uninstallKernels } from './install.ts';

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  await openTensorDevice({ prefer: 'wasm' });
  bytes = new Uint8Array(await readFile(path.resolve(import.meta.dirname, '../../../dist/engine', KERNELS_FILE)));
});

describe('kernels.wasm', () => {
  it("brings no data of its own, which would lie on top of tfjs's", () => {
    expect(sections(bytes)).not.toContain(11);
  });
});

describe('installKernels', () => {
  it('can be done again, and undone', () => {
    installKernels(bytes, wasmHeap().memory);
    installKernels(bytes, wasmHeap().memory);
    expect(hasKernel('FusedRmsNorm')).toBe(true);
    uninstallKernels();
    uninstallKernels();
    expect(hasKernel('FusedRmsNorm')).toBe(false);
  });

  it('refuses a module of another build and keeps what is installed', () => {
    installKernels(bytes, wasmHeap().memory);
    expect(() => installKernels(EMPTY_MODULE, wasmHeap().memory)).toThrow(/build the engine again/);
    expect(hasKernel('FusedRmsNorm')).toBe(true);
  });

  it('refuses tensors of other sizes or types than a kernel needs, in place of reading beyond them', () => {
    installKernels(bytes, wasmHeap().memory);
    const none = () => [];
    tf.tidy(() => {
      expect(() => run('FusedSwiGlu', { gate: tf.ones([3]), up: tf.ones([2]) }, {}, none)).toThrow(/up is \[2\]; it must have 3 elements/);
      expect(() => run('FusedSwiGlu', { gate: tf.ones([3], 'int32'), up: tf.ones([3]) }, {}, none)).toThrow(/gate is int32/);
      expect(() => run('FusedSwiGlu', { gate: tf.ones([3]) }, {}, none)).toThrow(/up is missing/);
      expect(() => run('FusedRmsNorm', { x: tf.ones([2, 3]), weight: tf.ones([3]) }, {}, none)).toThrow(/eps is missing/);
    });
  });

  it('goes on working where the heap has grown since', () => {
    installKernels(bytes, wasmHeap().memory);
    const before = wasmHeap().size();
    const large = tf.zeros([before / 4]);
    expect(wasmHeap().size()).toBeGreaterThan(before);
    const [y] = run('FusedSwiGlu', { gate: tf.ones([5]), up: tf.ones([5]) }, {}, () => [tf.scalar(0)]);
    for (const value of y.dataSync()) expect(value).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    large.dispose();
  });
});

describe('kernels that work in place', () => {
  it('leave no stale copy of a matrix behind in products', () => {
    // Not transposed, tfjs's own product packs its right operand once and keeps it for the next time.
    installKernels(bytes, wasmHeap().memory);
    tf.tidy(() => {
      const [left, right] = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([3, 2])];
      expect([...tf.matMul(left, right).dataSync()]).toEqual([3, 3, 3, 3]);
      run('FusedScale', { x: right, factor: tf.scalar(2) }, {}, () => []);
      expect([...tf.matMul(left, right).dataSync()]).toEqual([6, 6, 6, 6]);
    });
  });
});

describe('replaced kernels', () => {
  it('copy no data for another handle', () => {
    installKernels(bytes, wasmHeap().memory);
    const x = tf.tensor1d([1, 2, 3]);
    const { numDataBuffers } = tf.memory();
    const handle = tf.clone(x);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    x.dispose();
    expect([...handle.dataSync()]).toEqual([1, 2, 3]);
    handle.dispose();
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers - 1);
  });

  it.each([1, 3, 4, 7, 64])('add %i numbers', (count) => {
    installKernels(bytes, wasmHeap().memory);
    tf.tidy(() => {
      const a = tf.range(0, count, 1, 'float32');
      expect([...tf.add(a, tf.mul(a, 0.5)).dataSync()]).toEqual(Array.from({ length: count }, (_, i) => i * 1.5));
    });
  });

  it('leave other types and shapes to tfjs', () => {
    installKernels(bytes, wasmHeap().memory);
    tf.tidy(() => {
      expect([...tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, 4], 'int32')).dataSync()]).toEqual([4, 6]);
      expect([...tf.add(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([10, 20])).dataSync()]).toEqual([11, 22, 13, 24]);
      expect([...tf.clone(tf.tensor1d([true, false], 'bool')).dataSync()]).toEqual([1, 0]);
    });
  });
});

/** Ids of a wasm module's sections, in order. */
function sections(module: Uint8Array): readonly number[] {
  const ids: number[] = [];
  let at = 8;
  while (at < module.length) {
    ids.push(module[at]!);
    let size = 0;
    let shift = 0;
    for (at += 1; ; at++, shift += 7) {
      size |= (module[at]! & 0x7f) << shift;
      if (module[at]! < 0x80) break;
    }
    at += 1 + size;
  }
  return ids;
}
