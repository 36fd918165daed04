/**
 * Watches every kernel of the current backend: its time, and for matrix products the operations, 2 m n k each. Kernels are
 * called one after the other and finish before they return on wasm and cpu; elsewhere only the operations mean anything.
 */
import { getBackend, getKernelsForBackend, registerKernel, unregisterKernel, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

export interface KernelCall {
  readonly name: string;
  /** When it began. */
  readonly at: number;
  readonly ms: number;
  readonly flops: number;
}

export interface KernelWatch {
  readonly calls: readonly KernelCall[];
  /** Puts everything back. */
  stop(): void;
}

export function watchKernels(): KernelWatch {
  const backend = getBackend();
  const kernels = getKernelsForBackend(backend);
  const calls: KernelCall[] = [];
  for (const kernel of kernels) {
    replace(kernel, {
      ...kernel,
      kernelFunc: (params) => {
        const at = performance.now();
        const output = kernel.kernelFunc(params);
        const ms = performance.now() - at;
        calls.push({ name: kernel.kernelName, at, ms, flops: kernel.kernelName === 'BatchMatMul' ? productFlops(params.inputs['a'], params.attrs?.['transposeA'] === true, output) : 0 });
        return output;
      },
    });
  }
  return {
    calls,
    stop() {
      for (const kernel of kernels) replace(kernel, kernel);
    },
  };
}

function replace(known: KernelConfig, by: KernelConfig): void {
  unregisterKernel(known.kernelName, known.backendName);
  registerKernel(by);
}

/** 2 m n k for every product of the batch: the elements of the output times the length of the sums, twice. */
function productFlops(a: TensorInfo | undefined, transposed: boolean, output: TensorInfo | TensorInfo[]): number {
  const [product] = Array.isArray(output) ? output : [output];
  const summed = a?.shape.at(transposed ? -2 : -1);
  if (product === undefined || summed === undefined) throw new Error('A matrix product is not as expected.');
  return 2 * util.sizeFromShape(product.shape) * summed;
}
