import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectedOutputs, fakePipeline, outputs } from '../../../test/support/fake_pipeline.ts';
import { buildFakeTrainer, type FakeTrainers } from '../../../test/support/fake_trainer.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { nodeFiles } from '../trainer/node_files.ts';
import { runInFolder, type RunInFolderOptions } from './run_in_folder.ts';

let trainers: FakeTrainers;
let outer: string;
let folder: string;
beforeAll(async () => {
  trainers = await buildFakeTrainer();
});
afterAll(() => rm(trainers.folder, { recursive: true }));
beforeEach(async () => {
  outer = await mkdtemp(path.join(os.tmpdir(), 'folder-'));
  folder = path.join(outer, 'new', 'run');
});
afterEach(() => rm(outer, { recursive: true, maxRetries: 3 }));

function run(options: Partial<RunInFolderOptions> = {}) {
  return runInFolder({
    folder,
    plan: presetPlan('smoke', 5),
    name: 'smoke',
    pipeline: fakePipeline(),
    create: () => trainers.create(),
    hardware: { devices: [], calibrations: [] },
    signal: new AbortController().signal,
    ...options,
  });
}

describe('a run in a folder', () => {
  it('makes the folder, tells how far it is, and gives the report', async () => {
    const kinds: string[] = [];
    const report = await run({ onEvent: ({ kind }) => kinds.push(kind) });
    expect(report).toMatchObject({ seed: 5, device: { line: 'counting' } });
    expect(kinds[0]).toBe('snapshot');
    expect(kinds).toContain('update');
    expect(await outputs(nodeFiles(folder))).toEqual(expectedOutputs(5));
  });

  it('goes on after being cancelled, and gives the report again when it is done', async () => {
    const controller = new AbortController();
    const cancelled = run({ signal: controller.signal, onEvent: (event) => event.jobs?.some(({ progress }) => progress > 0) === true && controller.abort() });
    await expect(cancelled).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    const report = await run();
    expect(await outputs(nodeFiles(folder))).toEqual(expectedOutputs(5));
    // The fake pipeline asks for the device each time; jobs are skipped.
    expect(await run()).toEqual(report);
  });

  it('is not begun among other files, nor with another plan', async () => {
    await writeFile(path.join(outer, 'thesis.tex'), '');
    await expect(run({ folder: outer })).rejects.toMatchObject({ payload: { code: 'conflict', message: expect.stringContaining('other files') } });
    await run();
    await expect(run({ plan: presetPlan('smoke', 6) })).rejects.toMatchObject({ payload: { code: 'conflict', message: expect.stringContaining('another plan') } });
  });
});
