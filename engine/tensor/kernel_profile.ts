/** Where the time of tensor work goes, kernel by kernel: for benchmarks and for whoever makes kernels faster. */
import { getBackend, getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';

export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  /** In the kernel itself, without those that it calls. */
  readonly ms: number;
}

/**
 * Runs `work`, which must be synchronous, and times every kernel of the current backend, slowest first. `now` is a clock in
 * milliseconds. Backends that only enqueue work (webgpu) are timed enqueuing it.
 */
export function profileKernels(work: () => void, now: () => number): { readonly totalMs: number; readonly kernels: readonly KernelTime[] } {
  const times = new Map<string, { calls: number; ms: number }>();
  // Time spent in kernels called by the running one, outermost first.
  const inner: number[] = [];
  const timed = ({ kernelName, kernelFunc, ...rest }: KernelConfig): KernelConfig => ({
    ...rest,
    kernelName,
    kernelFunc: (params) => {
      const startedAt = now();
      inner.push(0);
      try {
        return kernelFunc(params);
      } finally {
        const ms = now() - startedAt;
        const own = ms - (inner.pop() ?? 0);
        const outer = inner.pop();
        if (outer !== undefined) inner.push(outer + ms);
        const known = times.get(kernelName) ?? { calls: 0, ms: 0 };
        times.set(kernelName, { calls: known.calls + 1, ms: known.ms + own });
      }
    },
  });
  const kernels = getKernelsForBackend(getBackend());
  kernels.forEach((kernel) => replace(timed(kernel)));
  const startedAt = now();
  try {
    work();
  } finally {
    kernels.forEach(replace);
  }
  const totalMs = now() - startedAt;
  return { totalMs, kernels: [...times].map(([kernel, time]) => ({ kernel, ...time })).sort((a, b) => b.ms - a.ms) };
}

function replace(kernel: KernelConfig): void {
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}
