/** Runs of a project with processes that only count: begun, cancelled, interrupted, resumed, queued, exported, removed. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectedOutputs, fakePipeline, outputs, type FakePipelineOptions } from '../../../test/support/fake_pipeline.ts';
import { buildFakeTrainer, type FakeTrainers } from '../../../test/support/fake_trainer.ts';
import { allJobs, DEVICE, finishedRun } from '../../../test/support/finished_run.ts';
import type { TrainerProcess } from '../../jobs/trainer.ts';
import { defaultProcesses } from '../../jobs/trainer_pool.ts';
import type { RunEvent, RunProgress } from '../../protocol/train_api.ts';
import { RunWatcher } from '../../../test/support/run_watcher.ts';
import { runStateSchema, type PipelineReport, type Plan, type RunState } from '../../protocol/train.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { setSource, sourceOf } from '../../workspace/run_source.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { nodeFiles } from '../trainer/node_files.ts';
import { Training, type TrainingOptions } from './training.ts';

let trainers: FakeTrainers;
let folder: string;
let open: Training[] = [];
/** Processes started by the test under way. */
let started: TrainerProcess[] = [];
vi.spyOn(console, 'error').mockImplementation(() => undefined);

beforeAll(async () => {
  trainers = await buildFakeTrainer();
});
afterAll(() => rm(trainers.folder, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'training-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(open.map((training) => training.stop()));
  open = [];
  await rm(folder, { recursive: true, maxRetries: 5 });
});

function trainingOf(options: FakePipelineOptions & Partial<TrainingOptions> = {}): Training {
  const create = (): TrainerProcess => {
    const process = trainers.create();
    started.push(process);
    return process;
  };
  const training = new Training({
    projectFolder: folder,
    readOnly: () => undefined,
    pipeline: fakePipeline(options),
    create,
    hardware: () => ({ devices: [], calibrations: [] }),
    ...options,
  });
  open.push(training);
  return training;
}

const PLAN: Plan = presetPlan('smoke', 5);
const runFolder = (id: string): string => path.join(folder, 'runs', id);
const onDisk = async (id: string): Promise<RunState> => runStateSchema.parse(JSON.parse(await readFile(path.join(runFolder(id), 'run.json'), 'utf8')));

const stepOf = (progress: RunProgress, kind: string) => progress.steps.find((step) => step.kind === kind)!;

