/**
 * `OneHot` for the wasm backend: tfjs's own writes integers whatever the type, so that float ones come out as 1.4e-45.
 */
import { OneHot, registerKernel, unregisterKernel, getKernel } from '@tensorflow/tfjs-core';
import type { KernelFunc, OneHotAttrs } from '@tensorflow/tfjs-core';
import { wasmHeapOf } from './wasm_heap.ts';

/** Puts the kernel in place of tfjs's; nothing happens where it is. */
export function repairOneHot(): void {
  const stock = getKernel(OneHot, 'wasm');
  if (stock.kernelFunc === oneHot) return;
  unregisterKernel(OneHot, 'wasm');
  registerKernel({ ...stock, kernelFunc: oneHot });
}

/** indices int32 [...shape] -> [...shape, depth]; indices outside 0..depth-1 have no place. */
const oneHot: KernelFunc = ({ inputs: { indices }, backend, attrs }) => {
  const { depth, dtype, onValue, offValue } = attrs as unknown as OneHotAttrs;
  const heap = wasmHeapOf(backend);
  if (heap === undefined || indices === undefined) throw new Error('OneHot: indices are needed, on the wasm backend.');
  if (dtype !== 'float32' && dtype !== 'int32') throw new Error(`OneHot: ${dtype} is not supported on the wasm backend.`);
  const output = heap.allocate([...indices.shape, depth], dtype);
  const target = dtype === 'float32' ? heap.floats(output) : heap.ints(output);
  target.fill(offValue);
  heap.ints(indices).forEach((index, row) => {
    if (index >= 0 && index < depth) target[row * depth + index] = onValue;
  });
  return output;
};
