/**
 * The one training loop: steps of gradient, clip and AdamW over batches that are a pure function of the step, with
 * checkpoints to resume from bit by bit. Several independent groups of variables ("lanes") may share each batch, which is
 * how all variants of a layer train in lockstep on one upload of the teacher's states (Puzzle, section 3.1).
 */
import * as tf from '@tensorflow/tfjs-core';
import { WorkbenchError, isCancelled, toErrorPayload } from '../protocol/errors.ts';
import type { TensorBackend, TrainingSpec } from '../protocol/train.ts';
import { Adam } from '../tensor/adam.ts';
import { gradientsOf, type Variables } from '../tensor/gradients.ts';
import type { JobContext } from './job.ts';
import { learningRateAt } from './learning_rate.ts';
import type { Curve } from './training_curves.ts';
import { TrainingReadings } from './training_readings.ts';
import { readTrainingState, restoreTrainingState, saveTrainingState, type LaneState } from './training_state.ts';

/** Keeps a part of a loss to be shown as a curve of its own. */
export type Note = (series: string, value: tf.Scalar) => void;

/** Variables that are trained together on one loss, independent of all other lanes. */
export interface Lane<Batch> {
  /** Unique; also the name of its curve. */
  readonly name: string;
  /** Trained in place, at least one; the caller made them and disposes of them. */
  readonly variables: Variables;
  /** Multiplies the schedule's rate. */
  readonly learningRateScale?: number | undefined;
  /** Scalar loss, differentiable in `variables`. Runs inside a tidy. */
  loss(batch: Batch, note: Note): tf.Scalar;
}

/** `Batch` must be a type alias (not an interface) of tensors, lists and records of such. */
export interface TrainingTask<Read, Batch extends tf.TensorContainer> {
  readonly context: JobContext;
  readonly training: TrainingSpec;
  readonly lanes: readonly Lane<Batch>[];
  /** Where the state is kept, such as `state/<job id>.safetensors`; gone again after `TrainingResult.finish()`. */
  readonly statePath: string;
  /** Everything the outcome depends on (the job's specification), as JSON: a state of something else is not resumed. */
  readonly identity: unknown;
  /** Host data of the step that has `step` steps before it; a pure function of `step`. Fetched one step ahead. */
  read(step: number): Promise<Read>;
  /** The same on the device, with all that lanes share, such as the teacher's output. Runs inside a tidy, once per step. */
  prepare(read: Read): Batch;
  /**
   * After `done` steps, 0 before the first: for losses on held-out data. Leaves no tensors. Called again for the same `done`
   * where the attempt before was stopped inside.
   */
  afterStep?(done: number): Promise<void>;
  /** Instead of `progress` events counting steps. */
  progress?(done: number): void;
}

export interface TrainingResult {
  /** Smoothed losses by lane, and noted parts by their series. */
  readonly curves: Readonly<Record<string, Curve>>;
  /** Steps done in earlier attempts. */
  readonly resumedAt: number;
  /** Removes the state; to be called when the job's outputs are committed. */
  finish(): Promise<void>;
}

/** Steps between readings of losses: where tensors live elsewhere, reading waits for all work that is under way. */
const READ_EVERY: Readonly<Record<TensorBackend, number>> = { cpu: 1, wasm: 1, wasm_native: 1, tensorflow: 8, webgpu: 8 };
const PROGRESS_EVERY_MS = 100;

/**
 * Runs all steps, from where an earlier attempt left off. Emits `progress` in steps, a smoothed curve per lane and note, and
 * with a single lane also `<lane>_raw`.
 * @throws WorkbenchError `cancelled` after writing a state; `bad_input` where a loss is not finite (the last state stays);
 * `internal` where a step leaks tensors.
 */
export async function train<Read, Batch extends tf.TensorContainer>(task: TrainingTask<Read, Batch>): Promise<TrainingResult> {
  const run = new Run(task);
  try {
    const resumedAt = await run.resume();
    await run.steps();
    return { curves: run.curves, resumedAt, finish: () => task.context.files.remove(task.statePath) };
  } finally {
    run.dispose();
  }
}

interface RunningLane<Batch> extends Lane<Batch>, LaneState {
  /** Its own count, as a run may be stopped between two lanes of one step. */
  done: number;
}

class Run<Read, Batch extends tf.TensorContainer> {
  readonly #task: TrainingTask<Read, Batch>;
  readonly #lanes: readonly RunningLane<Batch>[];
  readonly #readings: TrainingReadings;
  #done = 0;
  #reported = -1;
  #savedAt: number;
  #progressAt = -Infinity;
  /** Live tensors after this attempt's first step, less those waiting to be read. */
  #tensors: number | undefined;

