/** Tensor backends for tests: one is opened for a whole test file, and others for a while to compare with. */
import { afterAll, beforeAll, expect } from 'vitest';
import { memory } from '@tensorflow/tfjs-core';
import { openTensorDevice } from '../../engine/hosts/trainer/tensor_backends.ts';
import type { OpenDevice } from '../../engine/hosts/trainer/tensor_backends.ts';
import type { TensorBackend } from '../../engine/protocol/train.ts';

const open = new Map<TensorBackend, OpenDevice>();
let current: TensorBackend | undefined;

/** Opens `backend` before the tests of this file (or of the `describe` it is called in) and makes it the current one. */
export function useTensorDevice(backend: TensorBackend): void {
  let before: TensorBackend | undefined;
  beforeAll(async () => {
    before = current;
    await switchTo(backend);
  });
  afterAll(async () => {
    if (before !== undefined) await switchTo(before);
  });
}

/** Runs `work` on another backend and comes back to the one before. Tensors from outside move over by themselves. */
export async function onBackend<T>(backend: TensorBackend, work: () => T | Promise<T>): Promise<T> {
  const before = current;
  await switchTo(backend);
  try {
    return await work();
  } finally {
    if (before !== undefined) await switchTo(before);
  }
}

/** Runs `work` once to warm up and `times` more: the number of live tensors and their bytes must stay the same. */
export async function expectFlatMemory(work: () => void | Promise<void>, times = 5): Promise<void> {
  await work();
  const { numTensors, numBytes } = memory();
  for (let i = 0; i < times; i++) await work();
  expect(memory()).toMatchObject({ numTensors, numBytes });
}

async function switchTo(backend: TensorBackend): Promise<void> {
  const known = open.get(backend);
  if (known === undefined) open.set(backend, await openTensorDevice({ prefer: backend }));
  else await known.activate();
  current = backend;
}
