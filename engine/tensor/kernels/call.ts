/** One call of a fused kernel: its tensors on the wasm heap, checked, and new ones for its outputs. */
import { backend as currentBackend, util } from '@tensorflow/tfjs-core';
import type { DataType, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { WasmHeap } from '../backend/wasm_heap.ts';
import type { FusedKernel } from '../ops/kernel.ts';
import type { KernelFunctions } from './functions.ts';

/** Computes a kernel's outputs. */
export type Binding = (call: KernelCall, wasm: KernelFunctions) => readonly TensorInfo[];
export type Bindings = Readonly<Record<FusedKernel, Binding>>;

export class KernelCall {
  readonly #name: string;
  readonly #inputs: NamedTensorInfoMap;
  readonly #attributes: NamedAttrMap;
  readonly #heap: WasmHeap;

  constructor(name: string, inputs: NamedTensorInfoMap, attributes: NamedAttrMap, heap: WasmHeap) {
    this.#name = name;
    this.#inputs = inputs;
    this.#attributes = attributes;
    this.#heap = heap;
  }

  /** The input `name`, of whatever type. @throws Error where there is none. */
  any(name: string): TensorInfo {
    const tensor = this.#inputs[name];
    if (tensor === undefined) throw new Error(`${this.#name}: ${name} is missing.`);
    return tensor;
  }

  /** The input `name`. @throws Error where there is none, or its type is another. */
  input(name: string, dtype: DataType = 'float32'): TensorInfo {
    const tensor = this.any(name);
    if (tensor.dtype !== dtype) throw new Error(`${this.#name}: ${name} is ${tensor.dtype}; it must be ${dtype}.`);
    return tensor;
  }

  optional(name: string): TensorInfo | undefined {
    return this.#inputs[name] === undefined ? undefined : this.input(name);
  }

  /** An input with as many elements as `count`. */
  sized(name: string, count: number, dtype: DataType = 'float32'): TensorInfo {
    const tensor = this.input(name, dtype);
    if (sizeOf(tensor) !== count) throw new Error(`${this.#name}: ${name} is [${tensor.shape.join(', ')}]; it must have ${count} elements.`);
    return tensor;
  }

  number(name: string): number {
    const value = this.#attributes[name];
    if (typeof value !== 'number') throw new Error(`${this.#name}: ${name} is missing.`);
    return value;
  }

  /** A new tensor, to be filled. Addresses stay where they are when the heap grows. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.#heap.allocate(shape, dtype);
  }

  /** A new scalar. */
  filled(value: number): TensorInfo {
    const scalar = this.output([]);
    this.#heap.floats(scalar).fill(value);
    return scalar;
  }

  /** Another handle to an input's data. */
  handle(tensor: TensorInfo): TensorInfo {
    currentBackend().incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype };
  }

  /** An input as an output: the kernel worked in place. */
  inPlace(tensor: TensorInfo): TensorInfo {
    const backend = currentBackend();
    if (!(backend instanceof BackendWasm)) throw new Error(`${this.#name} runs on the wasm backend only.`);
    // tfjs keeps a packed copy of matrices that it multiplied with, by id: registering the id anew drops it.
    const { id, memoryOffset } = backend.dataIdMap.get(tensor.dataId);
    backend.wasm.tfjs.disposeData(id);
    backend.wasm.tfjs.registerTensor(id, sizeOf(tensor), memoryOffset);
    return this.handle(tensor);
  }

  /** Byte offset; 0 for none. */
  at(tensor: TensorInfo | undefined): number {
    return tensor === undefined ? 0 : this.#heap.offsetOf(tensor);
  }
}

/** Number of elements. */
export function sizeOf({ shape }: TensorInfo): number {
  return util.sizeFromShape(shape);
}

/** Rows and their width, over the last axis. */
export function rowsOf(tensor: TensorInfo): { readonly rows: number; readonly width: number } {
  const width = tensor.shape.at(-1) ?? 1;
  return { rows: width === 0 ? 0 : sizeOf(tensor) / width, width };
}
