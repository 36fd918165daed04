/**
 * Training on the command line: a run's folder anywhere on disk, its progress on standard error, Ctrl-C to stop it where it can
 * be resumed by the same command.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { BUILT_IN } from '../../hardware/calibrations.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { TENSOR_BACKENDS, type ExperimentRequest, type JobSpec, type PipelineReport, type Plan, type RunState, type StepKind, type TensorBackend } from '../../protocol/train.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { setSource } from '../../workspace/run_source.ts';
import { pipeline } from '../pipeline/run_pipeline.ts';
import { createTrainer } from '../trainer/create_trainer.ts';
import { JobRunner } from '../training/job_runner.ts';
import type { Pipeline } from '../training/pipeline_env.ts';
import { inWords, planDifferences } from '../training/plan_differences.ts';
import { executeRun, INTERRUPTED } from '../training/run_executor.ts';
import { left, newRun, withExperiments } from '../training/run_states.ts';
import { RunSession } from '../training/run_session.ts';

import { wholeNumber } from './arguments.ts';
import { UsageError } from './usage_error.ts';

export const TRAINER_OPTIONS = {
  backend: { type: 'string' },
  processes: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const TRAINER_HELP = `  --backend NAME         ${TENSOR_BACKENDS.join(', ')} (default: the best that is there)
  --processes N          trainer processes (default: one per core)
`;

export interface TrainerValues {
  readonly backend?: string | undefined;
  readonly processes?: string | undefined;
}

const GOES_ON = 'Stopping; the same command goes on from here.';

interface TrainerChoice {
  readonly backend?: TensorBackend | undefined;
  readonly processes?: number | undefined;
}

function trainerChoice({ backend, processes }: TrainerValues): TrainerChoice {
  const known = TENSOR_BACKENDS.find((name) => name === backend);
  if (backend !== undefined && known === undefined) throw new UsageError(`--backend ${backend}: there are ${TENSOR_BACKENDS.join(', ')}.`);
  return { backend: known, processes: processes === undefined ? undefined : wholeNumber('--processes', processes, 1, 1) };
}

export interface RunWish {
  /** Absent for a run that is there, or for the plan of the run in `from`. */
  readonly plan?: Plan | undefined;
  readonly experiments?: readonly ExperimentRequest[] | undefined;
  /** Folder of a run whose work a new one takes over, as far as its plan would do it alike. */
  readonly from?: string | undefined;
}

interface OpenedRun {
  readonly folder: RunFolder;
  readonly state: RunState;
}

/**
 * The run in `folder`, begun where there is none, with `experiments` added.
 * @throws WorkbenchError `bad_input` where there is one of another plan; `conflict` where there are other files; `not_found`
 */
export async function openRun(folder: string, { plan, experiments = [], from }: RunWish = {}): Promise<OpenedRun> {
  const run = new RunFolder(folder);
  const source = from === undefined ? undefined : new RunFolder(from);
  if (source?.path === run.path) throw new WorkbenchError('bad_input', `${folder} cannot take over its own work.`, { hint: 'Name another run with --from.' });
  const found = await run.read();
  if (found === undefined) return beginRun(run, { plan, experiments, source });
  const differences = plan === undefined ? [] : planDifferences(found.plan, plan);
  if (differences.length > 0) {
    throw new WorkbenchError('bad_input', `${folder} holds a run with another plan: ${inWords(differences)}.`, {
      hint: 'Give the same preset, seed and options to go on with it. For another plan choose another folder; with --from it takes over what that plan leaves as it is.',
    });
  }
  // It was stopped before it had begun; whether later ones still have to take something over, their folder says.
  if (source !== undefined && found.state === 'waiting') await setSource(run, source);
  return { folder: run, state: { ...left(found), plan: withExperiments(found.plan, [...(plan?.experiments ?? []), ...experiments]) } };
}

interface NewRun {
  readonly plan: Plan | undefined;
  readonly experiments: readonly ExperimentRequest[];
  readonly source: RunFolder | undefined;
}

async function beginRun(run: RunFolder, { plan: asked, experiments, source }: NewRun): Promise<OpenedRun> {
  const other = await source?.read();
  if (source !== undefined && other === undefined) throw new WorkbenchError('not_found', `There is no run in ${source.path} to take over from.`);
  const plan = asked ?? (other === undefined ? undefined : { ...other.plan, experiments: undefined });
  if (plan === undefined) throw new WorkbenchError('not_found', `There is no run in ${run.path}.`, { hint: 'Begin one with: pipeline --preset tiny --out DIR' });
  if (await holdsFiles(run.path)) throw new WorkbenchError('conflict', `${run.path} holds other files.`, { hint: 'Name an empty or a new folder.' });
  const id = path.basename(run.path).toLowerCase();
  const whole = withExperiments(plan, experiments);
  const state = newRun({ id, name: `${plan.preset}, seed ${plan.seed}`, plan: whole, steps: pipeline.steps(whole) });
  if (source !== undefined) {
    // In this order the same command goes on also where it is stopped in between.
    await run.write(state);
    await setSource(run, source);
  }
  return { folder: run, state };
}

