/** A tensor in ordinary memory, outside any backend's heap: how weights wait for their turn on the device. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Weights by Hugging Face's name, relative to the layer for a block's. */
export type HostWeights = Readonly<Record<string, HostTensor>>;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
