/**
 * One task off the caller's event loop: a worker thread does it, may report progress, answers once, and is terminated
 * when the caller gives up. For work without native calls, which termination could break.
 */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { WorkbenchError, type ErrorPayload } from '../protocol/errors.ts';

/** What the worker posts: any number of `progress`, then one of the others. */
export type WorkerAnswer<Result, Progress = never> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

/** Room for the largest input that is accepted, read and parsed, so that limits on inputs bite first. */
const MAX_HEAP_MIB = 4096;

export interface WorkerTask<Progress> {
  /** What it is called in messages, such as `The import`. */
  readonly name: string;
  /** Starts the built worker with these options. */
  readonly createWorker: (options: WorkerOptions) => Worker;
  readonly data: unknown;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rejects with what the worker reports, `internal` where it dies without an answer, or `cancelled` when the signal fires. */
export function runInWorker<Result, Progress = never>({ name, createWorker, data, onProgress, signal }: WorkerTask<Progress>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancelled = (): WorkbenchError => new WorkbenchError('cancelled', `${name} was cancelled.`);
    if (signal?.aborted === true) {
      reject(cancelled());
      return;
    }
    const worker = createWorker({ workerData: data, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
    const settle = (act: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      worker.removeAllListeners();
      // An error after the answer has nobody to go to.
      worker.on('error', () => undefined);
      void worker.terminate();
      act();
    };
    const onAbort = (): void => settle(() => reject(cancelled()));
    signal?.addEventListener('abort', onAbort);
    worker.on('message', (answer: WorkerAnswer<Result, Progress>) => {
      switch (answer.kind) {
        case 'progress':
          onProgress?.(answer.progress);
          return;
        case 'done':
          settle(() => resolve(answer.result));
          return;
        case 'failed':
          settle(() => reject(WorkbenchError.from(answer.error)));
          return;
        default:
          answer satisfies never;
      }
    });
    worker.on('error', (error) => settle(() => reject(error)));
    worker.on('exit', (code) => settle(() => reject(new WorkbenchError('internal', `${name} stopped with exit code ${code} before it answered.`))));
  });
}
