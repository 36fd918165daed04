/**
 * Opens tfjs's wasm backend from bytes: hosts read the file, however they are packaged, and nothing is looked up relative to
 * a script. One thread, as work is spread over processes.
 */
import { backend, env, ready, setBackend } from '@tensorflow/tfjs-core';
import { BackendWasm, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { guardAllocations, refuseUnwrittenProduct } from './memory_guard.ts';
import { repairOneHot } from './one_hot.ts';
import { registerSegmentSum } from './segment_sum.ts';

/** The file of the package's `wasm-out` that is needed, where wasm has SIMD, as all that we run on do. */
export const WASM_FILE = 'tfjs-backend-wasm-simd.wasm';

/** `wasm` holds WASM_FILE's bytes. Makes the backend current; opening again keeps the one that is open. */
export async function openWasmBackend(wasm: Uint8Array<ArrayBuffer>): Promise<BackendWasm> {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (opened === undefined) {
    registerSegmentSum();
    repairOneHot();
    setThreadsCount(1);
    const url = addressOf(wasm);
    setWasmPaths({ 'tfjs-backend-wasm.wasm': url, 'tfjs-backend-wasm-simd.wasm': url, 'tfjs-backend-wasm-threaded-simd.wasm': url }, true);
  }
  if (!(await hearing(refuseUnwrittenProduct, () => setBackend('wasm')))) throw new Error('The wasm tensor backend did not start.');
  await ready();
  const current = backend();
  if (!(current instanceof BackendWasm)) throw new Error('The wasm tensor backend is another one than expected.');
  if (current !== opened) guardAllocations(current);
  opened = current;
  return current;
}

let opened: BackendWasm | undefined;

/** tfjs's module warns, for good, through what `console.warn` is when it starts: has `listener` hear that first. */
async function hearing<T>(listener: (said: unknown) => void, start: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = (...said: unknown[]) => {
    listener(said[0]);
    warn.apply(console, said);
  };
  try {
    return await start();
  } finally {
    console.warn = warn;
  }
}

/** tfjs fetches its module from an address; this one holds the bytes themselves, so nothing is served. */
function addressOf(wasm: Uint8Array<ArrayBuffer>): string {
  let binary = '';
  for (let i = 0; i < wasm.length; i += 0x2000) binary += String.fromCharCode(...wasm.subarray(i, i + 0x2000));
  return `data:application/wasm;base64,${btoa(binary)}`;
}
