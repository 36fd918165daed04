/**
 * The engine's end of one trainer process: waits until it is ready, hands it jobs one at a time, and ends it. Ending is a
 * request first, as a native call must not be cut short from inside; a process that does not follow in time is killed.
 */
import { toErrorPayload, WorkbenchError, type ErrorPayload } from '../protocol/errors.ts';
import type { JobEvent, JobSpec, TensorBackend, TensorDevice } from '../protocol/train.ts';
import { fromTrainerSchema, type FromTrainer, type ToTrainer, type TrainerMemory } from './trainer_messages.ts';

/** A running trainer process, as the platform gives it. */
export interface TrainerProcess {
  post(message: ToTrainer): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Told once, with how it ended, such as `by SIGKILL`; no message follows. */
  onExit(listener: (how: string) => void): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** Starts a process. */
export type CreateTrainer = () => TrainerProcess;

export interface TrainerOptions {
  readonly create: CreateTrainer;
  readonly backend?: TensorBackend | undefined;
  /** Why no better one than `backend`, as an earlier process found. */
  readonly skipped?: TensorDevice['skipped'] | undefined;
  /** For opening a device; a GPU's libraries may take long to load. */
  readonly readyWithinMs?: number | undefined;
  /** From the request to end until it is killed. */
  readonly endWithinMs?: number | undefined;
}

export type JobOutcome =
  | { readonly kind: 'done'; readonly result: unknown; readonly seconds: number; readonly memory: TrainerMemory }
  | { readonly kind: 'failed'; readonly error: ErrorPayload }
  /** It was asked to end, and did before the job was done. */
  | { readonly kind: 'stopped' }
  /** The process is gone, for reasons of its own. */
  | { readonly kind: 'crashed'; readonly how: string };

interface RunningJob {
  readonly id: string;
  readonly onEvents: (events: readonly JobEvent[]) => void;
  readonly settle: (outcome: JobOutcome) => void;
}

const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 2_000;

export class Trainer {
  readonly #process: TrainerProcess;
  readonly #endWithinMs: number;
  readonly #ready: Promise<TensorDevice>;
  readonly #exited: Promise<void>;
  #settleReady: { resolve(device: TensorDevice): void; reject(error: WorkbenchError): void } | undefined;
  #markExited: () => void = () => undefined;
  #job: RunningJob | undefined;
  #stopping = false;
  /** It opened no tensor device, or broke without a job, which another attempt would not change. */
  #refused = false;
  #gone: string | undefined;
  #killTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ create, backend, skipped, readyWithinMs = READY_WITHIN_MS, endWithinMs = END_WITHIN_MS }: TrainerOptions) {
    this.#endWithinMs = endWithinMs;
    this.#process = create();
    this.#exited = new Promise((resolve) => {
      this.#markExited = resolve;
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // Who waits for it is told; nobody has to.
    this.#ready.catch(() => undefined);
    const late = setTimeout(() => {
      this.#refuse(new WorkbenchError('internal', `A trainer process was not ready within ${readyWithinMs / 1000} s.`, { retryable: true }));
      this.#process.kill();
    }, readyWithinMs);
    const settled = (): void => clearTimeout(late);
    this.#ready.then(settled, settled);
    this.#process.onMessage((message) => this.#heard(message));
    this.#process.onExit((how) => this.#ended(how));
    this.#process.post({ type: 'start', ...(backend !== undefined && { backend }), ...(skipped !== undefined && { skipped }) });
  }

  /** Whether it can be handed a job. */
  get usable(): boolean {
    return this.#gone === undefined && !this.#stopping && !this.#refused;
  }

  /** What it computes with, once it is ready. @throws WorkbenchError why it will never be. */
  get device(): Promise<TensorDevice> {
    return this.#ready;
  }

  /**
   * Runs one job; not while another runs. Never rejects.
   * @param folder Absolute path of the run's folder.
   * @param threads How many cores are free for it.
   */
  async run(folder: string, spec: JobSpec, threads: number, onEvents: (events: readonly JobEvent[]) => void): Promise<JobOutcome> {
    try {
      await this.#ready;
    } catch (error) {
      if (this.#refused) return { kind: 'failed', error: toErrorPayload(error) };
      if (!this.#stopping) return { kind: 'crashed', how: this.#gone ?? 'before it was ready' };
    }
    if (this.#stopping) return { kind: 'stopped' };
    if (this.#gone !== undefined) return { kind: 'crashed', how: this.#gone };
    return new Promise((resolve) => {
      this.#job = { id: spec.id, onEvents, settle: resolve };
      this.#process.post({ type: 'job', folder, spec, threads });
    });
  }

  /** Asks it to end, kills it where it does not, and resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#gone === undefined && !this.#stopping) {
      this.#stopping = true;
      this.#process.post({ type: 'cancel' });
      this.#killTimer = setTimeout(() => this.#process.kill(), this.#endWithinMs);
    }
    await this.#exited;
  }

  #heard(raw: unknown): void {
    const parsed = fromTrainerSchema.safeParse(raw);
    if (!parsed.success) {
      this.#settle({ kind: 'failed', error: { code: 'internal', message: `A trainer process said something unexpected: ${parsed.error.message}`, retryable: false } });
      this.#stopping = true;
      this.#process.kill();
      return;
    }
    const message: FromTrainer = parsed.data;
    switch (message.type) {
      case 'ready':
        this.#settleReady?.resolve(message.device);
        break;
      case 'refused':
        this.#refused = true;
        this.#refuse(WorkbenchError.from(message.error));
        break;
      case 'events':
        if (this.#job?.id === message.job) this.#job.onEvents(message.events);
        break;
      case 'done':
        if (this.#job?.id === message.job) this.#settle({ kind: 'done', result: message.result, seconds: message.seconds, memory: message.memory });
        break;
      case 'failed':
        // The process is about to end by itself.
        this.#stopping = true;
        this.#killTimer ??= setTimeout(() => this.#process.kill(), this.#endWithinMs);
        if (message.job === undefined) {
          this.#refused = true;
          this.#refuse(WorkbenchError.from(message.error));
        }
        this.#settle({ kind: 'failed', error: message.error });
        break;
      case 'cancelled':
        this.#settle({ kind: 'stopped' });
        break;
      default:
        message satisfies never;
    }
  }

  #ended(how: string): void {
    clearTimeout(this.#killTimer);
    this.#gone = how;
    this.#refuse(new WorkbenchError('internal', `A trainer process ended ${how} before it was ready.`, { retryable: true }));
    this.#settle(this.#stopping ? { kind: 'stopped' } : { kind: 'crashed', how });
    this.#markExited();
  }

  #refuse(error: WorkbenchError): void {
    this.#settleReady?.reject(error);
  }

  #settle(outcome: JobOutcome): void {
    const job = this.#job;
    this.#job = undefined;
    job?.settle(outcome);
  }
}
