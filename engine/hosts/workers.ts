/** Where the built worker entries are: beside the built host that starts them. */
import path from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

export function createSearchWorker(): Worker {
  return new Worker(path.join(import.meta.dirname, 'search-worker.js'));
}

export function createImportWorker(options: WorkerOptions): Worker {
  return new Worker(path.join(import.meta.dirname, 'import-worker.js'), options);
}

export function createFitWorker(options: WorkerOptions): Worker {
  return new Worker(path.join(import.meta.dirname, 'fit-worker.js'), options);
}
