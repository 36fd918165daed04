import { describe, expect, it } from 'vitest';
import type { FromTrainer, ToTrainer } from '../../jobs/trainer_messages.ts';
import { fromTrainerSchema } from '../../jobs/trainer_messages.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { JobSpec, TensorDevice } from '../../protocol/train.ts';
import type { JobContext } from '../../train/job.ts';
import type { Files } from '../../transformer/files.ts';
import { fakeJob } from '../../../test/support/fake_job.ts';
import { runTrainer, type TrainerParts } from './trainer_loop.ts';

const DEVICE: TensorDevice = { backend: 'cpu', line: 'test', versions: {}, skipped: [] };

/** A loop whose job is `runJob`, with what it says and a hand on its channel. */
function setUp(runJob: (spec: JobSpec, context: JobContext) => Promise<unknown>, parts: Partial<TrainerParts> = {}) {
  const said: FromTrainer[] = [];
  let ended = false;
  let say: (message: ToTrainer) => void = () => {};
  let close = (): void => {};
  const loop = runTrainer({
    channel: {
      send: (message) => said.push(fromTrainerSchema.parse(message)),
      onMessage: (listener) => {
        say = listener;
      },
      onClose: (listener) => {
        close = listener;
      },
      end: () => {
        ended = true;
      },
    },
    openDevice: () => Promise.resolve(DEVICE),
    useThreads: () => undefined,
    runJob,
    filesOf: () => ({}) as Files,
    memory: () => ({ rss_bytes: 1, peak_rss_bytes: 2, heap_bytes: 3, array_buffer_bytes: 4 }),
    explain: (error) => error,
    now: () => 0,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    ...parts,
  });
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  return { loop, said, settle, say: (message: ToTrainer) => say(message), close: () => close(), ended: () => ended, types: () => said.map(({ type }) => type) };
}

const JOB = { type: 'job', folder: '/run', spec: fakeJob('a', { steps: 1 }), threads: 1 } as const;
const endless = async (_: JobSpec, { breathe }: JobContext): Promise<never> => {
  for (;;) await breathe();
};

describe('a trainer', () => {
  it('is ready when its device is open, does a job, and goes on living', async () => {
    const { said, settle, say, ended } = setUp(() => Promise.resolve({ answer: 42, nothing: undefined }));
    say({ type: 'start' });
    await settle();
    expect(said).toEqual([{ type: 'ready', device: DEVICE }]);
    say(JOB);
    await settle();
    expect(said[1]).toMatchObject({ type: 'done', job: 'a', result: { answer: 42 }, memory: { rss_bytes: 1 } });
    expect(ended()).toBe(false);
  });

  it('computes with the cores that are free for each job', async () => {
    const order: unknown[] = [];
    const { settle, say } = setUp(({ id }) => Promise.resolve(order.push(id)), { useThreads: (count) => order.push(count) });
    say({ type: 'start' });
    await settle();
    say({ ...JOB, threads: 3 });
    await settle();
    say(JOB);
    await settle();
    expect(order).toEqual([3, 'a', 1, 'a']);
  });

  it('opens the backend it is told to', async () => {
    const asked: unknown[] = [];
    const { say, settle } = setUp(endless, { openDevice: (backend) => (asked.push(backend), Promise.resolve(DEVICE)) });
    say({ type: 'start', backend: 'wasm' });
    await settle();
    expect(asked).toEqual(['wasm']);
  });

  it('takes the word of an earlier process for why no better backend is used, in its results too', async () => {
    const skipped = [{ backend: 'webgpu' as const, reason: 'it lost the race' }];
    const { said, say, settle } = setUp((_, { device }) => Promise.resolve(device));
    say({ type: 'start', backend: 'cpu', skipped });
    await settle();
    say(JOB);
    await settle();
    expect(said).toMatchObject([
      { type: 'ready', device: { ...DEVICE, skipped } },
      { type: 'done', result: { ...DEVICE, skipped } },
    ]);
  });

  it('ends where no device can be opened, saying why', async () => {
    const refuse = (): Promise<never> => Promise.reject(new WorkbenchError('bad_input', 'No such backend.'));
    const { said, settle, say, ended } = setUp(endless, { openDevice: refuse });
    say({ type: 'start' });
    await settle();
    expect(said).toMatchObject([{ type: 'refused', error: { message: 'No such backend.' } }]);
    expect(ended()).toBe(true);
  });

  it('says what a job failed with after its last events, and ends', async () => {
    const { said, settle, say, ended } = setUp((_, { emit }) => {
      emit({ kind: 'log', level: 'info', text: 'so far' });
      return Promise.reject(new TypeError('x is undefined'));
    });
    say({ type: 'start' });
    await settle();
    say(JOB);
    await settle();
    expect(said.slice(1)).toMatchObject([{ type: 'events', job: 'a' }, { type: 'failed', job: 'a', error: { code: 'internal', message: 'x is undefined' } }]);
    expect(ended()).toBe(true);
  });

  it('says what an error means where the platform knows', async () => {
    const explain = (): unknown => new WorkbenchError('too_large', 'The heap is full.');
    const { said, settle, say } = setUp(() => Promise.reject(new Error('memory access out of bounds')), { explain });
    say({ type: 'start' });
    await settle();
    say(JOB);
    await settle();
    expect(said.at(-1)).toMatchObject({ type: 'failed', error: { code: 'too_large' } });
  });

  it('stops a job at its next breath when told to, acknowledges and ends', async () => {
    const { types, settle, say, ended } = setUp(endless);
    say({ type: 'start' });
    await settle();
    say(JOB);
    await settle();
    expect(types()).toEqual(['ready']);
    say({ type: 'cancel' });
    await settle();
    expect(types()).toEqual(['ready', 'cancelled']);
    expect(ended()).toBe(true);
  });

  it('tells of a job that was done before the request reached it', async () => {
    let finish: (value: unknown) => void = () => {};
    const { types, settle, say } = setUp(() => new Promise((resolve) => (finish = resolve)));
    say({ type: 'start' });
    await settle();
    say(JOB);
    say({ type: 'cancel' });
    finish('done');
    await settle();
    expect(types()).toEqual(['ready', 'done', 'cancelled']);
  });

  it('tells a fault from being stopped', async () => {
    const { said, settle, say } = setUp(async (_, { breathe }) => {
      try {
        for (;;) await breathe();
      } catch {
        throw new WorkbenchError('io', 'The state could not be written.');
      }
    });
    say({ type: 'start' });
    await settle();
    say(JOB);
    say({ type: 'cancel' });
    await settle();
    expect(said.at(-1)).toMatchObject({ type: 'failed', error: { code: 'io' } });
  });

  it('ends when its engine is gone: at once, or at the next breath of a job', async () => {
    const idle = setUp(endless);
    idle.say({ type: 'start' });
    await idle.settle();
    idle.close();
    expect(idle.ended()).toBe(true);
    const busy = setUp(endless);
    busy.say({ type: 'start' });
    await busy.settle();
    busy.say(JOB);
    busy.close();
    expect(busy.ended()).toBe(false);
    await busy.settle();
    expect(busy.ended()).toBe(true);
  });

  it('fails the job under way with an error that nobody caught', async () => {
    const { loop, said, settle, say, ended } = setUp(endless);
    say({ type: 'start' });
    await settle();
    say(JOB);
    await settle();
    loop.crash(new Error('lost'));
    await settle();
    expect(said.at(-1)).toMatchObject({ type: 'failed', job: 'a', error: { message: 'lost' } });
    expect(ended()).toBe(true);
  });
});
