/** Jobs in real processes that only count, among them ones that die, hang and fail. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { counted, fakeJob } from '../../test/support/fake_job.ts';
import { buildFakeTrainer, type FakeTrainers } from '../../test/support/fake_trainer.ts';
import type { JobEvent, JobSpec } from '../protocol/train.ts';
import type { TrainerProcess } from './trainer.ts';
import { TrainerPool, type PoolOptions, type PoolTask } from './trainer_pool.ts';

let trainers: FakeTrainers;
let folder: string;
let pools: TrainerPool[] = [];
/** Processes started by the test under way. */
let started: TrainerProcess[] = [];

beforeAll(async () => {
  trainers = await buildFakeTrainer();
});
afterAll(() => rm(trainers.folder, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pool-'));
  started = [];
  pools = [];
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.stop()));
  await rm(folder, { recursive: true, maxRetries: 3 });
});

function poolOf(options: Partial<PoolOptions> = {}, env?: Record<string, string>): TrainerPool {
  const create = (): TrainerProcess => {
    const process = trainers.create(env);
    started.push(process);
    return process;
  };
  const pool = new TrainerPool({ create, processes: 2, ...options });
  pools.push(pool);
  return pool;
}

/** Runs jobs and tells what was heard of them. */
async function runAll(pool: TrainerPool, jobs: readonly JobSpec[], more: Partial<PoolTask> = {}) {
  const events: JobEvent[] = [];
  const retries: string[] = [];
  const results: Record<string, unknown> = {};
  const controller = new AbortController();
  const failure = await pool
    .run({
      folder,
      jobs,
      signal: controller.signal,
      onEvents: (_, some) => events.push(...some),
      onRetry: (job, how) => retries.push(`${job.id} ${how}`),
      onDone: async (job, { result }) => {
        results[job.id] = result;
      },
      ...more,
    })
    .then(
      () => undefined,
      (error: unknown) => (error as { payload: { code: string; message: string } }).payload,
    );
  return { events, retries, results, failure };
}

async function output(id: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(folder, 'out', `${id}.json`), 'utf8'));
}

describe('a pool of trainers', () => {
  it('does all jobs with as many processes as allowed, and keeps those for the next list', async () => {
    const pool = poolOf();
    const jobs = [1, 2, 3, 4, 5].map((seed) => fakeJob(`job-${seed}`, { steps: 5 }, seed));
    const { results, failure } = await runAll(pool, jobs);
    expect(failure).toBeUndefined();
    expect(results).toEqual(Object.fromEntries([1, 2, 3, 4, 5].map((seed) => [`job-${seed}`, { value: counted(seed, 5) }])));
    await runAll(pool, [fakeJob('more', { steps: 1 })]);
    expect(started).toHaveLength(2);
  });

  it('starts no more processes than a list wants', async () => {
    const jobs = ['a', 'b', 'c'].map((id) => fakeJob(id, { steps: 2 }));
    await runAll(poolOf(), jobs, { processes: 1 });
    expect(started).toHaveLength(1);
  });

  it('passes on every point of a curve, and progress to its end', async () => {
    const { events } = await runAll(poolOf(), [fakeJob('a', { steps: 300 })]);
    const steps = events.flatMap((event) => (event.kind === 'point' ? [event.step] : []));
    expect(steps).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    const progress = events.filter((event) => event.kind === 'progress');
    expect(progress.at(-1)).toMatchObject({ done: 300, total: 300 });
    expect(progress.length).toBeLessThan(300);
  });

  it('says what it computes with', async () => {
    const pool = poolOf({ backend: 'wasm' });
    expect(await pool.device()).toMatchObject({ backend: 'wasm', line: 'counting' });
    await runAll(pool, [fakeJob('a', { steps: 1 })]);
    expect(started).toHaveLength(1);
  });

  it('begins a job whose process died again from its checkpoint, and comes to the same', async () => {
    const { events, retries, results, failure } = await runAll(poolOf(), [fakeJob('a', { steps: 9, crashAt: 6, checkpointEvery: 2 }, 7)]);
    expect(failure).toBeUndefined();
    expect(retries).toEqual(['a by SIGKILL, saying: last words']);
    expect(results).toEqual({ a: { value: counted(7, 9) } });
    expect(events.filter((event) => event.kind === 'log' && event.text.startsWith('a begins'))).toMatchObject([{ text: 'a begins at 0' }, { text: 'a begins at 6' }]);
    expect(await output('a')).toEqual({ value: counted(7, 9), steps: 9 });
  });

  it('gives up on a job that kills its process twice, and begins no other', async () => {
    const jobs = [fakeJob('a', { steps: 9, crashAt: 3, crashes: 'always' }), fakeJob('b', { steps: 1 })];
    const begun: string[] = [];
    const { failure } = await runAll(poolOf({ processes: 1 }), jobs, { onStart: (job) => begun.push(job.id) });
    expect(failure).toMatchObject({ code: 'internal', retryable: true, message: expect.stringContaining('SIGKILL') });
    expect(begun).toEqual(['a']);
  });

  it('fails with what a job fails with and stops the others', async () => {
    const jobs = [fakeJob('long', { steps: 100_000, stepMs: 1 }), fakeJob('bad', { steps: 5, failAt: 2 })];
    const { failure } = await runAll(poolOf(), jobs);
    expect(failure).toMatchObject({ code: 'bad_input', message: 'The fake job was told to fail.' });
  });

  it('fails with an error that no job could catch', async () => {
    const { failure } = await runAll(poolOf(), [fakeJob('a', { steps: 1000, stepMs: 1, throwOutsideAt: 1 })]);
    expect(failure).toMatchObject({ code: 'internal', message: 'lost' });
  });

  it('says why no tensor device can be opened', async () => {
    const { failure, retries } = await runAll(poolOf({}, { FAKE_REFUSES: 'There is no such backend.' }), [fakeJob('a', { steps: 1 })]);
    expect(failure).toMatchObject({ code: 'bad_input', message: 'There is no such backend.' });
    expect(retries).toEqual([]);
  });

  it('says what broke while a tensor device was opened', async () => {
    const { failure } = await runAll(poolOf({}, { FAKE_BREAKS: 'the loader broke' }), [fakeJob('a', { steps: 1 })]);
    expect(failure).toMatchObject({ code: 'internal', message: 'the loader broke' });
  });

  it('tries once more where a process dies before it is ready', async () => {
    const { failure } = await runAll(poolOf({}, { FAKE_DIES: '1' }), [fakeJob('a', { steps: 1 })]);
    expect(failure).toMatchObject({ message: expect.stringContaining('exit code 3') });
    expect(started).toHaveLength(2);
  });

  it('fails where a job cannot be marked as done', async () => {
    const onDone = (): Promise<void> => Promise.reject(new Error('disk full'));
    expect((await runAll(poolOf(), [fakeJob('a', { steps: 1 })], { onDone })).failure).toMatchObject({ message: 'disk full' });
  });
});

