/** The rungs that need nothing but npm: wasm, with matrix products in native code or without, and plain JavaScript. */
import process from 'node:process';
import { openCpuBackend } from '../../tensor/backend/cpu_backend.ts';
import { installNativeMatMul, restoreStockMatMul } from '../../tensor/backend/native_matmul.ts';
import { openWasmBackend } from '../../tensor/backend/wasm_backend.ts';
import { openNativeMatMul } from './native_matmul_binding.ts';
import { wasmBackendBytes } from './tensor_files.ts';
import type { OpenRung } from './tensor_rung.ts';

export const openWasmNative: OpenRung = async ({ threads }) => {
  const native = openNativeMatMul(threads);
  const activate = async () => {
    await startWasm();
    installNativeMatMul(native);
  };
  await activate();
  return {
    line: `wasm + native matmul (${native.name} ${native.version})`,
    versions: { [native.name]: native.version },
    activate,
    dispose() {
      restoreStockMatMul(native);
      native.dispose();
    },
  };
};

export const openWasm: OpenRung = async () => {
  const activate = async () => {
    await startWasm();
    restoreStockMatMul();
  };
  await activate();
  return { line: 'wasm', versions: {}, activate, dispose: () => undefined };
};

export const openCpu: OpenRung = async () => {
  await openCpuBackend();
  return { line: 'plain JavaScript', versions: {}, activate: openCpuBackend, dispose: () => undefined };
};

/**
 * tfjs's wasm module is a CommonJS script made by Emscripten. It reads `__dirname`, which a bundle of ES modules lacks, though
 * the file is never looked for there; and it makes the process exit on every unhandled error in a way that hides the error.
 */
async function startWasm(): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  const global = globalThis as { __dirname?: string };
  const lacking = global.__dirname === undefined;
  if (lacking) global.__dirname = import.meta.dirname;
  try {
    await openWasmBackend(await wasmBackendBytes());
  } finally {
    if (lacking) delete global.__dirname;
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (before[i]?.includes(listener) !== true) process.removeListener(event, listener);
      }
    });
  }
}
