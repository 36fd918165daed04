/**
 * `UnsortedSegmentSum` for the wasm backend, which tfjs leaves out: adds each row of x to the row of the result that its
 * segment id names. It is the gradient of a gather, hence of every embedding lookup.
 */
import { UnsortedSegmentSum, getKernel, registerKernel } from '@tensorflow/tfjs-core';
import type { KernelFunc, UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core';
import { wasmHeapOf } from './wasm_heap.ts';

/** Registers the kernel; nothing happens where there is one. */
export function registerSegmentSum(): void {
  if (hasKernel()) return;
  registerKernel({ kernelName: UnsortedSegmentSum, backendName: 'wasm', kernelFunc: segmentSum });
}

function hasKernel(): boolean {
  // Answers undefined where there is none, which its type does not say.
  const kernel: unknown = getKernel(UnsortedSegmentSum, 'wasm');
  return kernel !== undefined;
}

/** x [rows, ...rest], segmentIds int32 [rows] -> [numSegments, ...rest]; rows with ids outside the range count nowhere. */
const segmentSum: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, segmentIds } = inputs;
  const { numSegments } = attrs as unknown as UnsortedSegmentSumAttrs;
  const heap = wasmHeapOf(backend);
  if (heap === undefined || x === undefined || segmentIds === undefined) throw new Error('UnsortedSegmentSum: x and segmentIds are needed, on the wasm backend.');
  if (x.dtype !== 'float32' && x.dtype !== 'int32') throw new Error(`UnsortedSegmentSum: ${x.dtype} cannot be added up.`);
  const [rows = 0, ...rest] = x.shape;
  const output = heap.allocate([numSegments, ...rest], x.dtype);
  const width = rest.reduce((product, size) => product * size, 1);
  const view = x.dtype === 'float32' ? heap.floats : heap.ints;
  const ids = heap.ints(segmentIds);
  const source = view(x);
  const target = view(output);
  target.fill(0);
  for (let row = 0; row < rows; row++) {
    const id = ids[row] ?? -1;
    if (id < 0 || id >= numSegments) continue;
    const to = id * width;
    const from = row * width;
    for (let i = 0; i < width; i++) target[to + i] = (target[to + i] ?? 0) + (source[from + i] ?? 0);
  }
  return output;
};
