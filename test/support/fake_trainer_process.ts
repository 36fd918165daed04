/**
 * A trainer process whose jobs only count: the real loop, channel and files around a job that tests can make crash, hang or
 * fail at a chosen step. What it counts is a pure function of the seed, and is resumed from its checkpoint, as real jobs are.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { nodeFiles } from '../../engine/hosts/trainer/node_files.ts';
import { trainerChannel } from '../../engine/hosts/trainer/trainer_channel.ts';
import { runTrainer } from '../../engine/hosts/trainer/trainer_loop.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { JobSpec } from '../../engine/protocol/train.ts';
import type { JobContext } from '../../engine/train/job.ts';
import { readText, writeAll } from '../../engine/transformer/files.ts';
import { countStep, type FakeJob } from './fake_job.ts';

let folder = '';

async function runJob(spec: JobSpec, { files, emit, breathe, device }: JobContext): Promise<unknown> {
  if (spec.kind === 'export') {
    await writeAll(files, `${spec.out}/config.json`, `{"form":"${spec.form}","dtype":"${spec.dtype}"}`);
    await writeAll(files, `${spec.out}/model.safetensors`, new Uint8Array(1000).fill(7));
    return undefined;
  }
  if (spec.kind !== 'generate') throw new Error(`The fake trainer has no ${spec.kind}.`);
  const { steps, ...how } = JSON.parse(spec.prompt) as FakeJob;
  const state = `state/${spec.id}.json`;
  let { step, value } = (await files.exists(state)) ? (JSON.parse(await readText(files, state)) as { step: number; value: number }) : { step: 0, value: spec.seed };
  emit({ kind: 'log', level: 'info', text: `${spec.id} begins at ${step}` });
  for (const { reason } of device.skipped) emit({ kind: 'log', level: 'info', text: `No better device, as ${reason}` });
  for (; step < steps; ) {
    if (how.stepMs !== undefined) await new Promise((resolve) => setTimeout(resolve, how.stepMs));
    await breathe();
    if (step === how.failAt) throw new WorkbenchError('bad_input', 'The fake job was told to fail.');
    if (step === how.throwOutsideAt) setTimeout(() => Promise.reject(new Error('lost')), 0);
    if (step === how.hangAt) for (;;);
    if (step === how.crashAt && (how.crashes === 'always' || once(spec.id))) {
      process.stderr.write('last words');
      process.kill(process.pid, 'SIGKILL');
    }
    value = countStep(value);
    step += 1;
    emit({ kind: 'progress', done: step, total: steps, unit: 'steps' });
    emit({ kind: 'point', series: 'value', step, value });
    if (step % (how.checkpointEvery ?? 1) === 0) await writeAll(files, state, JSON.stringify({ step, value }));
  }
  emit({ kind: 'cell', layer: 0, target: spec.id, value, measure: 'nmse' });
  await writeAll(files, spec.out, JSON.stringify({ value, steps }));
  await files.remove(state);
  return { value };
}

/** Whether this job has not crashed before. */
function once(id: string): boolean {
  const marker = path.join(folder, `crashed-${id}`);
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
}

const trainer = runTrainer({
  channel: trainerChannel(),
  async openDevice(backend) {
    const { FAKE_REFUSES, FAKE_BREAKS, FAKE_DIES } = process.env;
    if (FAKE_REFUSES !== undefined) throw new WorkbenchError('bad_input', FAKE_REFUSES);
    if (FAKE_BREAKS !== undefined) {
      setTimeout(() => Promise.reject(new Error(FAKE_BREAKS)), 0);
      await new Promise(() => undefined);
    }
    if (FAKE_DIES !== undefined) process.exit(3);
    // As real ones do, it says why no better one only where it was left to choose, and never twice the same.
    const skipped = backend === undefined ? [{ backend: 'webgpu' as const, reason: `it was too slow for process ${process.pid}` }] : [];
    return { backend: backend ?? 'cpu', line: 'counting', versions: { fake: '1' }, skipped };
  },
  useThreads: () => undefined,
  runJob,
  filesOf(root) {
    folder = root;
    return nodeFiles(root);
  },
  memory: () => ({ rss_bytes: process.memoryUsage().rss, peak_rss_bytes: 0, heap_bytes: 0, array_buffer_bytes: 0 }),
  explain: (error) => error,
  now: () => performance.now(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
});
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, (error) => trainer.crash(error));
