/**
 * Adam with bias correction (Kingma and Ba 2015) and decoupled weight decay (Loshchilov and Hutter 2019), which only matrices
 * get: norms and biases are not pulled towards zero. With fused kernels, variables and moments are updated where they lie.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gradients, Variables } from './gradients.ts';
import { hasKernel, run } from './ops/kernel.ts';

export interface AdamOptions {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Share of a matrix that is subtracted per step and unit of learning rate. */
  readonly weightDecay: number;
}

/** Everything a later step depends on, in ordinary memory: first and second moments by the variable's name. */
export interface AdamState {
  /** Steps taken. */
  readonly step: number;
  readonly m: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  readonly v: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

interface Moments {
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

/** Numbers of one step that are the same for all variables. */
interface Step {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Learning rate over the bias correction of m. */
  readonly rate: number;
  /** One over the root of the bias correction of v. */
  readonly spread: number;
}

export class Adam {
  readonly #options: AdamOptions;
  readonly #moments = new Map<string, Moments>();
  #steps = 0;

  constructor(options: AdamOptions) {
    this.#options = options;
  }

  /** Steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One update of every variable that has a gradient. Where `clipNorm` is given and the norm of all gradients together is
   * larger, they are scaled down to it. Returns that norm before clipping; the caller disposes of it, and of the gradients.
   */
  step(variables: Variables, gradients: Gradients, learningRate: number, clipNorm?: number): tf.Scalar {
    const { betas, epsilon, weightDecay } = this.#options;
    const [beta1, beta2] = betas;
    this.#steps += 1;
    const step: Step = {
      beta1,
      beta2,
      epsilon,
      rate: learningRate / (1 - beta1 ** this.#steps),
      spread: 1 / Math.sqrt(1 - beta2 ** this.#steps),
    };
    return tf.tidy(() => {
      const norm = globalNorm(Object.values(gradients));
      const factor = clipNorm === undefined ? tf.scalar(1) : (tf.minimum(1, tf.div(clipNorm, tf.maximum(norm, 1e-12))) as tf.Scalar);
      for (const [name, gradient] of Object.entries(gradients)) {
        const variable = variables[name];
        if (variable === undefined) throw new Error(`There is a gradient for ${name} but no variable.`);
        const keep = variable.rank >= 2 ? 1 - learningRate * weightDecay : 1;
        this.#update(name, variable, gradient, factor, keep, step);
      }
      return norm;
    });
  }

  /** A copy of the state, which `restore` puts back bit by bit. */
  async state(): Promise<AdamState> {
    const m: Record<string, Float32Array<ArrayBuffer>> = {};
    const v: Record<string, Float32Array<ArrayBuffer>> = {};
    for (const [name, moments] of this.#moments) {
      m[name] = new Float32Array(await moments.m.data<'float32'>());
      v[name] = new Float32Array(await moments.v.data<'float32'>());
    }
    return { step: this.#steps, m, v };
  }

  /**
   * Goes on from `state` with `variables` of the same names and sizes.
   * @throws Error where the two do not fit; nothing is changed then.
   */
  restore(state: AdamState, variables: Variables): void {
    for (const [name, first] of Object.entries(state.m)) {
      const size = variables[name]?.size;
      if (size === undefined) throw new Error(`The optimiser's state has ${name}, which is not trained.`);
      if (size !== first.length || size !== state.v[name]?.length) throw new Error(`The optimiser's state of ${name} is not of its size, ${size}.`);
    }
    this.dispose();
    this.#steps = state.step;
    for (const [name, first] of Object.entries(state.m)) {
      const { shape } = variables[name];
      this.#moments.set(name, { m: tf.keep(tf.tensor(first, shape)), v: tf.keep(tf.tensor(state.v[name], shape)) });
    }
  }

  /** Frees the moments. */
  dispose(): void {
    for (const { m, v } of this.#moments.values()) tf.dispose([m, v]);
    this.#moments.clear();
  }

  #update(name: string, variable: tf.Variable, gradient: tf.Tensor, factor: tf.Scalar, keep: number, step: Step): void {
    const { m, v } = this.#momentsOf(name, variable);
    if (hasKernel('FusedAdam')) {
      // Written where it lies, a variable must share its data with no other tensor, such as the one it was made from.
      if (tf.backend().refCount(variable.dataId) > 1) variable.assign(tf.mul(variable, 1));
      tf.engine().runKernel('FusedAdam', { x: variable, gradient, m, v, factor }, { ...step, keep });
      return;
    }
    const { beta1, beta2, epsilon, rate, spread } = step;
    const g = tf.mul(gradient, factor);
    const first = tf.keep(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
    const second = tf.keep(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
    this.#moments.set(name, { m: first, v: second });
    tf.dispose([m, v]);
    const change = tf.div(first, tf.add(tf.mul(tf.sqrt(second), spread), epsilon));
    variable.assign(tf.sub(tf.mul(variable, keep), tf.mul(change, rate)));
  }

  #momentsOf(name: string, { shape }: tf.Variable): Moments {
    let moments = this.#moments.get(name);
    if (moments === undefined) {
      moments = { m: tf.keep(tf.zeros(shape)), v: tf.keep(tf.zeros(shape)) };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}

/** Root of the sum of all squares. */
function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  if (gradients.length === 0) return tf.scalar(0);
  const squares = gradients.map((x) => run('FusedSumOfSquares', { x }, {}, () => [tf.sum(tf.square(x)) as tf.Scalar])[0]);
  return tf.sqrt(tf.sum(tf.stack(squares))) as tf.Scalar;
}
