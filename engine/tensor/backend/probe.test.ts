import { expect, it } from 'vitest';
import { expectFlatMemory, useTensorDevice } from '../../../test/support/tensor_device.ts';
import { probeGflops } from './probe.ts';

useTensorDevice('wasm_native');

it('counts three products of 1024 x 256 x 768 per step over the time of whole steps', async () => {
  // A clock on which every step takes 100 ms: two steps fill 0.15 s.
  let ms = 0;
  const gflops = await probeGflops(0.15, () => (ms += 100));
  expect(gflops).toBeCloseTo((2 * 3 * 2 * 1024 * 256 * 768) / 0.2 / 1e9, 6);
});

it('leaves no memory behind', () => expectFlatMemory(async () => void (await probeGflops(0, () => 0)), 2));
