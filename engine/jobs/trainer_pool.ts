/**
 * Several trainer processes working off a list of jobs. A process that dies takes its job with it at most once: the job is
 * begun again in a fresh process, from its own checkpoint, and fails where that one dies too. Processes are kept between
 * lists, as loading a tensor backend takes a second.
 */
import { availableParallelism, totalmem } from 'node:os';
import { toErrorPayload, WorkbenchError, type ErrorPayload } from '../protocol/errors.ts';
import type { JobEvent, JobSpec, TensorBackend, TensorDevice } from '../protocol/train.ts';
import { Trainer, type CreateTrainer, type JobOutcome } from './trainer.ts';

const ATTEMPTS = 2;

export type FinishedJob = Extract<JobOutcome, { kind: 'done' }>;

export interface PoolOptions {
  readonly create: CreateTrainer;
  /** At most so many at once; what suits the device where absent. */
  readonly processes?: number | undefined;
  readonly backend?: TensorBackend | undefined;
  /** Why no better one than `backend`, as an earlier attempt found. */
  readonly skipped?: TensorDevice['skipped'] | undefined;
  readonly endWithinMs?: number | undefined;
  /** Told once, when the first process is ready. */
  readonly onDevice?: ((device: TensorDevice) => void) | undefined;
}

/** What a process with a small model takes at least; large models need fewer processes than this allows. */
const PROCESS_BYTES = 2 ** 30;

/**
 * One per core, and no more than memory has room for, where each computes with one core; one where they would share a
 * graphics card or spread over the cores anyway.
 */
export function defaultProcesses(backend: TensorBackend): number {
  if (backend === 'webgpu' || backend === 'tensorflow') return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / PROCESS_BYTES)));
}

export interface PoolTask {
  /** Absolute path of the folder that relative paths in the jobs belong to. */
  readonly folder: string;
  readonly jobs: readonly JobSpec[];
  readonly signal: AbortSignal;
  /** At most so many processes for these jobs. */
  readonly processes?: number | undefined;
  /** Cores for each of them; 1 where absent. Results do not depend on it, times do. */
  readonly threads?: number | undefined;
  onStart?(job: JobSpec): void;
  onEvents?(job: JobSpec, events: readonly JobEvent[]): void;
  /** Awaited before the job counts as done; what it rejects with fails the list. */
  onDone?(job: JobSpec, outcome: FinishedJob): Promise<void>;
  /** A process died and its job begins again; `how` such as `by SIGKILL`. */
  onRetry?(job: JobSpec, how: string): void;
}

export class TrainerPool {
  readonly #options: PoolOptions;
  readonly #trainers = new Set<Trainer>();
  readonly #idle: Trainer[] = [];
  #stopped = false;
  #device: TensorDevice | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Processes that are there now. */
  get size(): number {
    return this.#trainers.size;
  }

  /** What the processes compute with; starts one where there is none. @throws WorkbenchError why none can be opened. */
  async device(): Promise<TensorDevice> {
    for (let attempt = 1; this.#device === undefined; attempt++) {
      try {
        return await this.#askDevice();
      } catch (error) {
        const { retryable } = toErrorPayload(error);
        if (!retryable || attempt === ATTEMPTS) throw error;
      }
    }
    return this.#device;
  }