  constructor(task: TrainingTask<Read, Batch>) {
    this.#task = task;
    const { beta1, beta2, epsilon, weight_decay: weightDecay } = task.training;
    this.#lanes = task.lanes.map((lane) => ({
      name: lane.name,
      variables: lane.variables,
      learningRateScale: lane.learningRateScale,
      loss: (batch, note) => lane.loss(batch, note),
      adam: new Adam({ betas: [beta1, beta2], epsilon, weightDecay }),
      done: 0,
    }));
    this.#readings = new TrainingReadings(task.training, task.lanes.length, (event) => task.context.emit(event));
    this.#savedAt = task.context.now();
  }

  /** Steps already done. */
  async resume(): Promise<number> {
    const { context, statePath } = this.#task;
    if (!(await context.files.exists(statePath))) return 0;
    const refuse = (why: string): number => {
      context.emit({ kind: 'log', level: 'warning', text: `${statePath} is not resumed, ${why}; training starts from the beginning.` });
      return 0;
    };
    let saved;
    try {
      saved = await readTrainingState(context.files, statePath);
    } catch (thrown) {
      return refuse(`it cannot be read (${toErrorPayload(thrown).message})`);
    }
    const { position } = saved;
    if (position.identity !== this.#identity) return refuse('it belongs to another specification');
    if (!restoreTrainingState(saved, this.#lanes)) return refuse('its weights are those of another model');
    this.#done = position.done;
    for (const lane of this.#lanes) lane.done = position.adam_steps[lane.name] ?? 0;
    this.#reported = position.reported;
    this.#readings.restore(position.curves);
    const moved = position.backend === context.device.backend ? '' : ` It was begun on ${position.backend}, so the outcome differs in rounding from one without a stop.`;
    context.emit({ kind: 'log', level: 'info', text: `Training goes on after step ${this.#done} of ${this.#task.training.steps}.${moved}` });
    return this.#done;
  }

  async steps(): Promise<void> {
    try {
      await this.#steps();
    } catch (thrown) {
      if (isCancelled(thrown) && this.#lanes.some(({ done }) => done > 0)) {
        await this.#readings.read();
        await this.#save();
      }
      throw thrown;
    }
  }

  get curves(): TrainingResult['curves'] {
    return this.#readings.curves;
  }

  dispose(): void {
    for (const { adam } of this.#lanes) adam.dispose();
    this.#readings.dispose();
  }

  async #steps(): Promise<void> {
    const { context, training } = this.#task;
    const readEvery = READ_EVERY[context.device.backend];
    let next = this.#read();
    await this.#report();
    while (this.#done < training.steps) {
      await this.#step((await next) as Read);
      next = this.#read();
      this.#checkLeak();
      const last = this.#done === training.steps;
      const due = context.now() - this.#savedAt >= training.checkpoint_every_s * 1000;
      if (this.#readings.count >= readEvery * this.#lanes.length || last || due) await this.#readings.read();
      this.#progress(last);
      await this.#report();
      if (due) await this.#save();
    }
  }

  /** Starts reading the coming step's data; a failure is seen by whoever awaits it, or by nobody when stopped before. */
  #read(): Promise<Read | undefined> {
    if (this.#done >= this.#task.training.steps) return Promise.resolve(undefined);
    const read = this.#task.read(this.#done);
    read.catch(() => undefined);
    return read;
  }

  async #step(read: Read): Promise<void> {
    const { context, training, prepare } = this.#task;
    const rate = learningRateAt(training, this.#done);
    await context.breathe();
    const batch = tf.tidy(() => prepare.call(this.#task, read));
    try {
      for (const lane of this.#lanes) {
        if (lane.done > this.#done) continue;
        await context.breathe();
        const notes: [string, tf.Scalar][] = [];
        const { value, gradients } = gradientsOf(lane.variables, () =>
          lane.loss(batch, (series, part) => notes.push([series, tf.keep(tf.clone(part))])),
        );
        const gradientNorm = lane.adam.step(lane.variables, gradients, rate * (lane.learningRateScale ?? 1), training.clip_norm);
        tf.dispose(Object.values(gradients));
        lane.done += 1;
        this.#readings.add({ lane: lane.name, done: lane.done, loss: value, gradientNorm, notes });
      }
    } finally {
      tf.dispose(batch);
    }
    this.#done += 1;
  }

  #checkLeak(): void {
    const tensors = tf.memory().numTensors - this.#readings.tensors;
    this.#tensors ??= tensors;
    if (tensors > this.#tensors) {
      throw new WorkbenchError('internal', `Step ${this.#done} left ${tensors - this.#tensors} tensors behind on the device.`);
    }
  }

  async #report(): Promise<void> {
    if (this.#reported >= this.#done) return;
    await this.#task.afterStep?.(this.#done);
    this.#reported = this.#done;
  }

  #progress(last: boolean): void {
    const { context, training, progress } = this.#task;
    if (!last && context.now() - this.#progressAt < PROGRESS_EVERY_MS) return;
    this.#progressAt = context.now();
    if (progress !== undefined) progress.call(this.#task, this.#done);
    else context.emit({ kind: 'progress', done: this.#done, total: training.steps, unit: 'steps' });
  }

  get #identity(): string {
    return JSON.stringify(this.#task.identity);
  }

  async #save(): Promise<void> {
    const { context, statePath } = this.#task;
    await saveTrainingState(context.files, statePath, this.#lanes, {
      identity: this.#identity,
      backend: context.device.backend,
      done: this.#done,
      reported: this.#reported,
      curves: this.#readings.state,
    });
    this.#savedAt = context.now();
  }
}
