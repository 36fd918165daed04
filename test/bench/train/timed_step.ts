/**
 * Times the steps of real training jobs from outside, through the context that a job is given: a job breathes at the start of
 * each step and of each of its lanes, and reports progress when the step's losses are known. What a job does besides
 * (initialisation, held-out losses, files) is not counted.
 */
import process from 'node:process';
import type { JobEvent, JobOf, TensorDevice } from '../../../engine/protocol/train.ts';
import { distilBlocks } from '../../../engine/train/bld.ts';
import { trainParent } from '../../../engine/train/parent.ts';
import { replacedShare } from '../../../engine/train/training_curves.ts';
import type { Files } from '../../../engine/transformer/files.ts';
import { watchKernels, type KernelCall } from './kernel_watch.ts';
import { quietContext, STUDENTS } from './workload.ts';

type Job = JobOf<'distil_blocks'> | JobOf<'train_parent'>;

interface Moment {
  readonly wallMs: number;
  /** Of this process. */
  readonly cpuMs: number;
}

interface Span {
  readonly from: Moment;
  readonly to: Moment;
}

export interface Timed {
  /** Of each step, in order; the first one also makes the optimiser's moments. */
  readonly stepMs: readonly number[];
  /** The same in processor time of this process, which other programs hardly change. */
  readonly cpuMs: readonly number[];
  /** Loss of each step by lane, before its update. */
  readonly losses: Readonly<Record<string, readonly number[]>>;
}

export async function timed(job: Job, files: Files, device: TensorDevice): Promise<Timed> {
  const { spans, losses } = await run(job, files, device);
  return {
    stepMs: spans.map(({ from, to }) => to.wallMs - from.wallMs),
    cpuMs: spans.map(({ from, to }) => to.cpuMs - from.cpuMs),
    losses,
  };
}

/** A step's wall time and the kernels it called, by their names; means over the steps of the job but the first. */
export interface Profile {
  readonly wallMs: number;
  readonly kernels: readonly { readonly name: string; readonly calls: number; readonly ms: number; readonly flops: number }[];
}

export async function profiled(job: Job, files: Files, device: TensorDevice): Promise<Profile> {
  const watch = watchKernels();
  try {
    const { spans } = await run(job, files, device);
    const steps = spans.slice(1);
    const inside = ({ at }: KernelCall): boolean => steps.some(({ from, to }) => at >= from.wallMs && at < to.wallMs);
    const byName = new Map<string, { calls: number; ms: number; flops: number }>();
    for (const call of watch.calls.filter(inside)) {
      const sums = byName.get(call.name) ?? { calls: 0, ms: 0, flops: 0 };
      byName.set(call.name, { calls: sums.calls + 1, ms: sums.ms + call.ms, flops: sums.flops + call.flops });
    }
    const share = (sum: number): number => sum / steps.length;
    return {
      wallMs: share(steps.reduce((sum, { from, to }) => sum + to.wallMs - from.wallMs, 0)),
      kernels: [...byName].map(([name, { calls, ms, flops }]) => ({ name, calls: share(calls), ms: share(ms), flops: share(flops) })).sort((a, b) => b.ms - a.ms),
    };
  } finally {
    watch.stop();
  }
}

async function run(job: Job, files: Files, device: TensorDevice): Promise<{ readonly spans: readonly Span[]; readonly losses: Timed['losses'] }> {
  const lanes = job.kind === 'distil_blocks' ? STUDENTS : 1;
  const breaths: Moment[] = [];
  const spans: Span[] = [];
  const points = new Map<string, number[]>();
  const quiet = quietContext(files, device);
  let clock = 0;
  const heard = (event: JobEvent): void => {
    if (event.kind === 'progress' && event.unit === 'steps') {
      const from = breaths.at(-1 - lanes);
      if (from !== undefined) spans.push({ from, to: moment() });
    } else if (event.kind === 'point') points.set(event.series, [...(points.get(event.series) ?? []), event.value]);
  };
  const context = {
    ...quiet,
    emit: heard,
    breathe: async () => {
      await quiet.breathe();
      breaths.push(moment());
    },
    // A clock so fast that progress is reported at every step.
    now: () => (clock += 1000),
  };
  if (job.kind === 'distil_blocks') await distilBlocks(job, context);
  else await trainParent(job, context);
  await files.remove(job.out);
  if (spans.length !== job.training.steps) throw new Error(`${job.id} told of ${spans.length} of its ${job.training.steps} steps.`);
  return { spans, losses: Object.fromEntries([...points].filter(([series]) => !/held_out|_raw$/.test(series)).map(([series, values]) => [series, unsmoothed(values)])) };
}

function moment(): Moment {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
}

/** The losses behind a smoothed curve (engine/train/training_curves.ts) with a point per step. */
function unsmoothed(values: readonly number[]): readonly number[] {
  const replaced = replacedShare(values.length);
  let sum = 0;
  return values.map((value, i) => {
    const before = sum * (1 - replaced);
    sum = value * (1 - (1 - replaced) ** (i + 1));
    return (sum - before) / replaced;
  });
}