describe('a run', () => {
  it('is created with its steps, and does nothing until it is started', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'My first run');
    expect(id).toMatch(/^my-first-run-[0-9a-f]{6}$/);
    const { runs, damaged } = await training.list();
    expect(damaged).toEqual([]);
    expect(runs).toMatchObject([{ id, name: 'My first run', state: 'waiting', preset: 'smoke', seed: 5, steps_done: 0, steps_total: 3 }]);
    expect(started).toEqual([]);
  });

  it('does all steps, tells of them, and leaves everything on disk', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, { processes: 2 });
    const end = await watcher.ended();
    expect(end).toMatchObject({ state: 'done', device: { line: 'counting' }, processes: 2 });
    expect(end.steps).toMatchObject([
      { kind: 'data', state: 'done', progress: 1, outcome: expect.stringMatching(/^counted to \d+$/), jobs: { done: 1, total: 1 } },
      { kind: 'bld', state: 'done', jobs: { done: 4, total: 4 } },
      { kind: 'export', state: 'done' },
    ]);
    expect(watcher.lines()).toContain('seed 5');
    expect(watcher.lines()).toContainEqual(expect.stringMatching(/^bld\.2 done in \d/));
    expect(await onDisk(id)).toMatchObject({ state: 'done' });
    expect(await outputs(nodeFiles(runFolder(id)))).toEqual(expectedOutputs(5));
    expect((await readdir(runFolder(id))).sort()).toEqual(['done', 'export', 'library.json', 'log.jsonl', 'out', 'report.json', 'run.json', 'state']);
    expect((await readdir(path.join(runFolder(id), 'done'))).sort()).toEqual(['bld.0.json', 'bld.1.json', 'bld.2.json', 'bld.3.json', 'data.json', 'export.f32.json']);
    await expect(training.start(id, {})).rejects.toMatchObject({ payload: { code: 'conflict' } });
  });

  it('shows the same to a page that comes later, and after a restart', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const early = await RunWatcher.of(training, id);
    await training.start(id, {});
    await early.ended();
    const late = await RunWatcher.of(training, id);
    const [snapshot] = late.events;
    expect(snapshot).toMatchObject({ kind: 'snapshot', progress: { state: 'done' } });
    expect(snapshot?.kind === 'snapshot' && snapshot.curves.map(({ job, at }) => [job, at.length]).sort()).toEqual([
      ['bld.0', 40],
      ['bld.1', 40],
      ['bld.2', 40],
      ['bld.3', 40],
      ['data', 3],
    ]);
    expect(snapshot?.kind === 'snapshot' && snapshot.cells).toHaveLength(5);
    const again = await RunWatcher.of(trainingOf(), id);
    const { jobs: _, ...before } = snapshot as Extract<RunEvent, { kind: 'snapshot' }>;
    expect(again.events[0]).toMatchObject(JSON.parse(JSON.stringify({ ...before, curves: undefined })));
    expect((again.events[0] as typeof before).curves).toEqual(before.curves);
  });

  it('fails with its reason, and can be tried again', async () => {
    const training = trainingOf({ bld: [{ steps: 5 }, { steps: 5, failAt: 2 }] });
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, { processes: 1 });
    const end = await watcher.ended();
    expect(end).toMatchObject({ state: 'failed', error: { code: 'bad_input', message: 'The fake job was told to fail.' } });
    expect(stepOf(end, 'bld')).toMatchObject({ state: 'failed' });
    expect(stepOf(end, 'export').state).toBe('waiting');
    await training.stop();
    const second = trainingOf({ bld: [{ steps: 5 }, { steps: 5 }] });
    await second.start(id, {});
    const retry = await RunWatcher.of(second, id);
    expect(await retry.ended()).toMatchObject({ state: 'done' });
  });

  it('begins a job again whose process died, and says so', async () => {
    const training = trainingOf({ bld: [{ steps: 8, crashAt: 5 }] });
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, {});
    expect((await watcher.ended()).state).toBe('done');
    expect(watcher.lines()).toContainEqual(expect.stringMatching(/bld\.0 ended by SIGKILL.*begins again from its checkpoint/));
    expect(await outputs(nodeFiles(runFolder(id)))).toEqual(expectedOutputs(5, [{ steps: 8 }]));
  });
});