describe('cancelling', () => {
  it('stops jobs at their next breath, with nothing half-written', async () => {
    const controller = new AbortController();
    const jobs = ['a', 'b'].map((id) => fakeJob(id, { steps: 1_000_000, stepMs: 1 }));
    const pool = poolOf();
    const onEvents: PoolTask['onEvents'] = ({ id }, events) => {
      if (id === 'a' && events.some((event) => event.kind === 'progress' && event.done > 1)) controller.abort();
    };
    const { failure } = await runAll(pool, jobs, { signal: controller.signal, onEvents });
    expect(failure?.code).toBe('cancelled');
    await expect(output('a')).rejects.toThrow('ENOENT');
    // A fresh process goes on where the checkpoint is.
    const { events } = await runAll(pool, [fakeJob('a', { steps: 1 })]);
    expect(events[0]).toMatchObject({ text: expect.stringMatching(/^a begins at [1-9]/) });
  });

  it('kills a process that does not stop in time', async () => {
    const controller = new AbortController();
    const pool = poolOf({ endWithinMs: 200 });
    const job = fakeJob('a', { steps: 10, hangAt: 5 });
    const { failure } = await runAll(pool, [job], { signal: controller.signal, onEvents: () => setTimeout(() => controller.abort(), 50) });
    expect(failure?.code).toBe('cancelled');
  });

  it('begins nothing where the signal has fired before', async () => {
    const { failure } = await runAll(poolOf(), [fakeJob('a', { steps: 1 })], { signal: AbortSignal.abort() });
    expect(failure?.code).toBe('cancelled');
    expect(started).toEqual([]);
  });

  it('leaves no process after a stop', async () => {
    const pool = poolOf();
    await runAll(pool, ['a', 'b'].map((id) => fakeJob(id, { steps: 2 })));
    await pool.stop();
    expect((await runAll(pool, [fakeJob('c', { steps: 1 })])).failure?.code).toBe('cancelled');
    expect(started).toHaveLength(2);
  });
});

describe('processes killed from outside at random moments', () => {
  it.each([1, 2, 3, 4])('change nothing but the time it takes (%i)', async (seed) => {
    const random = mulberry(seed);
    // Each of the first two is killed, so no job is struck twice; starting takes about 100 ms, all jobs about 300.
    const create = (): TrainerProcess => {
      const process = trainers.create();
      if (started.push(process) <= 2) setTimeout(() => process.kill(), random() * 400);
      return process;
    };
    const jobs = Array.from({ length: 6 }, (_, i) => fakeJob(`job-${i}`, { steps: 60, stepMs: 1, checkpointEvery: 7 }, i + 1));
    const { results, failure } = await runAll(poolOf({ create }), jobs);
    expect(failure).toBeUndefined();
    expect(results).toEqual(Object.fromEntries(jobs.map((job) => [job.id, { value: counted(job.seed, 60) }])));
    expect(started.length).toBeGreaterThan(2);
  });
});

/** Repeatable random numbers, uniform over [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
