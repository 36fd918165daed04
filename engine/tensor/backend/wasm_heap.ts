/**
 * The memory of tfjs's wasm module, opened for kernels of our own: native matrix products and wasm functions read and write
 * tensors in place, by byte offset, without copies. The heap may grow with every allocation, which detaches all views of it;
 * make views after the last allocation of a call and keep none.
 */
import { backend as currentBackend, getBackend, util } from '@tensorflow/tfjs-core';
import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** A WebAssembly.Memory, whose type comes with platforms only. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmHeap {
  /** To be imported by wasm modules that work on the same heap. */
  readonly memory: WasmMemory;
  /** Where the tensor's data begins, in bytes, a multiple of 8; it stays there for the tensor's life. */
  offsetOf(tensor: TensorInfo): number;
  /** A new tensor whose values are arbitrary; the caller fills it all. @throws WorkbenchError `too_large` */
  allocate(shape: readonly number[], dtype: DataType): TensorInfo;
  /** Gives back a tensor that `allocate` made and that never left the kernel. */
  release(tensor: TensorInfo): void;
  /** Valid until the next allocation. */
  floats(tensor: TensorInfo): Float32Array<ArrayBuffer>;
  /** Valid until the next allocation. */
  ints(tensor: TensorInfo): Int32Array<ArrayBuffer>;
  /** Bytes the heap has grown to; it never shrinks. */
  size(): number;
}

/** The heap of `backend`, a kernel's or the current one; undefined where that is not the wasm backend. */
export function wasmHeapOf(backend: unknown): WasmHeap | undefined {
  if (!(backend instanceof BackendWasm)) return undefined;
  const known = heaps.get(backend);
  if (known !== undefined) return known;
  const heap = heapOf(backend);
  heaps.set(backend, heap);
  return heap;
}

/** The current backend's heap. @throws Error where the current backend is not wasm. */
export function wasmHeap(): WasmHeap {
  const heap = getBackend() === 'wasm' ? wasmHeapOf(currentBackend()) : undefined;
  if (heap === undefined) throw new Error(`The current tensor backend, ${getBackend()}, has no wasm heap.`);
  return heap;
}

const heaps = new WeakMap<KernelBackend, WasmHeap>();

function heapOf(backend: BackendWasm): WasmHeap {
  const module = moduleOf(backend);
  return {
    memory: module.asm.memory,
    offsetOf: (tensor) => backend.getMemoryOffset(tensor.dataId),
    allocate: (shape, dtype) => backend.makeOutput([...shape], dtype),
    release: (tensor) => void backend.disposeData(tensor.dataId),
    floats: (tensor) => new Float32Array(module.asm.memory.buffer, backend.getMemoryOffset(tensor.dataId), util.sizeFromShape(tensor.shape)),
    ints: (tensor) => new Int32Array(module.asm.memory.buffer, backend.getMemoryOffset(tensor.dataId), util.sizeFromShape(tensor.shape)),
    size: () => module.asm.memory.buffer.byteLength,
  };
}

/** What tfjs's own types leave out of its wasm module. */
interface WasmModule {
  readonly asm: { readonly memory: WasmMemory };
  /** Answers 0 where the heap cannot grow; a negative number above 2 GiB. */
  _malloc: (bytes: number) => number;
  readonly _free: (address: number) => void;
}

/** tfjs's wasm module behind `backend`. */
export function moduleOf(backend: BackendWasm): WasmModule {
  const module: unknown = backend.wasm;
  if (!isWasmModule(module)) throw new Error('This version of the wasm tensor backend is laid out differently; 4.22.0 is expected.');
  return module;
}

function isWasmModule(module: unknown): module is WasmModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    '_malloc' in module &&
    typeof module._malloc === 'function' &&
    '_free' in module &&
    typeof module._free === 'function' &&
    'asm' in module &&
    typeof module.asm === 'object' &&
    module.asm !== null &&
    'memory' in module.asm &&
    typeof module.asm.memory === 'object' &&
    module.asm.memory !== null &&
    'buffer' in module.asm.memory
  );
}