describe('cancelling and resuming', () => {
  it('goes on where it was: what was done is not done again', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, { processes: 1 });
    await watcher.until((progress) => stepOf(progress, 'bld').jobs.done >= 1);
    await training.cancel(id);
    expect(await onDisk(id)).toMatchObject({ state: 'cancelled', steps: [{ state: 'done' }, { state: 'cancelled' }, { state: 'waiting' }] });
    const done = watcher.lines().filter((text) => / done in /.test(text)).map((text) => text.replace(/ done in .*/, ''));
    expect(done).toEqual(expect.arrayContaining(['data', 'bld.0']));
    watcher.dispose();
    await training.start(id, { processes: 1 });
    const again = await RunWatcher.of(training, id);
    expect((await again.ended()).state).toBe('done');
    const second = again.updates();
    for (const job of done) expect(second).not.toContainEqual(expect.stringContaining(`${job} begins`));
    expect(second.filter((text) => /^bld\.\d done/.test(text))).toHaveLength(5 - done.length);
    expect(await outputs(nodeFiles(runFolder(id)))).toEqual(expectedOutputs(5));
  });

  it('leaves a run that the engine left behind interrupted, also one that was killed', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, {});
    await watcher.until((progress) => stepOf(progress, 'bld').progress > 0);
    await training.stop();
    expect(await onDisk(id)).toMatchObject({ state: 'interrupted' });
    // As a killed engine leaves it: the file says that it runs, and nobody does.
    const state = await onDisk(id);
    await new RunFolder(runFolder(id)).write({ ...state, state: 'running', steps: state.steps.map((step) => (step.state === 'cancelled' ? { ...step, state: 'running' } : step)) });
    const next = trainingOf();
    expect((await next.list()).runs).toMatchObject([{ state: 'interrupted' }]);
    const again = await RunWatcher.of(next, id);
    expect(stepOf((again.events[0] as Extract<RunEvent, { kind: 'snapshot' }>).progress, 'bld').state).toBe('cancelled');
    await next.start(id, {});
    expect((await (await RunWatcher.of(next, id)).ended()).state).toBe('done');
    expect(await outputs(nodeFiles(runFolder(id)))).toEqual(expectedOutputs(5));
  });

  it('uses no more processes than before, unless it is told otherwise', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, { processes: 1 });
    await watcher.until((progress) => stepOf(progress, 'bld').jobs.done >= 1);
    await training.cancel(id);
    expect(started).toHaveLength(1);
    watcher.dispose();
    await training.start(id, {});
    expect((await (await RunWatcher.of(training, id)).ended()).processes).toBe(1);
    expect(started).toHaveLength(2);
  });

  it('says in all attempts and from all processes alike why nothing better computes', async () => {
    const training = trainingOf({ bld: [{ steps: 5, crashAt: 2 }, { steps: 5 }], pause: () => Promise.reject(new Error('stop here')) });
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, { processes: 2 });
    const { device } = await watcher.ended();
    expect(device?.skipped).toEqual([{ backend: 'webgpu', reason: expect.stringContaining('too slow for process') }]);
    await training.stop();
    // All is done by processes of the second attempt once more.
    await rm(path.join(runFolder(id), 'done'), { recursive: true });
    const next = trainingOf({ bld: [{ steps: 5 }, { steps: 5 }] });
    await next.start(id, {});
    const again = await RunWatcher.of(next, id);
    expect(await again.ended()).toMatchObject({ state: 'done', device });
    const report = JSON.parse(await readFile(path.join(runFolder(id), 'report.json'), 'utf8')) as PipelineReport;
    expect(report.device).toEqual(device);
    const reasons = again.lines().filter((text) => text.startsWith('No better device'));
    expect(reasons.length).toBeGreaterThanOrEqual(6);
    expect(new Set(reasons)).toEqual(new Set([`No better device, as ${device?.skipped[0]?.reason}`]));
  });

  it('computes with what it began with, and says where that is something else', async () => {
    const training = trainingOf({ pause: () => Promise.reject(new Error('stop here')) });
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, { backend: 'wasm' });
    expect((await watcher.ended()).device?.backend).toBe('wasm');
    await training.stop();
    const next = trainingOf();
    await next.start(id, {});
    const again = await RunWatcher.of(next, id);
    expect(await again.ended()).toMatchObject({ state: 'done', device: { backend: 'wasm' } });
    expect(again.lines()).not.toContainEqual(expect.stringContaining('Earlier attempts'));
    const state = await onDisk(id);
    await new RunFolder(runFolder(id)).write({ ...state, state: 'interrupted' });
    await rm(path.join(runFolder(id), 'done', 'data.json'));
    const third = trainingOf();
    const changed = await RunWatcher.of(third, id);
    await third.start(id, { backend: 'cpu' });
    await changed.until((progress) => progress.state === 'done' && progress.device?.backend === 'cpu');
    expect(changed.lines()).toContainEqual(expect.stringContaining('Earlier attempts computed with counting'));
  });
});

