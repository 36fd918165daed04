/**
 * The engine's side of the search workers. A newer solve replaces an older one: the older is asked to stop, and a
 * worker that is still inside GLPK 100 ms later is terminated and replaced by a spare that is already running.
 * Studies (frontier, contour, explanation) have a worker each, so that a slider never waits for them.
 */
import type { Worker } from 'node:worker_threads';
import { WorkbenchError, type ErrorPayload } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import type { StreamEvent, StreamParams, StudyName } from '../protocol/api.ts';
import type { Problem, SolveUpdate } from '../protocol/problem.ts';

export type WorkerRequest =
  | { readonly type: 'library'; readonly view: LibraryView }
  /** Solve made-up problems until something is asked for: compiled code is many times faster. */
  | { readonly type: 'warm' }
  | ({ readonly type: 'solve'; readonly problem: Problem } & RequestFrame)
  | StudyRequest;

export type StudyRequest = { readonly [N in StudyName]: { readonly type: N; readonly problem: StreamParams<N> } & RequestFrame }[StudyName];

interface RequestFrame {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly requestedAt: number;
  /** Shared memory: every request with an id up to the one in it is no longer wanted. Seen even by a busy worker. */
  readonly withdrawn: Int32Array;
}

export type WorkerAnswer =
  | { readonly type: 'warm' }
  | { readonly type: 'update'; readonly id: number; readonly update: SolveUpdate }
  | { readonly type: 'event'; readonly id: number; readonly event: StreamEvent<StudyName> }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorPayload };

export interface Run {
  /** Resolves after the last answer; rejects where the search failed. */
  readonly done: Promise<void>;
  cancel(): void;
}

const TERMINATE_AFTER_MS = 100;

export class Solver {
  readonly #createWorker: () => Worker;
  readonly #solves: Lane;
  readonly #studies = new Map<StudyName, Lane>();
  #spare: Worker | undefined;
  #disposed = false;

  constructor(options: { readonly createWorker: () => Worker }) {
    this.#createWorker = options.createWorker;
    this.#solves = new Lane(() => this.#takeWorker());
  }

  /**
   * Starts a worker before it is asked for, so that the first answer need not wait for it.
   * @returns resolves when it is there and warm, or gone
   */
  async prepare(): Promise<void> {
    if (this.#solves.started) return;
    const spare = this.#spare ?? this.#startSpare();
    spare.postMessage({ type: 'warm' } satisfies WorkerRequest);
    await new Promise<void>((resolve) => {
      spare.once('message', () => resolve());
      spare.once('exit', () => resolve());
    });
  }

  /** Every update of the solve comes to `onUpdate`; the solve before it, if unfinished, ends with `cancelled`. */
  solve(view: LibraryView, problem: Problem, onUpdate: (update: SolveUpdate) => void): Run {
    let ended = false;
    return this.#solves.run(
      view,
      (frame) => ({ type: 'solve', problem, ...frame }),
      (answer) => {
        if (answer.type !== 'update' || ended) return;
        ended = answer.update.status === 'cancelled';
        onUpdate(answer.update);
      },
      () => {
        if (!ended) onUpdate({ status: 'cancelled' });
        ended = true;
      },
    );
  }

