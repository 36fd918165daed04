/**
 * Takes over into a run what another one has done already and its own plan would do again alike. Files are copied first, each
 * whole or not at all, and jobs are marked as done last, so that nothing is ever marked whose files are not there. The other
 * run may be under way meanwhile, or go: only what is whole counts.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { toErrorPayload, WorkbenchError } from '../../protocol/errors.ts';
import type { Plan, RunState, TensorBackend, TensorDevice } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { dataDescriptionSchema } from '../../train/data/data_format.ts';
import { copyFileAtomic } from '../../workspace/atomic_write.ts';
import type { RunFolder } from '../../workspace/run_folder.ts';
import { readParentArchitecture } from '../pipeline/parent.ts';
import { dependenciesOf, dependsOnDevice, jobsOf, reusableSteps, userFilesOf, type ReusableStep, type StepJob } from '../pipeline/reusable_steps.ts';
import { nodeFiles } from '../trainer/node_files.ts';
import { inWords, planDifferences } from './plan_differences.ts';
import { filesBelow } from './run_results.ts';

export interface TakeOverRequest {
  readonly source: RunFolder;
  readonly target: RunFolder;
  /** Of `target`, which has nothing done yet. */
  readonly plan: Plan;
  /** What `target` is to compute with, where that was asked for. */
  readonly backend?: TensorBackend | undefined;
  readonly signal: AbortSignal;
}

export interface TakenOver {
  /** Ids of jobs that are done now. */
  readonly jobs: ReadonlySet<string>;
  /** What they were computed with, and so the rest should be; absent where none of them depends on that. */
  readonly device?: TensorDevice | undefined;
  /** For the log. */
  readonly text: string;
  /** What was not taken over although the plans are alike there. */
  readonly warnings: readonly string[];
}

interface Copied {
  readonly step: ReusableStep;
  readonly jobs: readonly StepJob[];
  /** Jobs the step has, as far as the plan says. */
  readonly total: number;
}

const NOUNS: Readonly<Record<ReusableStep, string>> = { data: 'data', parent: 'parent', activations: 'activations', measure: 'block times', bld: 'blocks', score: 'scores' };

/** @throws WorkbenchError `cancelled`, with nothing marked as done; the file system's own error where something cannot be written. */
export async function takeOver(request: TakeOverRequest): Promise<TakenOver> {
  const before = await request.source.read().catch(() => undefined);
  if (before === undefined) return { jobs: new Set(), text: `Nothing could be taken over: there is no run in ${request.source.path} any more.`, warnings: [] };
  const { copied, warnings } = await copySteps(request, before);
  const jobs = new Set<string>();
  const kept: Copied[] = [];
  for (const { step, jobs: here, total } of copied) {
    const marked: StepJob[] = [];
    for (const each of here) {
      if (!(await unlessMissing(() => request.target.markDoneLike(request.source, each.job.id)))) break;
      marked.push(each);
      jobs.add(each.job.id);
    }
    if (marked.length > 0) kept.push({ step, jobs: marked, total });
    // It is being removed: what comes after is made from this.
    if (marked.length < here.length) break;
  }
  return { jobs, ...(kept.some(({ step }) => dependsOnDevice(step)) && { device: before.device }), text: inASentence(kept, before, request.plan), warnings };
}

async function copySteps({ source, target, plan, backend, signal }: TakeOverRequest, before: RunState): Promise<{ readonly copied: readonly Copied[]; readonly warnings: readonly string[] }> {
  const copied: Copied[] = [];
  const warnings: string[] = [];
  const whole = new Set<ReusableStep>();
  let vocabulary = 0;
  let parent: Architecture | undefined;
  const [dataStep] = jobsOf('data', plan, { vocabulary, parent });
  const begunAtMs = dataStep && (await source.begunAtMs(dataStep.job));
  // Everything is made from the data.
  if (begunAtMs === undefined) return { copied, warnings };
  const otherwise = backend !== undefined && before.device !== undefined && before.device.backend !== backend;
  if (otherwise) warnings.push(`“${before.name}” computed with ${before.device?.line}, this run with ${backend}: only its data can be taken over.`);
  for (const step of reusableSteps(before.plan, plan)) {
    if (!dependenciesOf(step, plan).steps.every((needed) => whole.has(needed)) || (otherwise && dependsOnDevice(step))) continue;
    const changed = await changedSince(userFilesOf(step, plan), begunAtMs);
    if (changed !== undefined) {
      warnings.push(`${changed} may have changed since “${before.name}” read it: what was made from it is made again.`);
      continue;
    }
    const all = jobsOf(step, plan, { vocabulary, parent });
    // Of a step that is under way it is not known which of its unplanned jobs are yet to come.
    if (all.some(({ planned }) => !planned) && before.steps.find(({ kind }) => kind === step)?.state !== 'done') continue;
    const jobs = await copyJobs(all, { source, target, signal });
    const total = all.filter((each) => each.planned || jobs.includes(each)).length;
    if (jobs.length > 0) copied.push({ step, jobs, total });
    if (jobs.length < total) continue;
    if (step === 'data' && dataStep !== undefined) {
      const described = dataDescriptionSchema.safeParse((await source.done(dataStep.job))?.result);
      if (!described.success) continue;
      vocabulary = described.data.vocabulary_size;
    }
    if (step === 'parent') {
      parent = await readParentArchitecture(nodeFiles(target.path), plan).catch(() => undefined);
      if (parent === undefined) continue;
    }
    whole.add(step);
  }
  return { copied, warnings };
}

