/**
 * Quality of a model against its parent, token by token on held-out sequences (puzzle.md 1.4): LM loss, KL of the next-token
 * distributions, top-k accuracy and the distance of the last hidden states. Sums are kept in double precision.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Quality } from '../protocol/train.ts';
import type { ModelShape } from '../protocol/variant.ts';
import { tokenMetrics } from '../tensor/ops/index.ts';
import { headInput, type Head } from '../transformer/head.ts';

/** ids [rows, length], row-major, to the token after each, -1 behind the last of a row; int32, flat. */
export function nextTokens(ids: ArrayLike<number>, length: number): Int32Array {
  return Int32Array.from({ length: ids.length }, (_, i) => ((i + 1) % length === 0 ? -1 : (ids[i + 1] ?? -1)));
}

/** Adds up one model's quality over batches. */
export class QualityMeter {
  readonly #shape: ModelShape;
  readonly #model: Head;
  readonly #parent: Head;
  #tokens = 0;
  #targets = 0;
  #nll = 0;
  #kl = 0;
  #cosine = 0;
  readonly #top = { 1: 0, 5: 0, 10: 0 };

  /** The weights stay their owner's. Model and parent have one shape. */
  constructor(shape: ModelShape, model: Head, parent: Head) {
    this.#shape = shape;
    this.#model = model;
    this.#parent = parent;
  }

  /** Last hidden states before the final norm, both [rows, length, H], of the same ids [rows * length]. */
  async add(hidden: tf.Tensor3D, parentHidden: tf.Tensor3D, ids: ArrayLike<number>, length: number): Promise<void> {
    const { targets, student, teacher, cosine } = tf.tidy(() => ({
      targets: tf.tensor1d(nextTokens(ids, length), 'int32'),
      student: headInput(this.#shape, this.#model.finalNorm, hidden),
      teacher: headInput(this.#shape, this.#parent.finalNorm, parentHidden),
      cosine: distances(hidden, parentHidden),
    }));
    try {
      const metrics = await tokenMetrics(student, this.#model.head, targets, { teacher: { hidden: teacher, head: this.#parent.head } });
      const cosines = await cosine.data();
      this.#tokens += ids.length;
      for (let i = 0; i < ids.length; i++) {
        this.#kl += metrics.kl?.[i] ?? Number.NaN;
        this.#cosine += cosines[i] ?? Number.NaN;
        const rank = metrics.rank[i] ?? -1;
        if (rank < 0) continue;
        this.#targets += 1;
        this.#nll += metrics.nll[i] ?? Number.NaN;
        for (const k of [1, 5, 10] as const) if (rank < k) this.#top[k] += 1;
      }
    } finally {
      tf.dispose([targets, student, teacher, cosine]);
    }
  }

  /** Means over everything added; LM loss and top-k over the tokens that have a next one. */
  quality(tasks: Readonly<Record<string, number>> = {}): Quality {
    const targets = Math.max(this.#targets, 1);
    const tokens = Math.max(this.#tokens, 1);
    return {
      lm_loss: this.#nll / targets,
      kl_div: this.#kl / tokens,
      top_1: this.#top[1] / targets,
      top_5: this.#top[5] / targets,
      top_10: this.#top[10] / targets,
      hidden_cosine: this.#cosine / tokens,
      tasks: { ...tasks },
      tokens: this.#tokens,
    };
  }
}

/** 1 - cos per token, flat; 0 where both are the same. */
function distances(a: tf.Tensor, b: tf.Tensor): tf.Tensor1D {
  const dot = tf.sum(tf.mul(a, b), -1);
  const norms = tf.sqrt(tf.mul(tf.sum(tf.square(a), -1), tf.sum(tf.square(b), -1)));
  return tf.reshape(tf.sub(1, tf.div(dot, tf.maximum(norms, 1e-12))), [-1]);
}