/**
 * Runs or resumes it, until `until` is done where given.
 * @returns the report, or undefined where it was to stop earlier
 */
export async function executeHere(run: { readonly folder: RunFolder; readonly state: RunState }, values: TrainerValues, until?: StepKind): Promise<PipelineReport | undefined> {
  const { folder, state } = run;
  const choice = trainerChoice(values);
  if (until !== undefined && state.steps.some(({ kind, state: how }) => kind === until && how === 'done')) {
    process.stderr.write(`${titleOf(state, until)}: done already.\n`);
    return undefined;
  }
  const session = await RunSession.restore(folder, state);
  const stop = stopOnSignals(GOES_ON);
  let reached = false;
  const watched: Pipeline = {
    ...pipeline,
    run: (env) =>
      pipeline.run({
        ...env,
        startStep(kind, options) {
          process.stderr.write(`${titleOf(state, kind)} …\n`);
          env.startStep(kind, options);
        },
        finishStep(kind, outcome) {
          env.finishStep(kind, outcome);
          const step = session.state.steps.find((candidate) => candidate.kind === kind);
          process.stderr.write(`  ${(step?.elapsed_s ?? 0).toFixed(1)} s${outcome === undefined ? '' : `: ${outcome}`}\n`);
          if (kind !== until) return;
          reached = true;
          // Nobody cancelled it: the rest is yet to be done.
          stop.controller.abort(INTERRUPTED);
        },
      }),
  };
  try {
    return await executeRun({ folder, session, pipeline: watched, create: createTrainer, hardware: BUILT_IN, signal: stop.controller.signal, onTakenOver: (text) => process.stderr.write(`${text}\n`), ...choice });
  } catch (error) {
    if (reached) return undefined;
    throw error;
  } finally {
    stop.dispose();
  }
}

export interface OneJobOptions {
  /** Whether it is marked as done in the folder, so that the same command need not do it again (default true). */
  readonly mark?: boolean;
  /** Whether the folder is a run's, which only one process may change (default true). */
  readonly lock?: boolean;
}

/**
 * One job in `folder`.
 * @returns what the job returned
 * @throws WorkbenchError `conflict` where another process works in the run.
 */
export async function runOneJob(folder: RunFolder, job: JobSpec, values: TrainerValues, { mark = true, lock = true }: OneJobOptions = {}): Promise<unknown> {
  const choice = trainerChoice(values);
  const release = lock ? await folder.take() : undefined;
  const stop = stopOnSignals(mark ? GOES_ON : 'Stopping.');
  const runner = new JobRunner({ folder: mark ? folder : new UnmarkedFolder(folder.path), create: createTrainer, ...choice });
  let shown = 0;
  try {
    const [result] = await runner.run({
      jobs: [job],
      signal: stop.controller.signal,
      onEvents(_, events) {
        for (const event of events) {
          if (event.kind === 'log') process.stderr.write(`${event.text}\n`);
          if (event.kind !== 'progress' || event.done / event.total < shown + 0.1) continue;
          shown = event.done / event.total;
          process.stderr.write(`  ${Math.round(100 * shown)} % (${event.done} of ${event.total} ${event.unit})\n`);
        }
      },
    });
    return result;
  } finally {
    await runner.stop();
    release?.();
    stop.dispose();
  }
}

async function holdsFiles(folder: string): Promise<boolean> {
  try {
    // A run that was killed at its very beginning leaves a lock.
    return (await readdir(folder)).some((name) => !name.startsWith('.'));
  } catch {
    return false;
  }
}

/** A user's folder, in which nothing is to be left but what the job writes. */
class UnmarkedFolder extends RunFolder {
  override done(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  override markDone(): Promise<void> {
    return Promise.resolve();
  }
}

function titleOf(state: RunState, kind: StepKind): string {
  return pipeline.steps(state.plan).find((step) => step.kind === kind)?.title ?? kind;
}

/** The first Ctrl-C stops in an orderly way; a second one ends the process. */
function stopOnSignals(words: string): { readonly controller: AbortController; dispose(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(1);
    process.stderr.write(`${words}\n`);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    controller,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
