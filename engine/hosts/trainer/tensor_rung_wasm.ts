/** The rungs that need nothing but npm: wasm, with matrix products in native code or without, and plain JavaScript. */
import { createHash } from 'node:crypto';
import process from 'node:process';
import { openCpuBackend } from '../../tensor/backend/cpu_backend.ts';
import { installNativeMatMul, restoreStockMatMul } from '../../tensor/backend/native_matmul.ts';
import { openWasmBackend } from '../../tensor/backend/wasm_backend.ts';
import { wasmHeap } from '../../tensor/backend/wasm_heap.ts';
import { installKernels, uninstallKernels } from '../../tensor/kernels/install.ts';
import { openNativeMatMul } from './native_matmul_binding.ts';
import { isBundled, kernelBytes, wasmBackendBytes } from './tensor_files.ts';
import type { OpenRung } from './tensor_rung.ts';

export const openWasmNative: OpenRung = async ({ threads, fusedKernels }) => {
  const native = openNativeMatMul(threads);
  const { fused, versions, activate } = await openFused(fusedKernels);
  const activateAll = async () => {
    await activate();
    installNativeMatMul(native);
  };
  await activateAll();
  return {
    line: `wasm + native matmul (${native.name} ${native.version}${fused})`,
    versions: { ...versions, [native.name]: native.version },
    activate: activateAll,
    useThreads: (count) => native.useThreads(count),
    dispose() {
      restoreStockMatMul(native);
      native.dispose();
    },
  };
};

export const openWasm: OpenRung = async ({ fusedKernels }) => {
  const { fused, versions, activate } = await openFused(fusedKernels);
  const activateAll = async () => {
    await activate();
    restoreStockMatMul();
  };
  await activateAll();
  return { line: `wasm${fused}`, versions, activate: activateAll, dispose: () => undefined };
};

/**
 * The wasm backend with our own kernels in it. A product without them is broken; sources that were not built since the
 * kernels changed compose tfjs's, and the line says so.
 */
async function openFused(wanted: boolean): Promise<{ readonly fused: string; readonly versions: Readonly<Record<string, string>>; activate(): Promise<void> }> {
  const kernels = wanted ? await kernelBytes() : undefined;
  const activate = async () => {
    await startWasm();
    uninstallKernels();
    return kernels !== undefined && install(kernels);
  };
  const installed = await activate();
  return {
    fused: installed ? '' : ', without fused kernels',
    versions: kernels === undefined || !installed ? {} : { kernels: createHash('sha256').update(kernels).digest('hex').slice(0, 12) },
    activate: async () => void (await activate()),
  };
}

function install(kernels: Uint8Array<ArrayBuffer>): boolean {
  try {
    installKernels(kernels, wasmHeap().memory);
    return true;
  } catch (thrown) {
    if (isBundled()) throw thrown;
    return false;
  }
}

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
