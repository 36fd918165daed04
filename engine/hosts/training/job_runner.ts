/**
 * Jobs of one folder, run in trainer processes: what is marked done there with the same specification is not run again, and
 * a job is marked done when all its files are. Used by runs, and by the command line for single jobs.
 */
import { availableParallelism } from 'node:os';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { JobEvent, JobSpec, TensorBackend, TensorDevice } from '../../protocol/train.ts';
import type { CreateTrainer } from '../../jobs/trainer.ts';
import { TrainerPool } from '../../jobs/trainer_pool.ts';
import type { DoneJob, RunFolder } from '../../workspace/run_folder.ts';

export interface JobRunnerOptions {
  readonly folder: RunFolder;
  readonly create: CreateTrainer;
  /** Trainer processes at most; what suits the device where absent. */
  readonly processes?: number | undefined;
  readonly backend?: TensorBackend | undefined;
  /** Why no better one than `backend`, as an earlier attempt found. */
  readonly skipped?: TensorDevice['skipped'] | undefined;
  /** Told once, when the first process is ready. */
  readonly onDevice?: ((device: TensorDevice) => void) | undefined;
}

export interface JobListener {
  /** Done in an earlier attempt. */
  onSkip?(job: JobSpec): void;
  onStart?(job: JobSpec): void;
  onEvents?(job: JobSpec, events: readonly JobEvent[]): void;
  onDone?(job: JobSpec, done: DoneJob): void;
  /** Its process died and it begins again from its checkpoint. */
  onRetry?(job: JobSpec, how: string): void;
}

export interface JobsRequest extends JobListener {
  readonly jobs: readonly JobSpec[];
  readonly signal: AbortSignal;
  /** At most so many, each on a core of its own, for timings; as many as there are, with all cores between them, where absent. */
  readonly processes?: number | undefined;
}

export class JobRunner {
  readonly #folder: RunFolder;
  readonly #cores: number;
  readonly #pool: TrainerPool;

  constructor({ folder, ...pool }: JobRunnerOptions) {
    this.#folder = folder;
    this.#cores = pool.processes ?? availableParallelism();
    this.#pool = new TrainerPool(pool);
  }

  /** @throws WorkbenchError why no tensor device can be opened. */
  device(): Promise<TensorDevice> {
    return this.#pool.device();
  }

  /**
   * Resolves with what each job returned, in order, when all are done.
   * @throws WorkbenchError `cancelled`, or what the first failing job failed with.
   */
  async run({ jobs, signal, processes, ...listener }: JobsRequest): Promise<readonly unknown[]> {
    const ids = new Set(jobs.map(({ id }) => id));
    if (ids.size < jobs.length) throw new WorkbenchError('internal', `Two jobs have one id: ${jobs.map(({ id }) => id).sort().join(', ')}.`);
    const results = new Map<string, unknown>();
    const waiting: JobSpec[] = [];
    for (const job of jobs) {
      const done = await this.#folder.done(job);
      if (done === undefined) {
        waiting.push(job);
        continue;
      }
      results.set(job.id, done.result);
      listener.onSkip?.(job);
    }
    await this.#pool.run({
      folder: this.#folder.path,
      jobs: waiting,
      signal,
      processes,
      threads: processes === undefined ? Math.max(1, Math.floor(this.#cores / jobs.length)) : 1,
      onStart: listener.onStart,
      onEvents: listener.onEvents,
      onRetry: listener.onRetry,
      onDone: async (job, { result, seconds, memory }) => {
        await this.#folder.markDone(job, { result, seconds, memory });
        results.set(job.id, result);
        listener.onDone?.(job, { result, seconds, memory });
      },
    });
    return jobs.map(({ id }) => results.get(id));
  }

  /** Ends all trainer processes. */
  stop(): Promise<void> {
    return this.#pool.stop();
  }
}
