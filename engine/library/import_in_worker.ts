/** Imports off the caller's event loop, in a worker thread that ends when the caller gives up. */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { runInWorker, type WorkerAnswer } from '../jobs/run_in_worker.ts';
import type { Library } from '../protocol/library.ts';
import type { ImportFile } from './import_file.ts';

/** A file or folder on this machine, or files already in memory. */
export type ImportTask = { readonly path: string } | { readonly files: readonly ImportFile[] };

/** What an import yields; id and content are made in the worker because they take as long as parsing. */
export interface Imported {
  readonly library: Library;
  /** The library as our own file. */
  readonly content: Uint8Array;
  readonly id: string;
}
export type ImportAnswer = WorkerAnswer<Imported>;

/** Rejects with `bad_input`, `too_large`, `not_found`, `io`, or `cancelled` when the signal fires. */
export function importInWorker(options: {
  /** Starts the built `import-worker.js` with these options. */
  readonly createWorker: (options: WorkerOptions) => Worker;
  readonly source: ImportTask;
  readonly signal?: AbortSignal;
}): Promise<Imported> {
  const { createWorker, source, signal } = options;
  return runInWorker({ name: 'The import', createWorker, data: source, signal });
}