/** @returns those that are done and whose files are all copied. */
async function copyJobs(jobs: readonly StepJob[], { source, target, signal }: Pick<TakeOverRequest, 'source' | 'target' | 'signal'>): Promise<readonly StepJob[]> {
  /** Whether a path is there; several jobs may leave files in one. */
  const there = new Map<string, boolean>();
  const here: StepJob[] = [];
  for (const each of jobs) {
    const done = each.planned ? (await source.done(each.job)) !== undefined : await source.isMarked(each.job.id);
    if (!done) continue;
    for (const file of each.files) {
      if (!there.has(file)) there.set(file, await copyTree(path.join(source.path, file), path.join(target.path, file), signal));
    }
    if (each.files.every((file) => there.get(file) === true)) here.push(each);
  }
  return here;
}

/** A file, or all files below a folder. @returns whether there was any, and none went meanwhile. */
async function copyTree(from: string, to: string, signal: AbortSignal): Promise<boolean> {
  return unlessMissing(async () => {
    const names = (await stat(from)).isFile() ? [''] : (await filesBelow(from)).map((file) => file.path);
    if (names.length === 0) throw new WorkbenchError('not_found', `${from} is empty.`);
    for (const name of names) {
      if (signal.aborted) throw new WorkbenchError('cancelled', 'The run was cancelled.');
      await copyFileAtomic(path.join(from, name), path.join(to, name));
    }
  });
}

async function unlessMissing(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (toErrorPayload(error).code === 'not_found' || code === 'ENOENT') return false;
    if (code === 'ENOSPC') throw new WorkbenchError('io', 'The disk is full: what another run has done could not be copied.', { hint: 'Free space and resume, or begin a run that takes over nothing.', retryable: true });
    throw error;
  }
}

/** The first of these files and folders of the user's that may not be what it was. */
async function changedSince(files: readonly string[], atMs: number): Promise<string | undefined> {
  for (const file of files) {
    // One inside a run's folder is not there in another run's.
    if (!path.isAbsolute(file) || (await lastChangeMs(file)) > atMs) return file;
  }
  return undefined;
}

/** Of a file, or of anything below a folder: when it was written, renamed or put there. */
async function lastChangeMs(file: string): Promise<number> {
  try {
    const status = await stat(file);
    const names = status.isDirectory() ? await readdir(file, { recursive: true }) : [];
    let last = Math.max(status.mtimeMs, status.ctimeMs);
    for (const name of names) {
      const { mtimeMs, ctimeMs } = await stat(path.join(file, name));
      last = Math.max(last, mtimeMs, ctimeMs);
    }
    return last;
  } catch {
    return Infinity;
  }
}

function inASentence(kept: readonly Copied[], { name, plan: there }: RunState, plan: Plan): string {
  const nouns = kept.map(({ step, jobs, total }) => (jobs.length < total ? `${NOUNS[step]} (${jobs.length} of ${total})` : NOUNS[step]));
  const last = nouns.at(-1);
  if (last === undefined) {
    const differences = planDifferences(there, plan).filter(({ place }) => place.startsWith('data.'));
    return `Nothing could be taken over from “${name}”${differences.length > 0 ? `, whose data is other: ${inWords(differences)}` : ''}.`;
  }
  const list = nouns.length === 1 ? last : `${nouns.slice(0, -1).join(', ')} and ${last}`;
  return `${list.slice(0, 1).toUpperCase()}${list.slice(1)} were taken over from “${name}”.`;
}