describe('a run from another one', () => {
  const other: Plan = { ...PLAN, limits: [{ params: 0.4, kv: 0.4 }], chosen_limit: 0 };
  const [first] = allJobs(PLAN);

  it('has its work before it begins, with curves, and goes on with what it was computed with', async () => {
    const training = trainingOf();
    await finishedRun(runFolder('old'), PLAN);
    const id = await training.create(other, 'new');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, {}, 'old');
    const end = await watcher.ended();
    expect(end).toMatchObject({ state: 'done', device: DEVICE });
    const text = 'Data, parent, activations, block times, blocks and scores were taken over from “Old run”.';
    const lines = watcher.lines();
    expect(lines.indexOf(text)).toBeGreaterThanOrEqual(0);
    expect(lines.indexOf(text)).toBeLessThan(lines.indexOf('seed 5'));
    expect(lines).not.toContainEqual(expect.stringContaining('Earlier attempts'));
    // The pipeline here has a data job of its own.
    for (const { job } of allJobs(other).slice(1)) expect(await new RunFolder(runFolder(id)).done(job), job.id).toBeDefined();
    const again = await RunWatcher.of(trainingOf(), id);
    const curves = (again.events[0] as Extract<RunEvent, { kind: 'snapshot' }>).curves.map(({ job }) => job);
    expect(curves).toEqual(expect.arrayContaining(['parent', 'bld.layer_0', 'bld.0']));
    expect(again.lines()).toContain(text);
    expect(await sourceOf(new RunFolder(runFolder(id)))).toBeUndefined();
  });

  it('takes over when its turn comes, also where it was taken out of the queue or the engine was killed before', async () => {
    let goOn: () => void = () => undefined;
    const training = trainingOf({ pause: () => new Promise((resolve) => void (goOn = resolve)) });
    await finishedRun(runFolder('old'), PLAN);
    const busy = await training.create(PLAN, 'busy');
    const id = await training.create(other, 'new');
    await training.start(busy, {});
    await training.start(id, {}, 'old');
    await training.cancel(id);
    expect(await new RunFolder(runFolder(id)).done(first!.job)).toBeUndefined();
    const watching = await RunWatcher.of(training, busy);
    await watching.until((progress) => stepOf(progress, 'bld').state === 'done');
    goOn();
    await watching.ended();
    await training.stop();
    const next = trainingOf();
    const watcher = await RunWatcher.of(next, id);
    await next.start(id, {});
    await watcher.ended();
    expect(watcher.lines()).toContainEqual(expect.stringContaining('were taken over from “Old run”'));
  });

  it('is begun all the same where the other one has gone meanwhile', async () => {
    const training = trainingOf();
    await finishedRun(runFolder('old'), PLAN);
    const id = await training.create(other, 'new');
    await setSource(new RunFolder(runFolder(id)), new RunFolder(runFolder('old')));
    await training.remove('old');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, {});
    expect((await watcher.ended()).state).toBe('done');
    expect(watcher.lines()).toContainEqual(expect.stringContaining('Nothing could be taken over'));
  });

  it('is refused where there is no other one, or the run has work of its own', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    await expect(training.start(id, {}, 'nobody-123456')).rejects.toMatchObject({ payload: { code: 'not_found' } });
    await expect(training.start(id, {}, '../run')).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    await expect(training.start(id, {}, id)).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    await finishedRun(runFolder('old'), PLAN);
    await new RunFolder(runFolder(id)).write({ ...(await onDisk(id)), state: 'cancelled' });
    await expect(training.start(id, {}, 'old')).rejects.toMatchObject({ payload: { code: 'conflict', hint: 'Resume it, or create a new run.' } });
    expect((await training.list()).runs.find((run) => run.id === id)?.state).toBe('cancelled');
  });
});

