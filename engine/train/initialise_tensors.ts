/** Products of weights in ordinary memory, for variants that start as a product of the parent's matrices. */
import { matMul, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { HostTensor, HostWeights } from '../transformer/host_tensor.ts';

/** @throws RangeError for a weight that the block does not have. */
export function weightOf(weights: HostWeights, name: string): HostTensor {
  const tensor = weights[name];
  if (tensor === undefined) throw new RangeError(`The block has no ${name}.`);
  return tensor;
}

/** [m, k] times [k, n], computed on the device: for an 8B parent it is more than ordinary code does in minutes. */
export async function matrixProduct(a: HostTensor, b: HostTensor): Promise<HostTensor> {
  const rows = a.shape[0] ?? 0;
  const columns = b.shape[1] ?? 0;
  const product = tidy(() => matMul(tensor2d(a.data, [rows, a.shape[1] ?? 0]), tensor2d(b.data, [b.shape[0] ?? 0, columns])));
  try {
    return { shape: [rows, columns], data: Float32Array.from(await product.data()) };
  } finally {
    product.dispose();
  }
}
