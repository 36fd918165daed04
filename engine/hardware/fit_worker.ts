/** Worker thread that reads kernel timings and fits a calibration to them; see `fit/fit_in_worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorPayload } from '../protocol/errors.ts';
import { fitCalibration } from './fit/fit_calibration.ts';
import type { FitAnswer, FitTask } from './fit/fit_in_worker.ts';
import { readMeasurementFiles } from './measurements/read_folder.ts';

function post(answer: FitAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  parentPort?.postMessage(answer);
}

const { source, ...options } = workerData as FitTask;
try {
  const files = 'paths' in source ? await readMeasurementFiles(source.paths) : source.files;
  post({ kind: 'done', result: await fitCalibration(files, { ...options, onProgress: (progress) => post({ kind: 'progress', progress }) }) });
} catch (error) {
  post({ kind: 'failed', error: toErrorPayload(error) });
}
