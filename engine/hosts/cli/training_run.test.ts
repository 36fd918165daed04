/** Runs on the command line until they compute: which folder is taken for what, and what is said where it is another's. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedRun } from '../../../test/support/finished_run.ts';
import { EXPERIMENTS, type Plan } from '../../protocol/train.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { sourceOf } from '../../workspace/run_source.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { PIPELINE_HELP, runBld, runPipelineVerb } from './pipeline_verb.ts';
import { openRun } from './training_run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'training-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const PLAN = presetPlan('smoke', 1);
const at = (name: string): string => path.join(folder, name);

describe('the folder of a run', () => {
  it('is begun with the plan, and found again by the same', async () => {
    const { folder: run, state } = await openRun(at('a'), { plan: PLAN });
    expect(state).toMatchObject({ state: 'waiting', plan: PLAN });
    // Nothing is written before it is run.
    expect(await readdir(folder)).toEqual([]);
    await run.write({ ...state, state: 'cancelled' });
    expect((await openRun(at('a'), { plan: PLAN, experiments: [{ id: 'bld', seeds: 1 }] })).state).toMatchObject({ state: 'cancelled', plan: { experiments: [{ id: 'bld', seeds: 1 }] } });
    expect((await openRun(at('a'))).state.plan).toEqual(PLAN);
  });

  it('with another plan is refused as wrong input, with what differs', async () => {
    await finishedRun(at('a'), PLAN);
    if (PLAN.parent.kind !== 'train') throw new Error('The smoke preset trains its parent.');
    const plan: Plan = { ...PLAN, parent: { ...PLAN.parent, training: { ...PLAN.parent.training, steps: 200 } } };
    await expect(openRun(at('a'), { plan })).rejects.toMatchObject({
      payload: { code: 'bad_input', message: `${at('a')} holds a run with another plan: parent.training.steps: 160 there, 200 asked for.`, hint: expect.stringContaining('--from') as string },
    });
  });

  it('is none of other things', async () => {
    await mkdir(at('a'));
    await writeFile(path.join(at('a'), 'letter.txt'), 'Dear');
    await expect(openRun(at('a'), { plan: PLAN })).rejects.toMatchObject({ payload: { code: 'conflict', message: expect.stringContaining('holds other files') as string } });
    await expect(openRun(at('b'))).rejects.toMatchObject({ payload: { code: 'not_found' } });
  });
});

describe('a run from another one', () => {
  it('remembers which, until it has begun', async () => {
    await finishedRun(at('old'), PLAN);
    const plan: Plan = { ...PLAN, limits: [{ params: 0.4, kv: 0.4 }], chosen_limit: 0 };
    const { folder: run, state } = await openRun(at('new'), { plan, from: at('old') });
    expect(state).toMatchObject({ state: 'waiting', plan });
    expect((await sourceOf(run))?.path).toBe(at('old'));
    // Killed between the two files.
    await rm(path.join(at('new'), 'from.json'));
    await openRun(at('new'), { plan, from: at('old') });
    expect((await sourceOf(run))?.path).toBe(at('old'));
    await rm(path.join(at('new'), 'from.json'));
    await run.write({ ...state, state: 'interrupted' });
    expect((await openRun(at('new'), { plan, from: at('old') })).state.state).toBe('interrupted');
    expect(await sourceOf(run)).toBeUndefined();
  });

  it('has that one’s plan where none is given, without its experiments', async () => {
    await finishedRun(at('old'), { ...PLAN, experiments: [{ id: 'losses', seeds: 9 }] });
    const { state } = await openRun(at('new'), { from: at('old'), experiments: [{ id: 'bld', seeds: 1 }] });
    expect(state.plan).toEqual({ ...PLAN, experiments: [{ id: 'bld', seeds: 1 }] });
    await rm(at('old'), { recursive: true });
    await new RunFolder(at('new')).write({ ...state, state: 'cancelled' });
    expect((await openRun(at('new'), { from: at('old') })).state.state).toBe('cancelled');
  });

  it('is refused where there is none, or it is the same', async () => {
    await expect(openRun(at('new'), { plan: PLAN, from: at('old') })).rejects.toMatchObject({ payload: { code: 'not_found', message: expect.stringContaining('to take over from') as string } });
    await expect(openRun(at('new'), { plan: PLAN, from: path.join(at('new'), '.') })).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the verb pipeline', () => {
  it.each([[['--presets', 'tiny']], [['--preset', 'huge', '--out', 'x']], [['--preset', 'tiny']], [['tiny']], [['--preset', 'tiny', '--out', 'x', '--experiments', 'all']]])('points from %j to its own help', async (argv) => {
    await expect(runPipelineVerb(argv)).rejects.toMatchObject({ payload: { code: 'bad_input', hint: 'See: cli pipeline --help' } });
  });

  it('has neighbours that do the same', async () => {
    await expect(runBld(['--out', 'x'])).rejects.toMatchObject({ payload: { hint: 'See: cli bld --help' } });
  });

  it('says of every experiment what it takes', () => {
    for (const id of EXPERIMENTS) expect(PIPELINE_HELP).toMatch(new RegExp(`^  ${id} +\\S.{20,}`, 'm'));
    expect(PIPELINE_HELP).toContain('--from DIR');
  });
});
