/**
 * Matrix products of the wasm backend in native code, on the tensors' own memory: no copies, output preallocated. The
 * library that multiplies is handed in, so that nothing here depends on Node. The stock kernel stays at hand, for products
 * too small to be worth the call and so that benchmarks can switch back and forth in one process. `_FusedMatMul` stays
 * stock: nothing in the core emits it but `tf.fused.matMul`, which we do not use.
 */
import { BatchMatMul, getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { BatchMatMulAttrs, KernelConfig, KernelFunc, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { planMatMul } from './matmul_shapes.ts';
import { wasmHeapOf } from './wasm_heap.ts';

/** Row-major floats with their dimensions. */
export interface NativeOperand {
  readonly dims: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A library that multiplies float32 matrices where they lie, with numpy's broadcasting of leading dimensions. */
export interface NativeMatMul {
  /** Name and version, for people and provenance. */
  readonly name: string;
  readonly version: string;
  /** y = op(a) op(b); returns when y is written. */
  multiply(a: NativeOperand, b: NativeOperand, y: NativeOperand, transposeA: boolean, transposeB: boolean): void;
  /** Threads of each further product, at least 1; its bits do not depend on them. */
  useThreads(count: number): void;
  dispose(): void;
}

let inUse: { readonly native: NativeMatMul; readonly stock: KernelConfig } | undefined;

/** Makes every further matrix product of the wasm backend use `native`, until `restoreStockMatMul`. */
export function installNativeMatMul(native: NativeMatMul): void {
  restoreStockMatMul();
  const stock = getKernel(BatchMatMul, 'wasm');
  unregisterKernel(BatchMatMul, 'wasm');
  registerKernel({ ...stock, kernelFunc: nativeKernel(native, stock.kernelFunc) });
  inUse = { native, stock };
}

/** Takes the kernel that comes with tfjs again, where another is in use; given one, only where it is that. */
export function restoreStockMatMul(insteadOf?: NativeMatMul): void {
  if (inUse === undefined || (insteadOf !== undefined && insteadOf !== inUse.native)) return;
  unregisterKernel(BatchMatMul, 'wasm');
  registerKernel(inUse.stock);
  inUse = undefined;
}

function nativeKernel(native: NativeMatMul, stockKernel: KernelFunc): KernelFunc {
  return (params) => {
    const { a, b } = operands(params.inputs);
    const { transposeA, transposeB } = params.attrs as unknown as BatchMatMulAttrs;
    const heap = wasmHeapOf(params.backend);
    // The stock kernel has the message for other types.
    if (heap === undefined || a.dtype !== 'float32' || b.dtype !== 'float32') return stockKernel(params);
    const plan = planMatMul(a.shape, b.shape, transposeA, transposeB);
    if (plan.kind === 'small') return stockKernel(params);
    // An operand that lies on another backend comes over at its first use, which may grow the heap as well.
    for (const operand of [a, b]) heap.offsetOf(operand);
    const output = heap.allocate(plan.outputShape, 'float32');
    if (plan.kind === 'empty') {
      heap.floats(output).fill(0);
      return output;
    }
    // Views only now: allocating may have moved the heap.
    native.multiply(
      { dims: plan.a, data: heap.floats(a) },
      { dims: plan.b, data: heap.floats(b) },
      { dims: plan.y, data: heap.floats(output) },
      transposeA,
      transposeB,
    );
    return output;
  };
}

function operands({ a, b }: NamedTensorInfoMap): { readonly a: TensorInfo; readonly b: TensorInfo } {
  if (a === undefined || b === undefined) throw new Error('A matrix product needs two operands.');
  return { a, b };
}
