/** What a run takes over from another one, and that nothing of it is marked as done without its files. */
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allJobs, contentOf, DEVICE, finishedRun } from '../../../test/support/finished_run.ts';
import type { Plan } from '../../protocol/train.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { presetPlan } from '../pipeline/presets.ts';
import type { ReusableStep } from '../pipeline/reusable_steps.ts';
import { filesBelow } from './run_results.ts';
import { takeOver, type TakenOver, type TakeOverRequest } from './take_over.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'take-over-'));
});
afterEach(() => rm(folder, { recursive: true }));

const PLAN = presetPlan('smoke', 1);
const OTHER_LIMITS: Partial<Plan> = { limits: [{ params: 0.4, kv: 0.4 }], chosen_limit: 0 };
const old = (): string => path.join(folder, 'old');
const target = (): RunFolder => new RunFolder(path.join(folder, 'new'));

function take(change: Partial<Plan>, more: Partial<TakeOverRequest> = {}): Promise<TakenOver> {
  return takeOver({ source: new RunFolder(old()), target: target(), plan: { ...PLAN, ...change }, signal: new AbortController().signal, ...more });
}

/** Marked as done are these jobs of the new run's, no others, and each has all its files. */
async function expectDone(plan: Plan, wanted: (id: string, step: ReusableStep) => boolean): Promise<void> {
  for (const { job, files, step } of allJobs(plan)) {
    expect((await target().done(job)) !== undefined, job.id).toBe(wanted(job.id, step));
    if (!wanted(job.id, step)) continue;
    for (const file of files) {
      const full = path.join(target().path, file);
      const whole = path.extname(file) === '' ? path.join(full, 'part', `${job.id}.bin`) : full;
      expect(await readFile(whole, 'utf8')).toBe(contentOf(PLAN, job.id));
    }
  }
}

describe('a run from another one', () => {
  it('takes over everything up to the scores where only limits differ', async () => {
    await finishedRun(old(), PLAN);
    const { jobs, device, text, warnings } = await take(OTHER_LIMITS);
    expect(text).toBe('Data, parent, activations, block times, blocks and scores were taken over from “Old run”.');
    expect([device, warnings]).toEqual([DEVICE, []]);
    expect(jobs.size).toBe(allJobs(PLAN).length);
    await expectDone({ ...PLAN, ...OTHER_LIMITS }, () => true);
    // Nothing else comes along.
    const names = new Set((await filesBelow(target().path)).map((file) => file.path.split('/')[0]));
    expect([...names].sort()).toEqual(['activations', 'block_times.json', 'blocks', 'data', 'done', 'parent', 'scores']);
  });

  it('leaves what is made from something that differs, although it would be told the same', async () => {
    await finishedRun(old(), PLAN);
    const change = { measure: { ...PLAN.measure, batch: 1 }, score: { ...PLAN.score, sequences: 8 } };
    expect((await take(change)).text).toBe('Data, parent, activations and blocks were taken over from “Old run”.');
    await expectDone({ ...PLAN, ...change }, (_, step) => step !== 'measure' && step !== 'score');
    await rm(target().path, { recursive: true });
    const data = { data: { ...PLAN.data, seed: 2 } };
    const { text, jobs } = await take(data);
    expect(text).toBe('Nothing could be taken over from “Old run”, whose data is other: data.seed: 1 there, 2 asked for.');
    expect(jobs.size).toBe(0);
    await expectDone({ ...PLAN, ...data }, () => false);
  });

  it('takes what is whole of one that was stopped, and nothing that is made from the rest', async () => {
    await finishedRun(old(), PLAN, { isDone: (id) => id !== 'bld.layer_2' });
    const { text } = await take(OTHER_LIMITS);
    expect(text).toBe('Data, parent, activations, block times and blocks (3 of 4) were taken over from “Old run”.');
    await expectDone({ ...PLAN, ...OTHER_LIMITS }, (id, step) => step !== 'score' && id !== 'bld.layer_2');
  });

  it('does not trust a mark whose files are gone', async () => {
    await finishedRun(old(), PLAN);
    await rm(path.join(old(), 'activations'), { recursive: true });
    await rm(path.join(old(), 'blocks', 'layer_1'), { recursive: true });
    await mkdir(path.join(old(), 'activations'));
    expect((await take(OTHER_LIMITS)).text).toBe('Data, parent and block times were taken over from “Old run”.');
    await expectDone({ ...PLAN, ...OTHER_LIMITS }, (_, step) => ['data', 'parent', 'measure'].includes(step));
  });

  it('takes only the data where another backend is asked for', async () => {
    await finishedRun(old(), PLAN);
    const { text, device, warnings } = await take(OTHER_LIMITS, { backend: 'cpu' });
    expect(text).toBe('Data were taken over from “Old run”.');
    expect(device).toBeUndefined();
    expect(warnings).toEqual(['“Old run” computed with counting, this run with cpu: only its data can be taken over.']);
    await rm(target().path, { recursive: true });
    expect((await take(OTHER_LIMITS, { backend: 'wasm' })).device).toEqual(DEVICE);
  });

  it('trains blocks of two stages again while it is not known whether all were trained', async () => {
    const two: Plan = { ...PLAN, bld: { ...PLAN.bld, mode: 'two_stage' } };
    const isDone = (id: string): boolean => id !== 'bld.coupled.layer_1';
    const source = await finishedRun(old(), two, { isDone });
    const again = { ...two, evaluate: { sequences: 8 } };
    expect((await take(again)).text).toBe('Data, parent, activations, block times, blocks and scores were taken over from “Old run”.');
    await expectDone(again, isDone);
    await rm(target().path, { recursive: true });
    const state = (await source.read())!;
    await source.write({ ...state, state: 'cancelled', steps: state.steps.map((step) => (step.kind === 'bld' ? { ...step, state: 'cancelled' } : step)) });
    expect((await take(again)).text).toBe('Data, parent, activations and block times were taken over from “Old run”.');
  });

  it('says where there is nothing to take over', async () => {
    expect(await take({})).toMatchObject({ text: expect.stringContaining('there is no run in') as string });
    await finishedRun(old(), PLAN, { isDone: () => false });
    expect((await take({})).text).toBe('Nothing could be taken over from “Old run”.');
  });
});

