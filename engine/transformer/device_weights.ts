/**
 * Weights on the device. They come from host memory block by block, and go again when their owner is done with them; what
 * is trained is uploaded as variables.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, HostWeights } from './host_tensor.ts';

/** A block's weights by name relative to its layer, or any others by their names. */
export type DeviceWeights = Readonly<Record<string, tf.Tensor>>;
export type DeviceVariables = Readonly<Record<string, tf.Variable>>;

/** The caller disposes it. */
export function upload({ shape, data }: HostTensor): tf.Tensor {
  return tf.tensor(data, [...shape], 'float32');
}

/** The caller disposes them, see `disposeWeights`. */
export function uploadBlock(host: HostWeights): DeviceWeights {
  return uploadAll(host, upload);
}

/** The same as trainable variables; gradients are asked for by name. */
export function uploadVariables(host: HostWeights): DeviceVariables {
  return uploadAll(host, (tensor) => tf.tidy(() => tf.variable(upload(tensor), true)));
}

function uploadAll<T extends tf.Tensor>(host: HostWeights, one: (tensor: HostTensor) => T): Readonly<Record<string, T>> {
  const done: [string, T][] = [];
  try {
    for (const [name, tensor] of Object.entries(host)) done.push([name, one(tensor)]);
  } catch (thrown) {
    for (const [, tensor] of done) tensor.dispose();
    throw thrown;
  }
  return Object.fromEntries(done);
}

export function disposeWeights(weights: DeviceWeights): void {
  for (const tensor of Object.values(weights)) tensor.dispose();
}

/** A copy in ordinary memory. */
export async function downloadTensor(tensor: tf.Tensor): Promise<HostTensor> {
  return { shape: [...tensor.shape], data: Float32Array.from(await tensor.data<'float32'>()) };
}

export async function downloadWeights(weights: DeviceWeights): Promise<HostWeights> {
  const done: [string, HostTensor][] = [];
  for (const [name, tensor] of Object.entries(weights)) done.push([name, await downloadTensor(tensor)]);
  return Object.fromEntries(done);
}

/** The matrix of this name. @throws Error where the weights are another block's: a fault of the program. */
export function matrix(weights: DeviceWeights, name: string): tf.Tensor2D {
  return ranked(weights, name, 2) as tf.Tensor2D;
}

/** The norm or bias of this name. */
export function vector(weights: DeviceWeights, name: string): tf.Tensor1D {
  return ranked(weights, name, 1) as tf.Tensor1D;
}

function ranked(weights: DeviceWeights, name: string, rank: number): tf.Tensor {
  const tensor = weights[name];
  if (tensor === undefined) throw new Error(`The block has no weight ${name}; it has ${Object.keys(weights).join(', ') || 'none'}.`);
  if (tensor.rank !== rank) throw new Error(`${name} has ${tensor.rank} axes, not ${rank}.`);
  return tensor;
}
