/**
 * Adam with bias correction (Kingma and Ba 2015) and decoupled weight decay (Loshchilov and Hutter 2019), which only matrices
 * get: norms and biases are not pulled towards zero.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gradients, Variables } from './gradients.ts';

export interface AdamOptions {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Share of a matrix that is subtracted per step and unit of learning rate. */
  readonly weightDecay: number;
}

/** Everything a later step depends on, in ordinary memory: first and second moments by the variable's name. */
export interface AdamState {
  readonly step: number;
  readonly m: Readonly<Record<string, Float32Array>>;
  readonly v: Readonly<Record<string, Float32Array>>;
}

interface Moments {
  readonly m: tf.Variable;
  readonly v: tf.Variable;
}

export class Adam {
  readonly #options: AdamOptions;
  readonly #moments = new Map<string, Moments>();
  #step = 0;

  constructor(options: AdamOptions) {
    this.#options = options;
  }

  /**
   * One update of every variable that has a gradient. Where `clipNorm` is given and the norm of all gradients together is
   * larger, they are scaled down to it. Returns that norm before clipping; the caller disposes of it, and of the gradients.
   */
  step(variables: Variables, gradients: Gradients, learningRate: number, clipNorm?: number): tf.Scalar {
    const { betas, epsilon, weightDecay } = this.#options;
    const [beta1, beta2] = betas;
    this.#step += 1;
    const correction1 = 1 - beta1 ** this.#step;
    const correction2 = 1 - beta2 ** this.#step;
    return tf.tidy(() => {
      const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
      const norm = tf.sqrt(tf.addN(squares)) as tf.Scalar;
      const factor = clipNorm === undefined ? tf.scalar(1) : tf.minimum(1, tf.div(clipNorm, tf.maximum(norm, 1e-12)));
      for (const [name, gradient] of Object.entries(gradients)) {
        const variable = variables[name];
        if (variable === undefined) throw new Error(`There is a gradient for ${name} but no variable.`);
        const { m, v } = this.#momentsOf(name, variable);
        const clipped = tf.mul(gradient, factor);
        m.assign(tf.add(tf.mul(m, beta1), tf.mul(clipped, 1 - beta1)));
        v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(clipped), 1 - beta2)));
        const update = tf.div(tf.div(m, correction1), tf.add(tf.sqrt(tf.div(v, correction2)), epsilon));
        const decay = variable.rank >= 2 ? 1 - learningRate * weightDecay : 1;
        variable.assign(tf.sub(tf.mul(variable, decay), tf.mul(update, learningRate)));
      }
      return norm;
    });
  }

  /** A copy of the state, which `restore` puts back bit by bit. */
  async state(): Promise<AdamState> {
    const m: Record<string, Float32Array> = {};
    const v: Record<string, Float32Array> = {};
    for (const [name, moments] of this.#moments) {
      m[name] = Float32Array.from(await moments.m.data());
      v[name] = Float32Array.from(await moments.v.data());
    }
    return { step: this.#step, m, v };
  }

  /** Goes on from `state` with `variables` of the same names and sizes. */
  restore(state: AdamState, variables: Variables): void {
    this.dispose();
    this.#step = state.step;
    for (const [name, first] of Object.entries(state.m)) {
      const variable = variables[name];
      const second = state.v[name];
      if (variable === undefined || second === undefined) throw new Error(`The optimiser's state has ${name}, which is not trained.`);
      this.#moments.set(name, tf.tidy(() => ({
        m: tf.variable(tf.tensor(first, variable.shape), false),
        v: tf.variable(tf.tensor(second, variable.shape), false),
      })));
    }
  }

  /** Frees the moments. */
  dispose(): void {
    for (const { m, v } of this.#moments.values()) {
      m.dispose();
      v.dispose();
    }
    this.#moments.clear();
  }

  #momentsOf(name: string, variable: tf.Variable): Moments {
    let moments = this.#moments.get(name);
    if (moments === undefined) {
      moments = {
        m: tf.variable(tf.zeros(variable.shape), false),
        v: tf.variable(tf.zeros(variable.shape), false),
      };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}
