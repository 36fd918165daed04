/** A run that is cancelled over and over, and one whose processes are killed: the engine lives and the results are the same. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { expectedOutputs, fakePipeline, outputs } from '../../../test/support/fake_pipeline.ts';
import { buildFakeTrainer } from '../../../test/support/fake_trainer.ts';
import { RunWatcher } from '../../../test/support/run_watcher.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { nodeFiles } from '../trainer/node_files.ts';
import { Training } from './training.ts';

/** Fifty of them on real jobs are in test/integration. */
const ROUNDS = 20;
const JOBS = Array.from({ length: 3 }, () => ({ steps: 600, stepMs: 1, checkpointEvery: 3 }));

it('cancels at random moments harm nothing, and the end is the same', async () => {
  const trainers = await buildFakeTrainer();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'training-'));
  const training = new Training({
    projectFolder: folder,
    readOnly: () => undefined,
    pipeline: fakePipeline({ bld: JOBS }),
    create: () => trainers.create(),
    hardware: () => ({ devices: [], calibrations: [] }),
  });
  try {
    const id = await training.create(presetPlan('smoke', 5), 'run');
    await training.create(presetPlan('smoke', 9), 'other');
    for (let round = 0; round < ROUNDS; round++) {
      await training.start(id, { processes: 2 });
      // From before a process is there to well into the jobs.
      await new Promise((resolve) => setTimeout(resolve, (round * 37) % 170));
      await training.cancel(id);
      const { runs, damaged } = await training.list();
      expect(runs.map(({ state }) => state).sort()).toEqual(['cancelled', 'waiting']);
      expect(damaged).toEqual([]);
    }
    await training.start(id, { processes: 2 });
    const watcher = await RunWatcher.of(training, id);
    expect((await watcher.ended()).state).toBe('done');
    expect(await outputs(nodeFiles(path.join(folder, 'runs', id)))).toEqual(expectedOutputs(5, JOBS));
  } finally {
    await training.stop();
    await rm(folder, { recursive: true, maxRetries: 5 });
    await rm(trainers.folder, { recursive: true });
  }
}, 90_000);
