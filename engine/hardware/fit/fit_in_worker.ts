/**
 * Fits off the caller's event loop: a worker thread reads and fits, reports its progress, and is terminated when the
 * caller gives up. It makes no native calls that termination could break.
 */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { WorkbenchError, type ErrorPayload } from '../../protocol/errors.ts';
import type { Calibration, Device } from '../../protocol/hardware.ts';
import type { MeasurementFile } from '../measurements/measurement_file.ts';
import type { FitProgress, FittedCalibration } from './fit_calibration.ts';

/** Files and folders on this machine, or files already in memory. */
export type FitSource = { readonly paths: readonly string[] } | { readonly files: readonly MeasurementFile[] };

export interface FitTask {
  readonly source: FitSource;
  readonly device?: string | undefined;
  readonly name?: string | undefined;
  readonly devices?: readonly Device[] | undefined;
  readonly calibrations?: readonly Calibration[] | undefined;
}

export type FitAnswer =
  | { readonly kind: 'progress'; readonly progress: FitProgress }
  | { readonly kind: 'fitted'; readonly fitted: FittedCalibration }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

/** Room for MAX_ROWS read and parsed, so that the caps bite first. */
const MAX_HEAP_MIB = 4096;

/** Rejects with `bad_input`, `too_large`, `not_found`, `io`, or `cancelled` when the signal fires. */
export function fitInWorker(options: {
  /** Starts the built `fit-worker.js` with these options. */
  readonly createWorker: (options: WorkerOptions) => Worker;
  readonly task: FitTask;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<FittedCalibration> {
  const { createWorker, task, onProgress, signal } = options;
  return new Promise((resolve, reject) => {
    const cancelled = (): WorkbenchError => new WorkbenchError('cancelled', 'The fit was cancelled.');
    if (signal?.aborted === true) {
      reject(cancelled());
      return;
    }
    const worker = createWorker({ workerData: task, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
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
    worker.on('message', (answer: FitAnswer) => {
      switch (answer.kind) {
        case 'progress':
          onProgress?.(answer.progress);
          return;
        case 'fitted':
          settle(() => resolve(answer.fitted));
          return;
        case 'failed':
          settle(() => reject(WorkbenchError.from(answer.error)));
          return;
        default:
          answer satisfies never;
      }
    });
    worker.on('error', (error) => settle(() => reject(error)));
    worker.on('exit', (code) => settle(() => reject(new WorkbenchError('internal', `The fit stopped with exit code ${code} before it answered.`))));
  });
}
