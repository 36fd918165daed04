import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { onBackend, useTensorDevice } from '../../../test/support/tensor_device.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { fitsMemory, memoryUse, requireMemory, translateMemoryError } from './memory_guard.ts';
import { wasmHeap } from './wasm_heap.ts';

const GIB = 2 ** 30;
useTensorDevice('wasm');

function failure(work: () => unknown): WorkbenchError {
  try {
    work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(WorkbenchError);
    return thrown as WorkbenchError;
  }
  throw new Error('nothing was thrown');
}

describe('a planned peak', () => {
  it('is accepted up to 3.2 GiB and refused above, saying what, how much and the way out', () => {
    expect(() => requireMemory('A step', 3.2 * GIB)).not.toThrow();
    const { payload } = failure(() => requireMemory('A BLD step of layer 3', 3.3 * GIB, 'Train fewer variants at once.'));
    expect(payload).toMatchObject({ code: 'too_large', hint: 'Train fewer variants at once.', retryable: false });
    expect(payload.message).toBe('A BLD step of layer 3 needs about 3.30 GiB; on the wasm backend there are 3.20 GiB.');
    expect([3.2, 3.3].map((gib) => fitsMemory(gib * GIB))).toEqual([true, false]);
  });

  it('is accepted on backends with memory of their own', async () => {
    await onBackend('cpu', () => {
      expect(() => requireMemory('A step', 30 * GIB)).not.toThrow();
      expect(fitsMemory(30 * GIB)).toBe(true);
      expect(memoryUse().heapBytes).toBeUndefined();
    });
  });
});

describe('a heap that is full', () => {
  const taken: tf.TensorInfo[] = [];
  afterEach(() => taken.splice(0).forEach((tensor) => wasmHeap().release(tensor)));

  /** Takes addresses only: nothing is written, so no memory is used. */
  function take(gib: number): void {
    taken.push(wasmHeap().allocate([(gib * GIB) / 4], 'float32'));
  }

  /** All there is, in ever smaller pieces. */
  function takeAll(): void {
    for (let bytes = 2 ** 29; bytes >= 64; ) {
      try {
        take(bytes / GIB);
      } catch {
        bytes /= 2;
      }
    }
  }

  it('says so instead of writing over address 0, and works again once there is room', () => {
    const canary = tf.tensor1d([1, 2, 3]);
    const { payload } = failure(() => {
      for (let i = 0; i < 6; i++) take(0.9);
    });
    expect(payload.code).toBe('too_large');
    expect(payload.message).toMatch(/^A tensor of 0\.90 GiB did not fit .*: \d+ tensors .* of a heap of 3\.\d+ GiB/);
    expect(payload.hint).toMatch(/smaller batch/);
    expect(taken.length).toBe(4);
    expect(memoryUse().heapBytes).toBeGreaterThan(3.6 * GIB);

    expect(failure(() => tf.zeros([GIB / 4])).payload.code).toBe('too_large');
    expect(Array.from(canary.dataSync())).toEqual([1, 2, 3]);
    taken.splice(0).forEach((tensor) => wasmHeap().release(tensor));
    expect(() => take(0.9)).not.toThrow();
    expect(Array.from(tf.add(canary, 1).dataSync())).toEqual([2, 3, 4]);
  });

  it('says so of a tensor that no address reaches the end of', () => {
    const { payload } = failure(() => wasmHeap().allocate([2 ** 16, 2 ** 14 + 1], 'float32'));
    expect(payload.code).toBe('too_large');
    expect(payload.message).toMatch(/^A tensor of 4\.00 GiB did not fit/);
  });

  it('makes products of tfjs fail whose copies of operands find no room, and never come out wrong', () => {
    const product = (x: tf.Tensor2D): number => tf.tidy(() => tf.matMul(x, x).dataSync()[0]!);
    const outcomes = [1, 2, 3, 4].map((places) => {
      const x = tf.ones<tf.Rank.R2>([600, 600]);
      const room = Array.from({ length: places }, () => wasmHeap().allocate([600, 600], 'float32'));
      takeAll();
      room.forEach((tensor) => wasmHeap().release(tensor));
      try {
        return product(x);
      } catch (thrown) {
        return (translateMemoryError('Scoring layer 2', thrown) as WorkbenchError).payload.code;
      } finally {
        taken.splice(0).forEach((tensor) => wasmHeap().release(tensor));
        expect(product(x)).toBe(600);
        x.dispose();
      }
    });
    // tfjs only warns of some of them, on the console, and goes on with what lay in the product's place.
    expect(outcomes[0]).toBe('too_large');
    for (const outcome of outcomes) expect(['too_large', 600]).toContain(outcome);
  });
});

describe('errors of a full heap', () => {
  it('are translated, with what was in use', () => {
    const { payload } = failure(() => {
      throw translateMemoryError('Scoring layer 2', new Error('memory access out of bounds'));
    });
    expect(payload).toMatchObject({ code: 'too_large', hint: expect.stringContaining('smaller batch') as string });
    expect(payload.message).toMatch(/^Scoring layer 2 did not fit .*memory access out of bounds/);
  });

  it('leave all others as they are', () => {
    const other = new Error('no such thing');
    const ours = new WorkbenchError('cancelled', 'memory access out of bounds');
    expect([other, ours, 'text'].map((thrown) => translateMemoryError('X', thrown))).toEqual([other, ours, 'text']);
  });
});
