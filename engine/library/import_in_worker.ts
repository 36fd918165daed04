/**
 * Imports off the caller's event loop: a worker thread reads and parses, and is terminated
 * when the caller gives up. It makes no native calls that termination could break.
 */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { WorkbenchError } from '../protocol/errors.ts';
import type { ErrorPayload } from '../protocol/errors.ts';
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
export type ImportAnswer = { kind: 'imported'; imported: Imported } | { kind: 'failed'; error: ErrorPayload };

/** Room for MAX_IMPORT_BYTES of text and MAX_CONTAINERS parsed, so that the limits bite first. */
const MAX_HEAP_MIB = 4096;

/** Rejects with `bad_input`, `too_large`, `not_found`, `io`, or `cancelled` when the signal fires. */
export function importInWorker(options: {
  /** Starts the built `import-worker.js` with these options. */
  readonly createWorker: (options: WorkerOptions) => Worker;
  readonly source: ImportTask;
  readonly signal?: AbortSignal;
}): Promise<Imported> {
  const { createWorker, source, signal } = options;
  return new Promise((resolve, reject) => {
    const cancelled = (): WorkbenchError => new WorkbenchError('cancelled', 'The import was cancelled.');
    if (signal?.aborted === true) {
      reject(cancelled());
      return;
    }
    const worker = createWorker({ workerData: source, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
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
    worker.on('message', (answer: ImportAnswer) =>
      settle(() => (answer.kind === 'imported' ? resolve(answer.imported) : reject(WorkbenchError.from(answer.error)))),
    );
    worker.on('error', (error) => settle(() => reject(error)));
    worker.on('exit', (code) => settle(() => reject(new WorkbenchError('internal', `The import stopped with exit code ${code} before it answered.`))));
  });
}
