/**
 * Losses of steps as they come off the device: they stay there until it is worth waiting for them, are checked to be finite,
 * and become curves.
 */
import * as tf from '@tensorflow/tfjs-core';
import { WorkbenchError } from '../protocol/errors.ts';
import type { JobEvent, TrainingSpec } from '../protocol/train.ts';
import { SmoothedCurve, hasPoint, type Curve, type CurveState } from './training_curves.ts';

/** What one lane's step leaves on the device. */
export interface Reading {
  readonly lane: string;
  /** Steps of the lane, this one included. */
  readonly done: number;
  readonly loss: tf.Scalar;
  readonly gradientNorm: tf.Scalar;
  readonly notes: readonly (readonly [series: string, value: tf.Scalar])[];
}

export class TrainingReadings {
  readonly #training: TrainingSpec;
  /** With a single lane curves of notes need no prefix, and there is a curve of raw losses. */
  readonly #single: boolean;
  readonly #emit: (event: JobEvent) => void;
  readonly #curves = new Map<string, SmoothedCurve>();
  readonly #waiting: Reading[] = [];

  constructor(training: TrainingSpec, lanes: number, emit: (event: JobEvent) => void) {
    this.#training = training;
    this.#single = lanes === 1;
    this.#emit = emit;
  }

  /** Takes over the tensors. */
  add(reading: Reading): void {
    this.#waiting.push(reading);
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** How many tensors wait to be read. */
  get tensors(): number {
    return this.#waiting.reduce((sum, { notes }) => sum + 2 + notes.length, 0);
  }

  /** @throws WorkbenchError `bad_input` where a loss or the norm of its gradient is not finite. */
  async read(): Promise<void> {
    for (const { lane, done, loss, gradientNorm, notes } of this.#waiting) {
      const value = await valueOf(loss);
      if (!Number.isFinite(value) || !Number.isFinite(await valueOf(gradientNorm))) throw this.#diverged(lane, done);
      this.#point(lane, done, value);
      if (this.#single && hasPoint(this.#training.steps, done)) this.#emit({ kind: 'point', series: `${lane}_raw`, step: done, value });
      for (const [series, part] of notes) this.#point(this.#single ? series : `${lane} ${series}`, done, await valueOf(part));
    }
    this.dispose();
  }

  get curves(): Readonly<Record<string, Curve>> {
    return Object.fromEntries([...this.#curves].map(([series, curve]) => [series, curve.points]));
  }

  get state(): Readonly<Record<string, CurveState>> {
    return Object.fromEntries([...this.#curves].map(([series, curve]) => [series, curve.state]));
  }

  restore(state: Readonly<Record<string, CurveState>>): void {
    for (const [series, curve] of Object.entries(state)) this.#curves.set(series, SmoothedCurve.of(this.#training.steps, curve));
  }

  dispose(): void {
    for (const { loss, gradientNorm, notes } of this.#waiting) tf.dispose([loss, gradientNorm, ...notes.map(([, value]) => value)]);
    this.#waiting.length = 0;
  }

  #point(series: string, done: number, value: number): void {
    let curve = this.#curves.get(series);
    if (curve === undefined) this.#curves.set(series, (curve = new SmoothedCurve(this.#training.steps)));
    curve.add(value);
    if (!hasPoint(this.#training.steps, done)) return;
    curve.mark(done);
    this.#emit({ kind: 'point', series, step: done, value: curve.value });
  }

  #diverged(lane: string, done: number): WorkbenchError {
    const { learning_rate: rate, steps } = this.#training;
    return new WorkbenchError('bad_input', `Training diverged: the loss or its gradient${this.#single ? '' : ` of ${lane}`} is not a finite number at step ${done} of ${steps}.`, {
      hint: `Lower the learning rate (it is ${rate}), lengthen the warm-up, or clip gradients.`,
    });
  }
}

async function valueOf(scalar: tf.Scalar): Promise<number> {
  return (await scalar.data())[0] ?? Number.NaN;
}
