/** Builds and starts trainer processes that only count; see fake_trainer_process.ts. */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import { forkTrainer } from '../../engine/hosts/trainer/fork_trainer.ts';
import type { TrainerProcess } from '../../engine/jobs/trainer.ts';

export interface FakeTrainers {
  /** Holds the built script; remove it afterwards. */
  readonly folder: string;
  readonly create: (env?: Readonly<Record<string, string>>) => TrainerProcess;
}

export async function buildFakeTrainer(): Promise<FakeTrainers> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fake-trainer-'));
  await build({
    root: path.resolve(import.meta.dirname, '..', '..'),
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { input: { trainer: path.join(import.meta.dirname, 'fake_trainer_process.ts') }, output: { entryFileNames: '[name].mjs' } },
    },
  });
  return { folder, create: (env) => forkTrainer(path.join(folder, 'trainer.mjs'), env) };
}
