/**
 * Makes the fused kernels of kernels.wasm (compiled from assembly/ by the build) part of tfjs's wasm backend: the module works
 * on the backend's own memory, so tensors are neither copied nor moved. Without it, or on another backend, operations compose
 * tfjs's own kernels (ops/kernel.ts).
 */
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';
import { wasmHeapOf, type WasmMemory } from '../backend/wasm_heap.ts';
import { BLOCK_KERNELS } from './blocks.ts';
import { KernelCall, type Bindings } from './call.ts';
import { KERNEL_FUNCTIONS, type KernelFunctions } from './functions.ts';
import { LOSS_KERNELS } from './losses.ts';
import { REPLACEMENTS } from './replacements.ts';
import { TRAINING_KERNELS } from './training.ts';

/** The file beside the engine's scripts. */
export const KERNELS_FILE = 'kernels.wasm';

/** The part of WebAssembly that is needed; its types come with platforms only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: { readonly env: { readonly memory: WasmMemory } }) => { readonly exports: object };
};

const BINDINGS: Bindings = { ...BLOCK_KERNELS, ...LOSS_KERNELS, ...TRAINING_KERNELS };

/** What was registered under the names of REPLACEMENTS. */
let stock: readonly KernelConfig[] | undefined;

/**
 * `bytes` are KERNELS_FILE's, `memory` is that of the wasm backend, which is open. Once installed, kernels stay until
 * `uninstallKernels`; installing again replaces them.
 * @throws Error where the module was compiled from other sources than this.
 */
export function installKernels(bytes: Uint8Array<ArrayBuffer>, memory: WasmMemory): void {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  if (!isComplete(exports)) throw new Error(`${KERNELS_FILE} lacks a function that is called here; build the engine again.`);
  uninstallKernels();
  for (const [kernelName, binding] of Object.entries(BINDINGS)) {
    registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: (params) => [...binding(callOf(kernelName, params), exports)],
    });
  }
  stock = Object.entries(REPLACEMENTS).map(([kernelName, { fits, binding }]) => {
    const replaced = getKernel(kernelName, 'wasm');
    unregisterKernel(kernelName, 'wasm');
    registerKernel({
      ...replaced,
      // One tensor, not a list of one: tfjs's operations look at the difference.
      kernelFunc: (params) => (fits(params.inputs) ? binding(callOf(kernelName, params), exports)[0] : replaced.kernelFunc(params)),
    });
    return replaced;
  });
}

/** Back to tfjs's own kernels and compositions of them, for comparisons. */
export function uninstallKernels(): void {
  if (stock === undefined) return;
  for (const name of Object.keys(BINDINGS)) unregisterKernel(name, 'wasm');
  for (const replaced of stock) {
    unregisterKernel(replaced.kernelName, 'wasm');
    registerKernel(replaced);
  }
  stock = undefined;
}

function callOf(kernelName: string, { inputs, attrs, backend }: Parameters<KernelFunc>[0]): KernelCall {
  const heap = wasmHeapOf(backend);
  if (heap === undefined) throw new Error(`${kernelName} runs on the wasm backend only.`);
  return new KernelCall(kernelName, inputs, attrs ?? {}, heap);
}

function isComplete(exports: object): exports is KernelFunctions {
  return Object.keys(KERNEL_FUNCTIONS).every((name) => typeof (exports as Record<string, unknown>)[name] === 'function');
}
