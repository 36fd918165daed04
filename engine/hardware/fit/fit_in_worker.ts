/** Fits off the caller's event loop, in a worker thread that reports its progress and ends when the caller gives up. */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { runInWorker, type WorkerAnswer } from '../../jobs/run_in_worker.ts';
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

export type FitAnswer = WorkerAnswer<FittedCalibration, FitProgress>;

/** Rejects with `bad_input`, `too_large`, `not_found`, `io`, or `cancelled` when the signal fires. */
export function fitInWorker(options: {
  /** Starts the built `fit-worker.js` with these options. */
  readonly createWorker: (options: WorkerOptions) => Worker;
  readonly task: FitTask;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<FittedCalibration> {
  const { createWorker, task, onProgress, signal } = options;
  return runInWorker({ name: 'The fit', createWorker, data: task, onProgress, signal });
}
