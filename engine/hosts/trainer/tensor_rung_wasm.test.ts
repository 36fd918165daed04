import process from 'node:process';
import { expect, it } from 'vitest';
import { openWasm } from './tensor_rung_wasm.ts';

it('opening the wasm backend leaves the process and its globals as they were', async () => {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const listeners = () => events.map((event) => process.listenerCount(event));
  const before = listeners();
  const rung = await openWasm({ threads: 1, forced: true, fusedKernels: true });
  // Emscripten adds one of each, which turn an error into an exit that hides it.
  expect(listeners()).toEqual(before);
  expect('__dirname' in globalThis).toBe(false);
  rung.dispose();
});
