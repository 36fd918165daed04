import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportLibrary } from './export.ts';
import { importInWorker } from './import_in_worker.ts';
import { MAX_CONTAINERS } from './json_file.ts';
import { sampleLibrary } from './sample.ts';

const here = import.meta.dirname;
let folder: string;
const createWorker = (options: WorkerOptions): Worker => new Worker(path.join(folder, 'worker.mjs'), options);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'puzzle-worker-'));
  await build({
    root: path.resolve(here, '..', '..'),
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { input: path.join(here, 'import_worker.ts'), output: { format: 'es', entryFileNames: 'worker.mjs' } },
    },
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('importInWorker', () => {
  it('imports files in memory and from disk', async () => {
    const bytes = exportLibrary(sampleLibrary());
    const imported = await importInWorker({ createWorker, source: { files: [{ path: 'a.json', bytes }] } });
    expect(imported.library).toEqual(sampleLibrary());
    expect(Buffer.compare(imported.content, bytes)).toBe(0);
    await writeFile(path.join(folder, 'lib.json'), bytes);
    const { library } = await importInWorker({ createWorker, source: { path: path.join(folder, 'lib.json') }, signal: new AbortController().signal });
    expect(library.choices).toHaveLength(4800);
  });

  it('hands on what is wrong with a file', async () => {
    const files = [{ path: 'a.json', bytes: new TextEncoder().encode('[1') }];
    await expect(importInWorker({ createWorker, source: { files } })).rejects.toMatchObject({
      payload: { code: 'bad_input', details: { file: 'a.json', path: 'line 1, column 3' }, hint: expect.stringContaining('Supported are') as unknown },
    });
  });

  it('stops when the caller gives up, before or during', async () => {
    const bytes = exportLibrary(sampleLibrary());
    const source = { files: [{ path: 'a.json', bytes }] };
    await expect(importInWorker({ createWorker, source, signal: AbortSignal.abort() })).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    const controller = new AbortController();
    const exited: Promise<unknown>[] = [];
    const pending = importInWorker({
      createWorker: (options) => {
        const worker = createWorker(options);
        // Abort while the worker runs; `terminate` resolves once it is gone.
        const { terminate } = worker;
        worker.terminate = () => {
          const gone = terminate.call(worker);
          exited.push(gone);
          return gone;
        };
        worker.once('online', () => controller.abort());
        return worker;
      },
      source,
      signal: controller.signal,
    });
    await expect(pending).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(exited).toHaveLength(1);
    await Promise.all(exited);
  });

  it('refuses a file that would fill the memory before parsing it', async () => {
    const files = [{ path: 'big.json', bytes: new TextEncoder().encode(`[${'{},'.repeat(MAX_CONTAINERS)}1]`) }];
    await expect(importInWorker({ createWorker, source: { files } })).rejects.toMatchObject({
      payload: { code: 'too_large', details: { file: 'big.json' } },
    });
  });
});