  /** Every event of the study comes to `onEvent`; a study of the same name before it, if unfinished, ends. */
  study<N extends StudyName>(name: N, view: LibraryView, problem: StreamParams<N>, onEvent: (event: StreamEvent<N>) => void): Run {
    let lane = this.#studies.get(name);
    if (lane === undefined) {
      lane = new Lane(() => this.#takeWorker());
      this.#studies.set(name, lane);
    }
    return lane.run(
      view,
      (frame) => ({ type: name, problem, ...frame }) as StudyRequest,
      (answer) => {
        if (answer.type === 'event') onEvent(answer.event as StreamEvent<N>);
      },
      () => undefined,
    );
  }

  dispose(): void {
    this.#disposed = true;
    this.#solves.dispose();
    for (const lane of this.#studies.values()) lane.dispose();
    void this.#spare?.terminate();
    this.#spare = undefined;
  }

  /** The spare, and a new spare in its place. */
  #takeWorker(): Worker {
    const worker = this.#spare ?? this.#createWorker();
    this.#spare = undefined;
    if (!this.#disposed) this.#startSpare();
    worker.ref();
    return worker;
  }

  #startSpare(): Worker {
    const spare = this.#createWorker();
    // A spare that dies is simply not there when it is wanted.
    spare.on('error', () => undefined);
    spare.once('exit', () => {
      if (this.#spare === spare) this.#spare = undefined;
    });
    spare.unref();
    this.#spare = spare;
    return spare;
  }
}

interface Current {
  readonly id: number;
  readonly onAnswer: (answer: WorkerAnswer) => void;
  readonly onCancel: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One request at a time on one worker. */
class Lane {
  readonly #take: () => Worker;
  #worker: Worker | undefined;
  /** Libraries the worker has. */
  #known = new Map<string, LibraryView>();
  #current: Current | undefined;
  #nextId = 1;
  readonly #withdrawn = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Requests the worker has not finished, withdrawn ones included. */
  #unfinished = 0;
  /** Starts the newest request once the worker is free or replaced. */
  #waiting: (() => void) | undefined;
  #terminateTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(take: () => Worker) {
    this.#take = take;
  }

  /** It has a worker of its own. */
  get started(): boolean {
    return this.#worker !== undefined;
  }

  run(view: LibraryView, request: (frame: RequestFrame) => WorkerRequest, onAnswer: Current['onAnswer'], onCancel: () => void): Run {
    this.#withdraw();
    const id = this.#nextId++;
    const frame = { id, requestedAt: Date.now(), withdrawn: this.#withdrawn };
    const done = new Promise<void>((resolve, reject) => {
      this.#current = { id, onAnswer, onCancel, resolve, reject };
    });
    const start = (): void => {
      if (this.#current?.id !== id) return;
      const worker = this.#ready();
      if (this.#known.get(view.id) !== view) {
        worker.postMessage({ type: 'library', view } satisfies WorkerRequest);
        this.#known.set(view.id, view);
      }
      this.#unfinished++;
      worker.postMessage(request(frame));
    };
    // A worker busy with a withdrawn request takes the new one as soon as it stops, or is replaced.
    if (this.#unfinished > 0) this.#replaceIfStuck(start);
    else start();
    return {
      done,
      cancel: () => {
        if (this.#current?.id !== id) return;
        this.#withdraw();
        // Nothing waits, but a worker that does not stop would burn a core for nobody.
        if (this.#unfinished > 0) this.#replaceIfStuck(() => undefined);
      },
    };
  }

  dispose(): void {
    this.#withdraw();
    clearTimeout(this.#terminateTimer);
    this.#discard();
  }

  #replaceIfStuck(start: () => void): void {
    this.#waiting = start;
    this.#terminateTimer ??= setTimeout(() => {
      this.#terminateTimer = undefined;
      if (this.#waiting === undefined) return;
      this.#discard();
      this.#startWaiting();
    }, TERMINATE_AFTER_MS);
  }

  #startWaiting(): void {
    clearTimeout(this.#terminateTimer);
    this.#terminateTimer = undefined;
    const start = this.#waiting;
    this.#waiting = undefined;
    start?.();
  }

  /** Ends the current request as far as its owner is concerned. */
  #withdraw(): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    this.#waiting = undefined;
    Atomics.store(this.#withdrawn, 0, current.id);
    current.onCancel();
    current.resolve();
  }

  #ready(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#take();
    this.#worker = worker;
    worker.on('message', (answer: WorkerAnswer) => {
      if (worker === this.#worker) this.#receive(answer);
    });
    const died = (why: string): void => {
      if (worker !== this.#worker) return;
      const current = this.#current;
      this.#discard();
      this.#current = undefined;
      current?.reject(new WorkbenchError('internal', `The search stopped: ${why}.`, { retryable: true, hint: 'Change a limit to search again.' }));
    };
    worker.on('error', (error) => died(error.message));
    worker.on('exit', (code) => died(`its thread ended with code ${code}`));
    return worker;
  }

  #receive(answer: WorkerAnswer): void {
    if (answer.type === 'warm') return;
    const current = this.#current?.id === answer.id ? this.#current : undefined;
    if (answer.type !== 'done' && answer.type !== 'failed') return current?.onAnswer(answer);
    this.#unfinished = Math.max(0, this.#unfinished - 1);
    if (current !== undefined) {
      this.#current = undefined;
      if (answer.type === 'failed') current.reject(WorkbenchError.from(answer.error));
      else current.resolve();
    } else if (this.#unfinished === 0) this.#startWaiting();
  }

  #discard(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#known = new Map();
    this.#unfinished = 0;
    void worker?.terminate();
  }
}