describe('a run that is cut short while it takes over', () => {
  it('has nothing marked as done, and does it again from the start', async () => {
    await finishedRun(old(), PLAN);
    const controller = new AbortController();
    let looks = 0;
    const signal = new Proxy(controller.signal, {
      get: (real, name) => {
        // Cancelled in the middle of the files.
        if (name === 'aborted' && ++looks === 6) controller.abort();
        return Reflect.get(real, name) as unknown;
      },
    });
    await expect(take(OTHER_LIMITS, { signal })).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect((await filesBelow(target().path)).length).toBeGreaterThan(3);
    await expectDone({ ...PLAN, ...OTHER_LIMITS }, () => false);
    await take(OTHER_LIMITS);
    await expectDone({ ...PLAN, ...OTHER_LIMITS }, () => true);
  });
});

describe('files of the user’s', () => {
  const text = (): string => path.join(folder, 'text');
  const plan = (): Plan => ({ ...PLAN, data: { ...PLAN.data, source: { kind: 'files', path: text() } } });
  const yesterday = new Date(Date.now() - 86_400_000);
  beforeEach(async () => {
    await mkdir(path.join(text(), 'deep'), { recursive: true });
    await writeFile(path.join(text(), 'deep', 'a.txt'), 'words');
  });

  it('that are what they were do not matter', async () => {
    await finishedRun(old(), plan());
    // As if the run had gone on for a while before it read them.
    const later = new Date(Date.now() + 60_000);
    await utimes(path.join(old(), 'done', 'data.json'), later, later);
    expect((await take(plan())).text).toMatch(/^Data, parent, .* and scores were/);
  });

  it('that were never read have not changed either', async () => {
    await finishedRun(old(), plan(), { isDone: () => false });
    expect(await take(plan())).toMatchObject({ text: 'Nothing could be taken over from “Old run”.', warnings: [] });
  });

  it.each<[string, () => Promise<void>]>([
    ['written again', () => writeFile(path.join(text(), 'deep', 'a.txt'), 'other words')],
    ['replaced by older ones', async () => {
      await rm(path.join(text(), 'deep', 'a.txt'));
      await writeFile(path.join(text(), 'deep', 'a.txt'), 'older words');
      for (const name of ['deep/a.txt', 'deep', '']) await utimes(path.join(text(), name), yesterday, yesterday);
    }],
    ['removed', () => rm(path.join(text(), 'deep', 'a.txt'))],
    ['all gone', () => rm(text(), { recursive: true })],
  ])('that were %s are read again', async (_, change) => {
    await finishedRun(old(), plan());
    await change();
    const { text: said, warnings, jobs } = await take(plan());
    expect(said).toBe('Nothing could be taken over from “Old run”.');
    expect(warnings).toEqual([`${text()} may have changed since “Old run” read it: what was made from it is made again.`]);
    expect(jobs.size).toBe(0);
  });
});
