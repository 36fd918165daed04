/**
 * Where an operation's arithmetic happens: in a fused kernel where the current backend has one of that name
 * (kernels/install.ts registers them for wasm), otherwise in tfjs's own operations, with the same result and gradients.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Names of the fused kernels, as tfjs's registry and profiles show them. */
export type FusedKernel = `Fused${string}`;

export function hasKernel(name: FusedKernel): boolean {
  // Answers undefined where there is none, which its type does not say.
  const kernel: unknown = tf.getKernel(name, tf.getBackend());
  return kernel !== undefined;
}

/**
 * The outputs of the kernel `name`, or of `composite`, whose other tensors are disposed of. A kernel may work in place in an
 * input that its operation says it takes over; the output then is another handle to the same data.
 */
export function run<Outputs extends tf.Tensor[]>(
  name: FusedKernel,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap,
  composite: () => Outputs,
): Outputs {
  if (!hasKernel(name)) return tf.tidy(composite);
  return tf.engine().runKernel<tf.Tensor[]>(name, inputs, attributes) as Outputs;
}

/** total + term where there is a total yet. Takes over both: on wasm the sum is written into `total`. */
export function accumulate<T extends tf.Tensor>(total: T | undefined, term: T): T {
  if (total === undefined) return term;
  const [sum] = run('FusedAddInto', { total, term }, {}, () => [tf.add(total, term) as T]);
  total.dispose();
  term.dispose();
  return sum;
}

/** x · factor for a scalar tensor. Takes over x. */
export function scaled<T extends tf.Tensor>(x: T, factor: tf.Tensor): T {
  const [product] = run('FusedScale', { x, factor }, {}, () => [tf.mul(x, factor) as T]);
  x.dispose();
  return product;
}

/** Elements of a tensor along its last axis. */
export function lastSize(tensor: tf.Tensor): number {
  return tensor.shape[tensor.rank - 1] ?? 1;
}