describe('several runs', () => {
  it('are done one after the other; those that wait say for whom', async () => {
    const training = trainingOf();
    const first = await training.create(PLAN, 'first');
    const second = await training.create(PLAN, 'second');
    const third = await training.create(PLAN, 'third');
    const watchers = await Promise.all([first, second, third].map((id) => RunWatcher.of(training, id)));
    for (const id of [first, second, third]) await training.start(id, {});
    await expect(training.start(second, {})).rejects.toMatchObject({ payload: { code: 'conflict' } });
    expect((await watchers[1]!.until(({ queued_behind }) => queued_behind !== undefined)).queued_behind).toEqual({ id: first, name: 'first' });
    expect((await watchers[2]!.until(({ queued_behind }) => queued_behind !== undefined)).queued_behind?.name).toBe('second');
    await training.cancel(second);
    expect((await training.list()).runs.find(({ id }) => id === second)).toMatchObject({ state: 'waiting' });
    expect((await watchers[2]!.until(({ queued_behind }) => queued_behind?.id === first)).state).toBe('waiting');
    expect((await watchers[2]!.ended()).state).toBe('done');
    expect((await onDisk(first)).state).toBe('done');
    expect((await onDisk(second)).state).toBe('waiting');
  });

  it('are each begun once, however many requests come at the same time', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    const asked = await Promise.allSettled([
      training.start(id, { processes: 1 }),
      training.start(id, { processes: 1 }),
      training.experiment(id, [{ id: 'bld', seeds: 1 }]),
      training.remove(id),
    ]);
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect((asked[1] as PromiseRejectedResult).reason).toMatchObject({ payload: { code: 'conflict' } });
    expect((await watcher.ended()).state).toBe('done');
    await training.stop();
    expect(watcher.lines().filter((text) => text === 'seed 5')).toHaveLength(1);
    expect((await onDisk(id)).plan.experiments).toBeUndefined();
  });

  it('are listed again when something changed, until nobody looks', async () => {
    const training = trainingOf();
    const seen: number[] = [];
    const dispose = training.watchList(({ runs }) => seen.push(runs.length), (error) => expect.unreachable(String(error)));
    await vi.waitFor(() => expect(seen).toEqual([0]));
    const id = await training.create(PLAN, 'run');
    await vi.waitFor(() => expect(seen.at(-1)).toBe(1));
    await training.remove(id);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(0));
    dispose();
  });
});

describe('a run that may not be changed', () => {
  it('is only looked at where the project belongs to another process', async () => {
    const id = await trainingOf().create(PLAN, 'run');
    const training = trainingOf({ readOnly: () => 'The project is open in process 1.' });
    expect((await training.list()).runs).toMatchObject([{ read_only: 'The project is open in process 1.' }]);
    expect((await RunWatcher.of(training, id)).events[0]).toMatchObject({ progress: { read_only: expect.any(String) } });
    for (const attempt of [training.start(id, {}), training.create(PLAN, 'x'), training.remove(id)]) {
      await expect(attempt).rejects.toMatchObject({ payload: { code: 'conflict' } });
    }
  });

  it('is not begun where another process has it under way', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const run = new RunFolder(runFolder(id));
    const release = await run.take();
    await run.write({ ...(await onDisk(id)), state: 'running' });
    expect((await training.list()).runs).toMatchObject([{ state: 'running', read_only: expect.stringContaining('under way in process') }]);
    await expect(training.start(id, {})).rejects.toMatchObject({ payload: { code: 'conflict' } });
    await expect(training.remove(id)).rejects.toMatchObject({ payload: { code: 'conflict' } });
    release();
  });

  it('is followed while another process runs it, and can be resumed when that is over', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const run = new RunFolder(runFolder(id));
    const release = await run.take();
    const waiting = await onDisk(id);
    await run.write({ ...waiting, state: 'running' });
    const watcher = await RunWatcher.of(training, id);
    await watcher.until(({ state, read_only: why }) => state === 'running' && why !== undefined);
    await run.write({ ...waiting, state: 'running', processes: 7 });
    await watcher.until(({ processes }) => processes === 7);
    await run.write({ ...waiting, state: 'cancelled', plan: { ...PLAN, objective: 'lm_loss' } });
    release();
    expect((await watcher.until(({ state }) => state === 'cancelled')).read_only).toBeUndefined();
    await training.start(id, {});
    await watcher.until(({ state }) => state === 'done');
    expect((await onDisk(id)).plan.objective).toBe('lm_loss');
  });

  it('is what it was where another process was faster to begin it', async () => {
    let goOn: () => void = () => undefined;
    const training = trainingOf({ pause: () => new Promise((resolve) => void (goOn = resolve)) });
    const first = await training.create(PLAN, 'first');
    const second = await training.create(PLAN, 'second');
    await training.start(first, {});
    const watcher = await RunWatcher.of(training, second);
    await training.start(second, {});
    const release = await new RunFolder(runFolder(second)).take();
    await (await RunWatcher.of(training, first)).until((progress) => stepOf(progress, 'bld').state === 'done');
    goOn();
    await vi.waitFor(() => expect(watcher.lines()).toContainEqual(expect.stringContaining('is under way in process')));
    expect((await training.list()).runs.find(({ id }) => id === second)).toMatchObject({ state: 'waiting', steps_done: 0 });
    release();
    await training.start(second, {});
    await watcher.until((progress) => stepOf(progress, 'bld').state === 'done');
    goOn();
    await watcher.until(({ state }) => state === 'done');
  });

  it('is reported where its file is damaged, and the others are listed', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'good');
    const bad = await training.create(PLAN, 'bad');
    await writeFile(path.join(runFolder(bad), 'run.json'), '{');
    const { runs, damaged } = await training.list();
    expect(runs.map((run) => run.id)).toEqual([id]);
    expect(damaged).toMatchObject([{ id: bad, reason: expect.stringContaining('run.json') }]);
    await expect(training.watch('nobody-123456', () => undefined, () => undefined)).rejects.toMatchObject({ payload: { code: 'not_found' } });
  });
});

