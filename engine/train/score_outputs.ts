/**
 * Outputs of the blocks that are scored, on every piece. Blocks with the same attention share its work: it is done once for
 * all pieces, and each FFN goes on from there.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ChosenBlock, ModelShape } from '../protocol/variant.ts';
import { normalisedMse } from '../tensor/ops/index.ts';
import { forwardAttention, forwardFfn } from '../transformer/block.ts';
import { disposeWeights, downloadTensor, upload, uploadBlock, type DeviceWeights } from '../transformer/device_weights.ts';
import type { HostTensor } from '../transformer/host_tensor.ts';
import { disposeRope, ropeTables, type RopeTables } from '../transformer/rope.ts';
import { weightsOf } from '../transformer/weights.ts';
import { blockOrigins, readBlock, type BlockOrigins, type BlockSource } from './assemble_block.ts';
import type { Piece } from './score_pieces.ts';

/** A block to score; those that share an attention belong side by side. */
export interface ScoredBlock extends BlockOrigins {
  readonly choice: ChosenBlock;
}

/** In an order that computes each attention once, otherwise as given. */
export async function inSharingOrder(source: BlockSource, choices: readonly ChosenBlock[]): Promise<readonly ScoredBlock[]> {
  const blocks: ScoredBlock[] = [];
  for (const choice of choices) blocks.push({ choice, ...(await blockOrigins(source, choice)) });
  const attentions = [...new Set(blocks.map(({ attention }) => attention))];
  return attentions.flatMap((attention) => blocks.filter((block) => block.attention === attention));
}

/** Sums for a block's normalised MSE over held-out pieces. */
interface NmseSums {
  error: number;
  scale: number;
}

export class BlockOutputs {
  readonly #source: BlockSource;
  readonly #pieces: readonly Piece[];
  readonly #ropes = new Map<number, RopeTables>();
  readonly #nmse = new Map<string, NmseSums>();
  /** States [rows, length, hidden] behind the current attention, by piece. */
  #attended: { readonly key: string; readonly states: readonly HostTensor[] } | undefined;
  #ffn: { readonly variant: string; readonly weights: DeviceWeights } | undefined;

  constructor(source: BlockSource, pieces: readonly Piece[]) {
    this.#source = source;
    this.#pieces = pieces;
  }

  /** [rows, length, hidden] behind the block; the caller disposes it. Quickest block by block in sharing order. */
  async of(block: ScoredBlock, piece: number): Promise<tf.Tensor3D> {
    const weights = await this.#prepare(block);
    const attended = this.#attended?.states[piece];
    const current = this.#pieces[piece];
    if (attended === undefined || current === undefined) throw new RangeError(`There is no piece ${piece}.`);
    const y = tf.tidy(() => forwardFfn(this.#shape, block.choice.ffn, weights, upload(attended) as tf.Tensor3D));
    if (current.kind === 'held_out') await this.#measure(block, y, await current.input(), await current.output());
    return y;
  }

  /** Of the pieces that `of` was asked for. */
  nmse({ choice }: ScoredBlock): number {
    const { error, scale } = this.#nmse.get(choice.variant) ?? { error: Number.NaN, scale: 1 };
    return error / scale;
  }

  dispose(): void {
    if (this.#ffn !== undefined) disposeWeights(this.#ffn.weights);
    this.#ffn = undefined;
    this.#attended = undefined;
    for (const rope of this.#ropes.values()) disposeRope(rope);
    this.#ropes.clear();
  }

  get #shape(): ModelShape {
    return this.#source.parent.architecture.shape;
  }

  /** The FFN's weights on the device, and states behind the attention in ordinary memory. */
  async #prepare(block: ScoredBlock): Promise<DeviceWeights> {
    if (this.#ffn?.variant === block.choice.variant) return this.#ffn.weights;
    const host = await readBlock(this.#source, block.choice);
    if (this.#ffn !== undefined) disposeWeights(this.#ffn.weights);
    this.#ffn = undefined;
    if (this.#attended?.key !== block.attention) {
      const weights = uploadBlock(weightsOf(host, 'attention'));
      try {
        this.#attended = { key: block.attention, states: await this.#attend(block.choice, weights) };
      } finally {
        disposeWeights(weights);
      }
    }
    this.#ffn = { variant: block.choice.variant, weights: uploadBlock(weightsOf(host, 'ffn')) };
    return this.#ffn.weights;
  }

  async #attend({ attention }: ChosenBlock, weights: DeviceWeights): Promise<readonly HostTensor[]> {
    const states: HostTensor[] = [];
    for (const piece of this.#pieces) {
      const input = await piece.input();
      const rope = this.#rope(piece.length);
      const attended = tf.tidy(() => forwardAttention(this.#shape, attention, weights, upload(input) as tf.Tensor3D, rope));
      try {
        states.push(await downloadTensor(attended));
      } finally {
        attended.dispose();
      }
    }
    return states;
  }

  #rope(length: number): RopeTables {
    const known = this.#ropes.get(length) ?? ropeTables(this.#shape, length);
    this.#ropes.set(length, known);
    return known;
  }

  async #measure({ choice }: ScoredBlock, y: tf.Tensor3D, input: HostTensor, output: HostTensor): Promise<void> {
    const [nmse, scale] = tf.tidy(() => {
      const x = upload(input);
      const teacher = upload(output);
      return [normalisedMse(y, teacher, x), tf.sum(tf.square(tf.sub(teacher, x)))] as const;
    });
    try {
      const weight = (await scale.data())[0] ?? Number.NaN;
      const sums = this.#nmse.get(choice.variant) ?? { error: 0, scale: 0 };
      sums.error += ((await nmse.data())[0] ?? Number.NaN) * weight;
      sums.scale += weight;
      this.#nmse.set(choice.variant, sums);
    } finally {
      tf.dispose([nmse, scale]);
    }
  }
}
