/**
 * A whole model on the device, for training end to end and as a teacher beside it: embedding, all blocks, final norm and
 * head. (Models that are only evaluated go block by block instead.)
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../protocol/variant.ts';
import type { Variables } from '../tensor/gradients.ts';
import { embed, type RopeTables } from '../tensor/ops/index.ts';
import { forwardBlock } from '../transformer/block.ts';
import type { WeightSource } from '../transformer/checkpoint.ts';
import { disposeWeights, downloadTensor, downloadWeights, matrix, uploadBlock, uploadVariables, vector, type DeviceWeights } from '../transformer/device_weights.ts';
import { headInput } from '../transformer/head.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { layerPrefix, modelWeightNames } from '../transformer/weights.ts';

export class ResidentModel<W extends DeviceWeights = DeviceWeights> {
  readonly architecture: Architecture;
  /** By the names of a checkpoint; with tied embeddings there is no head. */
  readonly weights: W;
  readonly #blocks: readonly DeviceWeights[];

  constructor(architecture: Architecture, weights: W) {
    this.architecture = architecture;
    this.weights = weights;
    this.#blocks = architecture.blocks.map((_, layer) => withoutPrefix(weights, layerPrefix(layer)));
  }

  /** [V, H]. */
  get head(): tf.Tensor2D {
    const { tie_word_embeddings: tied } = this.architecture.shape;
    return matrix(this.weights, tied ? modelWeightNames.embedding : modelWeightNames.head);
  }

  /** ids int32 [B, T] -> states after every block, [B, T, H] each; before the final norm. `rope` is of T positions. */
  boundaries(ids: tf.Tensor2D, rope: RopeTables): readonly tf.Tensor3D[] {
    return tf.tidy(() => {
      const { shape, blocks } = this.architecture;
      const states: tf.Tensor3D[] = [];
      let hidden = embed(matrix(this.weights, modelWeightNames.embedding), ids);
      for (const [layer, block] of blocks.entries()) {
        hidden = forwardBlock(shape, block, this.#blocks[layer] ?? {}, hidden, rope);
        states.push(hidden);
      }
      return states;
    });
  }

  /** The last of `boundaries`. */
  hidden(ids: tf.Tensor2D, rope: RopeTables): tf.Tensor3D {
    return tf.tidy(() => {
      const last = this.boundaries(ids, rope).at(-1);
      if (last === undefined) throw new RangeError('A model has at least one block.');
      return last;
    });
  }

  /** [B, T, H] -> [B * T, H] after the final norm: what the head multiplies. */
  headInput(hidden: tf.Tensor3D): tf.Tensor2D {
    return headInput(this.architecture.shape, vector(this.weights, modelWeightNames.finalNorm), hidden);
  }

  /** The weights as they are now, copied from the device piece by piece. */
  download(): WeightSource {
    return {
      block: (layer) => downloadWeights(this.#blocks[layer] ?? {}),
      embedding: () => downloadTensor(matrix(this.weights, modelWeightNames.embedding)),
      finalNorm: () => downloadTensor(vector(this.weights, modelWeightNames.finalNorm)),
      head: () => downloadTensor(this.head),
    };
  }

  dispose(): void {
    disposeWeights(this.weights);
  }
}

/** Frozen, for a teacher. The caller disposes it. */
export async function residentModel(architecture: Architecture, source: WeightSource): Promise<ResidentModel> {
  return new ResidentModel(architecture, await collect(architecture, source, uploadBlock));
}

/** With trainable weights. The caller disposes it. */
export async function trainableModel(architecture: Architecture, source: WeightSource): Promise<ResidentModel<Variables>> {
  return new ResidentModel(architecture, await collect(architecture, source, uploadVariables));
}

/** Block by block, so that host memory holds one at a time. */
async function collect<T extends tf.Tensor>(
  architecture: Architecture,
  source: WeightSource,
  uploaded: (host: HostWeights) => Readonly<Record<string, T>>,
): Promise<Readonly<Record<string, T>>> {
  const all: Record<string, T> = {};
  const take = (host: HostWeights, prefix = ''): void => {
    for (const [name, tensor] of Object.entries(uploaded(host))) all[prefix + name] = tensor;
  };
  try {
    take({ [modelWeightNames.embedding]: await source.embedding() });
    for (const layer of architecture.blocks.keys()) take(await source.block(layer), layerPrefix(layer));
    take({ [modelWeightNames.finalNorm]: await source.finalNorm() });
    if (!architecture.shape.tie_word_embeddings) take({ [modelWeightNames.head]: await source.head() });
    return all;
  } catch (thrown) {
    disposeWeights(all);
    throw thrown;
  }
}

function withoutPrefix(weights: DeviceWeights, prefix: string): DeviceWeights {
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