  /**
   * Does all jobs, resolving when each is done. After the first failure, or the signal, no further job begins and the others
   * are stopped before it rejects.
   * @throws WorkbenchError `cancelled`, or what the first failing job failed with.
   */
  async run(task: PoolTask): Promise<void> {
    const waiting = [...task.jobs];
    const used = new Set<Trainer>();
    let failure: ErrorPayload | undefined;
    const stopUsed = (): void => {
      for (const trainer of used) void trainer.stop();
    };
    const fail = (error: ErrorPayload): void => {
      if (failure !== undefined) return;
      failure = error;
      stopUsed();
    };
    const cancel = (): void => fail({ code: 'cancelled', message: 'The run was cancelled.', retryable: false });

    const once = async (spec: JobSpec): Promise<JobOutcome> => {
      const trainer = this.#take();
      used.add(trainer);
      try {
        return await trainer.run(task.folder, spec, task.threads ?? 1, (events) => task.onEvents?.(spec, events));
      } finally {
        used.delete(trainer);
        this.#giveBack(trainer);
      }
    };
    const finish = async (spec: JobSpec): Promise<void> => {
      task.onStart?.(spec);
      for (let attempt = 1; failure === undefined; attempt++) {
        const outcome = await once(spec);
        switch (outcome.kind) {
          case 'done':
            await task.onDone?.(spec, outcome);
            return;
          case 'failed':
            return fail(outcome.error);
          case 'stopped':
            return fail({ code: 'internal', message: `The trainer process of ${spec.id} was ended.`, retryable: true });
          case 'crashed':
            if (failure !== undefined) return;
            if (attempt === ATTEMPTS) return fail(crashed(spec, outcome.how));
            task.onRetry?.(spec, outcome.how);
            break;
          default:
            outcome satisfies never;
        }
      }
    };
    const work = async (): Promise<void> => {
      for (;;) {
        const spec = failure === undefined ? waiting.shift() : undefined;
        if (spec === undefined) return;
        try {
          await finish(spec);
        } catch (error) {
          fail(toErrorPayload(error));
        }
      }
    };

    if (task.jobs.length === 0) return;
    if (task.signal.aborted) cancel();
    task.signal.addEventListener('abort', cancel);
    try {
      const workers = Math.min(task.processes ?? Infinity, await this.#limit(task), task.jobs.length);
      await Promise.all(Array.from({ length: workers }, work));
    } catch (error) {
      fail(toErrorPayload(error));
    } finally {
      task.signal.removeEventListener('abort', cancel);
    }
    if (failure !== undefined) throw WorkbenchError.from(failure);
  }

  /** Ends all processes and resolves when they are gone; the pool is of no use afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#trainers].map((trainer) => trainer.stop()));
  }

  async #askDevice(): Promise<TensorDevice> {
    const starting = [...this.#trainers].find(({ usable }) => usable);
    if (starting !== undefined) return starting.device;
    const trainer = this.#take();
    try {
      return await trainer.device;
    } finally {
      this.#giveBack(trainer);
    }
  }

  /** Processes for a list; looks at the device only where that matters. */
  async #limit({ jobs, signal }: PoolTask): Promise<number> {
    if (this.#options.processes !== undefined) return this.#options.processes;
    if (jobs.length === 1 || signal.aborted) return 1;
    let stop = (): void => undefined;
    const aborted = new Promise<undefined>((resolve) => {
      stop = () => resolve(undefined);
      signal.addEventListener('abort', stop);
    });
    try {
      const device = await Promise.race([this.device(), aborted]);
      return device === undefined ? 1 : defaultProcesses(device.backend);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #take(): Trainer {
    if (this.#stopped) throw new WorkbenchError('cancelled', 'The trainer processes were ended.');
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      if (idle.usable) return idle;
      this.#trainers.delete(idle);
    }
    const { create, endWithinMs } = this.#options;
    // All compute with what the first one found: looking for the best may come out otherwise the next time.
    const { backend, skipped } = this.#device ?? this.#options;
    const trainer = new Trainer({ create, backend, skipped, endWithinMs });
    this.#trainers.add(trainer);
    trainer.device.then(
      (device) => {
        if (this.#device !== undefined) return;
        this.#device = device;
        this.#options.onDevice?.(device);
      },
      () => undefined,
    );
    return trainer;
  }

  #giveBack(trainer: Trainer): void {
    if (trainer.usable) this.#idle.push(trainer);
    // One that is ending stays until it is gone, so that `stop` waits for it.
    else void trainer.stop().then(() => this.#trainers.delete(trainer));
  }
}

function crashed(spec: JobSpec, how: string): ErrorPayload {
  return {
    code: 'internal',
    message: `The trainer process of ${spec.id} ended ${how}, and so did the one that began it again.`,
    hint: 'Where the system ran out of memory, use fewer trainer processes or smaller batches, and resume.',
    retryable: true,
  };
}
