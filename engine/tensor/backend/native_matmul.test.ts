import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { expectFlatMemory, onBackend, useTensorDevice } from '../../../test/support/tensor_device.ts';
import { openNativeMatMul } from '../../hosts/trainer/native_matmul_binding.ts';
import '../ops/core_gradients.ts';
import { planMatMul } from './matmul_shapes.ts';
import { installNativeMatMul, restoreStockMatMul } from './native_matmul.ts';
import type { NativeMatMul } from './native_matmul.ts';
import { wasmHeap } from './wasm_heap.ts';

useTensorDevice('wasm_native');

interface Product {
  readonly aBatch: readonly number[];
  readonly bBatch: readonly number[];
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const size = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 70 }));
type BatchPair = readonly [readonly number[], readonly number[]];
const batches = fc.constantFrom<BatchPair>(
  [[], []],
  [[1], [1]],
  [[3], [3]],
  [[3], [1]],
  [[1], [3]],
  [[], [3]],
  [[3], []],
  [[2, 3], [2, 3]],
  [[2, 3], [1, 3]],
  [[2, 1], [1, 3]],
  [[2, 3], [3]],
  [[1, 3], [2, 1]],
  [[2, 3], [1, 1]],
);
const product: fc.Arbitrary<Product> = fc
  .record({ batch: batches, rows: size, inner: size, columns: size, transposeA: fc.boolean(), transposeB: fc.boolean() })
  .map(({ batch: [aBatch, bBatch], ...rest }) => ({ aBatch, bBatch, ...rest }));

function operands({ aBatch, bBatch, rows, inner, columns, transposeA, transposeB }: Product): [tf.Tensor, tf.Tensor] {
  const a = [...aBatch, ...(transposeA ? [inner, rows] : [rows, inner])];
  const b = [...bBatch, ...(transposeB ? [columns, inner] : [inner, columns])];
  return [tf.randomNormal(a, 0, 1, 'float32', 1), tf.randomNormal(b, 0, 1, 'float32', 2)];
}

