/**
 * What the channels of an FFN and whole layers contribute to the parent's output on calibration tokens. Channel i of an FFN
 * contributes C_i = mean over tokens of |X_i| * ||W_down[:, i]||, where X = silu(gate) * up (Puzzle, arXiv 2411.19146,
 * section 3); the least are dropped first. A layer contributes what it changes in the residual stream; a block that
 * replaces several layers starts from the one that changes most.
 */
import * as tf from '@tensorflow/tfjs-core';
import { badInput } from '../protocol/errors.ts';
import type { ModelShape } from '../protocol/variant.ts';
import { linear, rmsNorm, swiGlu } from '../tensor/ops/index.ts';
import { matrix, vector, type DeviceWeights } from '../transformer/device_weights.ts';
import type { Files } from '../transformer/files.ts';
import type { HostTensor, HostWeights } from '../transformer/host_tensor.ts';
import { readTensors, writeTensors } from '../transformer/tensor_file.ts';
import { normEpsilon } from '../transformer/weights.ts';

/** Tokens that channel contributions are averaged over, at most: more do not change which are the largest. */
const CALIBRATION_TOKENS = 2 ** 17;

export interface LayerContribution {
  /** Mean over tokens of the squared length of what the layer adds to the residual stream. */
  readonly change: number;
  /** One per channel of the FFN, where it has channels. */
  readonly channels: Float32Array<ArrayBuffer> | undefined;
}

/** Sum over tokens of |X| for each channel, [I], from the hidden states [B, T, H] behind attention. */
export function channelActivity(shape: ModelShape, weights: DeviceWeights, attended: tf.Tensor3D): tf.Tensor1D {
  return tf.tidy(() => {
    const input = rmsNorm(attended, vector(weights, 'post_attention_layernorm.weight'), normEpsilon(shape));
    const project = (name: string): tf.Tensor => linear(input, matrix(weights, `${name}.weight`), weights[`${name}.bias`] && vector(weights, `${name}.bias`));
    const gated = swiGlu(project('mlp.gate_proj'), project('mlp.up_proj'));
    return tf.sum(tf.abs(gated), [0, 1]);
  });
}

/** C_i from the mean of |X_i| per channel and the down projection [H, I]. */
export function channelContributions(activity: Float64Array, { shape, data }: HostTensor): Float32Array<ArrayBuffer> {
  const [height = 0, width = 0] = shape;
  const squares = new Float64Array(width);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < width; i++) squares[i] = (squares[i] ?? 0) + (data[row * width + i] ?? 0) ** 2;
  }
  return Float32Array.from(activity, (mean, i) => mean * Math.sqrt(squares[i] ?? 0));
}

/** Sums over calibration tokens, in double precision. */
export class ContributionMeter {
  #tokens = 0;
  #change = 0;
  #activity: Float64Array | undefined;

  /** Until there are enough tokens. */
  get wantsMore(): boolean {
    return this.#tokens < CALIBRATION_TOKENS;
  }

  /** Sums over `tokens` of the squared change, and of |X| per channel. */
  add(change: number, activity: ArrayLike<number> | undefined, tokens: number): void {
    this.#tokens += tokens;
    this.#change += change;
    if (activity === undefined) return;
    this.#activity ??= new Float64Array(activity.length);
    for (let i = 0; i < activity.length; i++) this.#activity[i] = (this.#activity[i] ?? 0) + (activity[i] ?? 0);
  }

  /** Of the layer whose down projection [H, I] this is; a layer without channels has none. */
  contribution(down: HostTensor | undefined): LayerContribution {
    const tokens = Math.max(this.#tokens, 1);
    const measured = this.#activity !== undefined && down !== undefined;
    return {
      change: this.#change / tokens,
      channels: measured ? channelContributions((this.#activity ?? new Float64Array()).map((sum) => sum / tokens), down) : undefined,
    };
  }
}

export function contributionsPath(folder: string): string {
  return `${folder}/contributions.safetensors`;
}

export function writeContributions(files: Files, folder: string, layers: readonly LayerContribution[]): Promise<void> {
  const tensors: Record<string, HostTensor> = {};
  for (const [layer, { change, channels }] of layers.entries()) {
    tensors[`layer_${layer}.change`] = { shape: [1], data: Float32Array.of(change) };
    if (channels !== undefined) tensors[`layer_${layer}.channels`] = { shape: [channels.length], data: channels };
  }
  return writeTensors(files, contributionsPath(folder), tensors);
}

/** Of the layers so far, in order. @throws WorkbenchError `not_found`, or `bad_input` where a file is something else. */
export async function readContributions(files: Files, folder: string): Promise<readonly LayerContribution[]> {
  const { tensors } = await readTensors(files, contributionsPath(folder));
  return contributionsIn(tensors);
}

function contributionsIn(tensors: HostWeights): readonly LayerContribution[] {
  const layers: LayerContribution[] = [];
  for (;;) {
    const name = `layer_${layers.length}`;
    const change = tensors[`${name}.change`]?.data[0];
    if (change === undefined) return layers;
    layers.push({ change, channels: tensors[`${name}.channels`]?.data });
  }
}

/** The layer among `parentLayers` that changes the residual stream most; of equals the first. */
export function mostActiveLayer(contributions: readonly LayerContribution[], parentLayers: readonly number[], file: string): number {
  const changes = parentLayers.map((layer) => contributions[layer]?.change);
  const missing = changes.findIndex((change) => change === undefined);
  if (missing >= 0) throw badInput(file, '', `contributions of layer ${parentLayers[missing]}`, `those of ${contributions.length} layers`, "Record the parent's activations again.");
  return parentLayers[changes.indexOf(Math.max(...changes.map((change) => change ?? 0)))] ?? 0;
}
