import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parquetFixture } from '../measurements/parquet_fixture.ts';
import type { FitProgress } from './fit_calibration.ts';
import { fitInWorker } from './fit_in_worker.ts';

let folder: string;
const createWorker = (options: WorkerOptions): Worker => new Worker(path.join(folder, 'worker.mjs'), options);

const ROWS = 400;
const rows = <T>(of: (i: number) => T): T[] => Array.from({ length: ROWS }, (_, i) => of(i));
const table = {
  path: 'gemm.parquet',
  bytes: parquetFixture({
    device: rows(() => 'NVIDIA H200'),
    framework: rows(() => 'TRTLLM'),
    op_name: rows(() => 'gemm'),
    gemm_dtype: rows(() => 'bfloat16'),
    m: rows((i) => 2 ** (i % 12)),
    n: rows((i) => 1024 * (1 + (i % 7))),
    k: rows((i) => 1024 * (1 + (i % 5))),
    latency: rows((i) => 0.01 + ((1 + (i % 7)) * (1 + (i % 5)) * 2 ** (i % 12)) / 300_000),
  }),
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'puzzle-worker-'));
  await build({
    root: path.resolve(import.meta.dirname, '..', '..', '..'),
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { input: path.join(import.meta.dirname, '..', 'fit_worker.ts'), output: { format: 'es', entryFileNames: 'worker.mjs' } },
    },
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('fitInWorker', () => {
  it('fits files in memory and from disk, with progress', async () => {
    const progress: FitProgress[] = [];
    const fitted = await fitInWorker({ createWorker, task: { source: { files: [table] }, name: 'mine' }, onProgress: (step) => progress.push(step) });
    expect(fitted.calibration).toMatchObject({ id: 'mine', device: 'h200-sxm' });
    expect(progress.map(({ stage }) => stage)).toContain('Fitting matrix products, bf16');
    await writeFile(path.join(folder, 'gemm.parquet'), table.bytes);
    expect(await fitInWorker({ createWorker, task: { source: { paths: [path.join(folder, 'gemm.parquet')] }, name: 'mine' } })).toEqual(fitted);
  }, 90_000);

  it('hands on what is wrong with a file', async () => {
    const files = [{ path: 'cut.parquet', bytes: table.bytes.slice(0, 500) }];
    await expect(fitInWorker({ createWorker, task: { source: { files } } })).rejects.toMatchObject({ payload: { code: 'bad_input', details: { file: 'cut.parquet' } } });
  });

  it('stops when the caller gives up, before or during', async () => {
    const task = { source: { files: [table] } };
    await expect(fitInWorker({ createWorker, task, signal: AbortSignal.abort() })).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    const controller = new AbortController();
    const exited: Promise<unknown>[] = [];
    const pending = fitInWorker({
      createWorker: (options) => {
        const worker = createWorker(options);
        const { terminate } = worker;
        worker.terminate = () => {
          const gone = terminate.call(worker);
          exited.push(gone);
          return gone;
        };
        return worker;
      },
      task,
      onProgress: () => controller.abort(),
      signal: controller.signal,
    });
    await expect(pending).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(exited).toHaveLength(1);
    await Promise.all(exited);
  });
});