/** Equal but for rounding in another order, relative to the largest element. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  let [worst, largest] = [0, 1];
  for (let i = 0; i < actual.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  expect(worst).toBeLessThan(5e-6 * largest);
}

describe('native matrix products', () => {
  it('are those of the cpu backend: odd sizes, all transposes, all broadcasts', async () => {
    await fc.assert(
      fc.asyncProperty(product, async (one) => {
        const [a, b] = operands(one);
        const y = tf.matMul(a, b, one.transposeA, one.transposeB);
        const values = y.dataSync();
        const [reference, shape] = await onBackend('cpu', () =>
          tf.tidy(() => {
            // The cpu backend broadcasts wrongly where both sides have dimensions of 1, so it is given full operands.
            const batch = tf.broadcast_util.assertAndGetBroadcastShape([...one.aBatch], [...one.bBatch]);
            const full = (x: tf.Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
            const expected = tf.matMul(full(a), full(b), one.transposeA, one.transposeB);
            return [expected.dataSync(), expected.shape] as const;
          }),
        );
        expect(y.shape).toEqual(shape);
        expectClose(values, reference);
        tf.dispose([a, b, y]);
      }),
      { numRuns: 120, interruptAfterTimeLimit: 6_000 },
    );
  });

  it('have the gradients of the cpu backend', async () => {
    const equalBatch = product.filter(({ aBatch, bBatch }) => aBatch.join() === bBatch.join());
    await fc.assert(
      fc.asyncProperty(equalBatch, async (one) => {
        const [a, b] = operands(one);
        const gradients = () => {
          const found = tf.grads((x, y) => tf.sum(tf.square(tf.matMul(x!, y!, one.transposeA, one.transposeB))))([a, b]);
          const read = found.map((gradient) => ({ shape: gradient.shape, values: gradient.dataSync() }));
          tf.dispose(found);
          return read;
        };
        const native = gradients();
        const reference = await onBackend('cpu', gradients);
        native.forEach(({ shape, values }, i) => {
          expect(shape).toEqual(reference[i]!.shape);
          expectClose(values, reference[i]!.values);
        });
        tf.dispose([a, b]);
      }),
      { numRuns: 40, interruptAfterTimeLimit: 4_000 },
    );
  });

  it('of nothing are zeros', () => {
    expect(Array.from(tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 2])).dataSync())).toEqual([0, 0, 0, 0]);
    expect(tf.matMul(tf.zeros([0, 3]), tf.zeros([3, 2])).shape).toEqual([0, 2]);
  });

  it('refuse what does not fit together', () => {
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(/inner/i);
    expect(() => tf.matMul(tf.zeros([2, 2, 3]), tf.zeros([3, 3, 3]))).toThrow(/broadcast/i);
  });

  it('leave no memory behind', async () => {
    const x = tf.randomNormal([64, 64]);
    await expectFlatMemory(() => tf.dispose(tf.matMul(x, x, true, false)), 200);
    const before = wasmHeap().size();
    await expectFlatMemory(() => tf.dispose(tf.matMul(x, x, true, false)), 2_000);
    expect(wasmHeap().size()).toBe(before);
  });

  it('take an operand that lies on another backend, and makes the heap grow when it comes over', async () => {
    const before = wasmHeap().size();
    const a = tf.ones<tf.Rank.R2>([2, 512]);
    const b = await onBackend('cpu', () => tf.ones<tf.Rank.R2>([512, before / 4 / 512]));
    const y = tf.matMul(a, b);
    expect(wasmHeap().size()).toBeGreaterThan(before);
    expect(Array.from(tf.slice(y, [1, 7], [1, 2]).dataSync())).toEqual([512, 512]);
    tf.dispose([a, b, y]);
  });

  it('survive the heap growing in the middle of a product, and addresses above 2 GiB', async () => {
    const heap = wasmHeap();
    const check = async () => {
      const a = tf.randomNormal([3000, 16], 0, 1, 'float32', 3);
      const b = tf.randomNormal([3000, 16], 0, 1, 'float32', 4);
      const before = heap.size();
      const y = tf.matMul(a, b, false, true);
      const grown = heap.size() > before;
      // Row 17 by hand.
      const [as, bs] = [a.dataSync(), b.dataSync()];
      const expected = Array.from({ length: 3000 }, (_, column) => Array.from({ length: 16 }, (_, k) => as[17 * 16 + k]! * bs[column * 16 + k]!).reduce((sum, term) => sum + term, 0));
      expectClose(tf.slice(y as tf.Tensor2D, [17, 0], [1, 3000]).dataSync(), expected);
      tf.dispose([a, b, y]);
      return grown;
    };
    // Its 36 MB are more than the heap begins with.
    expect(await check()).toBe(true);
    // Never touched, so it takes addresses but no memory.
    const padding = [1, 2, 3].map(() => heap.allocate([2 ** 28 - 16], 'float32'));
    expect(heap.offsetOf(padding[2]!)).toBeGreaterThan(2 ** 31 - 2 ** 28);
    const high = tf.zeros([4]);
    expect(heap.offsetOf(heap.allocate([2 ** 24], 'float32'))).toBeGreaterThan(2 ** 31);
    await check();
    padding.forEach((tensor) => heap.release(tensor));
    high.dispose();
  });
});

describe('switching', () => {
  const seen: string[] = [];
  const counting = (name: string, native: NativeMatMul): NativeMatMul => ({
    ...native,
    multiply(...all) {
      seen.push(name);
      native.multiply(...all);
    },
  });
  const real = openNativeMatMul(1);
  const x = () => tf.ones([64, 64]);
  afterEach(() => {
    seen.length = 0;
    restoreStockMatMul();
  });

  it('takes effect on the next product, both ways and between two libraries', () => {
    const [first, second] = [counting('first', real), counting('second', real)];
    installNativeMatMul(first);
    tf.matMul(x(), x());
    installNativeMatMul(second);
    tf.matMul(x(), x());
    // A device closed late must not take another's kernel away.
    restoreStockMatMul(first);
    tf.matMul(x(), x());
    restoreStockMatMul(second);
    tf.matMul(x(), x());
    expect(seen).toEqual(['first', 'second', 'second']);
  });

  it('leaves tiny products and other types to the stock kernel', () => {
    installNativeMatMul(counting('native', real));
    expect(Array.from(tf.matMul([[1, 2]], [[3], [4]]).dataSync())).toEqual([11]);
    expect(() => tf.matMul(tf.zeros([99, 99], 'int32'), tf.zeros([99, 99], 'int32'))).toThrow(/float32/);
    expect(seen).toEqual([]);
  });
});

describe('planning a product', () => {
  it('folds a batch against one matrix into rows', () => {
    expect(planMatMul([8, 128, 256], [1, 256, 512], false, false)).toEqual({ kind: 'native', outputShape: [8, 128, 512], a: [1024, 256], b: [256, 512], y: [1024, 512] });
    expect(planMatMul([2, 4, 128, 256], [512, 256], false, true)).toMatchObject({ outputShape: [2, 4, 128, 512], a: [1024, 256], b: [512, 256], y: [1024, 512] });
  });

  it('keeps one batch dimension where the left side is transposed or both have the same', () => {
    expect(planMatMul([8, 256, 128], [256, 512], true, false)).toMatchObject({ a: [8, 256, 128], b: [256, 512], y: [8, 128, 512] });
    expect(planMatMul([2, 4, 64, 32], [2, 4, 64, 32], false, true)).toMatchObject({ outputShape: [2, 4, 64, 64], a: [8, 64, 32], b: [8, 64, 32], y: [8, 64, 64] });
  });

  it('never asks the stock kernel to broadcast', () => {
    expect(planMatMul([2, 1, 1, 1], [3, 1, 1], false, false).kind).toBe('native');
    expect(planMatMul([2, 1, 1], [2, 1, 1], false, false).kind).toBe('small');
  });
});
