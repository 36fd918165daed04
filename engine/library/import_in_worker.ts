/**
 * Imports off the caller's event loop: a worker thread with a bounded heap reads and parses, and is terminated
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

/** Parsed JSON takes several times its text, of which MAX_IMPORT_BYTES are allowed. */
const MAX_HEAP_MIB = 2048;

/** Rejects with `bad_input`, `too_large`, `not_found`, `io`, or `cancelled` when the signal fires. */
export function importInWorker(options: {
  /** Starts the built `import-worker.js` with these options. */
  readonly createWorker: (options: WorkerOptions) => Worker;
  readonly source: ImportTask;
  readonly signal?: AbortSignal;
  /** Heap bound in MiB, for tests. */
  readonly maxHeapMib?: number;
}): Promise<Imported> {
  const { createWorker, source, signal, maxHeapMib = MAX_HEAP_MIB } = options;
  return new Promise((resolve, reject) => {
    const cancelled = (): WorkbenchError => new WorkbenchError('cancelled', 'The import was cancelled.');
    if (signal?.aborted === true) {
      reject(cancelled());
      return;
    }
    const worker = createWorker({ workerData: source, resourceLimits: { maxOldGenerationSizeMb: maxHeapMib } });
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
    worker.on('error', (error: Error & { code?: string }) => settle(() => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(source, maxHeapMib) : error)));
    worker.on('exit', (code) => settle(() => reject(new WorkbenchError('internal', `The import stopped with exit code ${code} before it answered.`))));
  });
}

function outOfMemory(source: ImportTask, maxHeapMib: number): WorkbenchError {
  const file = 'path' in source ? source.path : (source.files[0]?.path ?? 'The files');
  return new WorkbenchError('too_large', `${file}: parsing it needs more than the ${maxHeapMib} MiB of memory an import may use.`, {
    details: { file, expected: `JSON that fits ${maxHeapMib} MiB when parsed`, found: 'more' },
    hint: 'Leave out per-sample metrics and further measurements, or pick only the files of the block library.',
  });
}