describe('what a run leaves', () => {
  it('is removed with everything, and who watched is told', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'run');
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, {});
    await watcher.until(({ state }) => state === 'running');
    await expect(training.remove(id)).rejects.toMatchObject({ payload: { hint: 'Cancel it first.' } });
    await training.cancel(id);
    await training.remove(id);
    expect(watcher.closed).toBe(true);
    expect(await readdir(path.join(folder, 'runs'))).toEqual([]);
    expect((await training.list()).runs).toEqual([]);
  });

  it('is exported as it is, in another dtype, and as a zip that others can open', async () => {
    const training = trainingOf();
    const id = await training.create(PLAN, 'My run');
    const never = new AbortController().signal;
    await expect(training.export({ id, archive: false }, never)).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    const watcher = await RunWatcher.of(training, id);
    await training.start(id, {});
    await watcher.ended();
    expect(await training.export({ id, archive: false }, never)).toEqual({
      folder: path.join(runFolder(id), 'export'),
      files: [
        { path: 'config.json', bytes: 37 },
        { path: 'model.safetensors', bytes: 1000 },
      ],
      loaders: [],
    });
    const exported = await training.export({ id, dtype: 'BF16', archive: true }, never);
    expect(await readFile(path.join(exported.folder, 'config.json'), 'utf8')).toContain('BF16');
    expect(exported.archive).toMatchObject({ file_name: 'my-run.zip', media_type: 'application/zip' });
    const file = path.join(folder, 'a.zip');
    await writeFile(file, exported.archive!.bytes);
    const script = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), [(i.filename, i.file_size) for i in z.infolist()])';
    const python = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
    // Another program's word, where there is one.
    if (python.error === undefined) expect(python.stdout.trim()).toBe("None [('config.json', 38), ('model.safetensors', 1000)]");
  });
});

describe('devices', () => {
  it('are looked up once, and again when asked', async () => {
    const training = trainingOf();
    const found = await Promise.all([training.devices(), training.devices()]);
    expect(found[0]).toMatchObject({ device: { line: 'counting' }, processes: defaultProcesses('cpu') });
    expect(started).toHaveLength(1);
    await training.devices(true);
    expect(started).toHaveLength(2);
  });

  it('say why there is none', async () => {
    const training = trainingOf({ create: () => trainers.create({ FAKE_REFUSES: 'Nothing works here.' }) });
    expect(await training.devices()).toMatchObject({ error: { message: 'Nothing works here.' } });
  });
});
