/**
 * Autoregressive decoding with a KV cache: what has been seen stays as keys and values, so that a further token costs one
 * pass over one position. Layers with a linear map or without attention keep nothing.
 */
import * as tf from '@tensorflow/tfjs-core';
import { forwardCachedBlock, type KvCache } from './block.ts';
import { logitsOf } from './head.ts';
import type { Model } from './model.ts';
import { disposeRope, ropeTables, type RopeTables } from './rope.ts';
import type { TokenBatch } from './token_batch.ts';
import { refuseLongerThanWindow } from './unsupported.ts';

export class Decoder {
  readonly #model: Model;
  #past: readonly (KvCache | undefined)[] = [];
  #position = 0;

  /** The model stays its owner's, and must outlive the decoder. */
  constructor(model: Model) {
    this.#model = model;
  }

  /** Tokens of each sequence seen so far. */
  get position(): number {
    return this.#position;
  }

  /**
   * Goes on with the next tokens of the same sequences; gives the logits behind the last of them, [B, V] row-major. Where it
   * throws, the decoder is as before.
   * @throws WorkbenchError `bad_input` for ids outside the vocabulary and sequences longer than the model can see
   */
  async advance(batch: TokenBatch): Promise<Float32Array> {
    const { shape, architecture } = this.#model;
    refuseLongerThanWindow(architecture, this.#position + batch.length);
    const rope = ropeTables(shape, batch.length, this.#position);
    const present: (KvCache | undefined)[] = [];
    try {
      const logits = await this.#logitsBehind(await this.#model.embed(batch), rope, present);
      this.#forget();
      this.#past = present;
      this.#position += batch.length;
      return logits;
    } catch (thrown) {
      present.forEach(disposeCache);
      throw thrown;
    } finally {
      disposeRope(rope);
    }
  }

  /** Takes the states `x` of the new tokens through all layers, and disposes of them; adds each layer's cache to `present`. */
  async #logitsBehind(x: tf.Tensor3D, rope: RopeTables, present: (KvCache | undefined)[]): Promise<Float32Array> {
    const { shape, layers } = this.#model;
    let states = x;
    try {
      for (let layer = 0; layer < layers; layer++) {
        const past = this.#past[layer];
        const next = await this.#model.withBlock(layer, (weights, block) => forwardCachedBlock(shape, block, weights, states, rope, past));
        present.push(next.present);
        states.dispose();
        states = next.output;
      }
      const last = tf.slice(states, [0, states.shape[1] - 1, 0], [-1, 1, -1]);
      states.dispose();
      states = last;
      const logits = await this.#model.withHead((head) => logitsOf(shape, head, last));
      const values = Float32Array.from(await logits.data<'float32'>());
      logits.dispose();
      return values;
    } finally {
      states.dispose();
    }
  }

  /** Frees the cache; the decoder can begin again. */
  dispose(): void {
    this.#forget();
    this.#position = 0;
  }

  #forget(): void {
    this.#past.forEach(disposeCache);
    this.#past = [];
  }
}

function disposeCache(cache: KvCache | undefined): void {
  cache?.k.dispose();
  cache?.v.dispose();
}
