import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToTrainer } from '../../jobs/trainer_messages.ts';
import type { TrainerProcess } from '../../jobs/trainer.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { fakeJob } from '../../../test/support/fake_job.ts';
import { JobRunner } from './job_runner.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A runner with four cores, and the threads its trainers were told for each job. */
function setUp() {
  const folder = mkdtempSync(path.join(tmpdir(), 'puzzle-runner-'));
  folders.push(folder);
  const threads: Record<string, number> = {};
  const create = (): TrainerProcess => {
    let hear: (message: unknown) => void = () => undefined;
    let exit: (how: string) => void = () => undefined;
    return {
      post(message: ToTrainer) {
        if (message.type === 'start') queueMicrotask(() => hear({ type: 'ready', device: { backend: 'cpu', line: 'test', versions: {}, skipped: [] } }));
        if (message.type === 'cancel') queueMicrotask(() => exit('by itself'));
        if (message.type !== 'job') return;
        threads[message.spec.id] = message.threads;
        queueMicrotask(() => hear({ type: 'done', job: message.spec.id, seconds: 0, memory: { rss_bytes: 0, peak_rss_bytes: 0, heap_bytes: 0, array_buffer_bytes: 0 } }));
      },
      onMessage: (listener) => {
        hear = listener;
      },
      onExit: (listener) => {
        exit = listener;
      },
      kill: () => exit('by SIGKILL'),
    };
  };
  const runner = new JobRunner({ folder: new RunFolder(folder), create, processes: 4 });
  const run = (ids: readonly string[], processes?: number) =>
    runner.run({ jobs: ids.map((id) => fakeJob(id, { steps: 1 })), signal: new AbortController().signal, processes });
  return { threads, run, stop: () => runner.stop() };
}

describe('a runner of jobs', () => {
  it('gives a lone job all cores and shares them out among several, also to those that are left after a stop', async () => {
    const { threads, run, stop } = setUp();
    await run(['alone']);
    await run(['one', 'two']);
    await run(['one', 'two', 'three', 'four', 'five']);
    expect(threads).toEqual({ alone: 4, one: 2, two: 2, three: 1, four: 1, five: 1 });
    await stop();
  });

  it('gives each a single core where the number of processes was asked for, as for timings', async () => {
    const { threads, run, stop } = setUp();
    await run(['timed'], 1);
    expect(threads).toEqual({ timed: 1 });
    await stop();
  });
});
