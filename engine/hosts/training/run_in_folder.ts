/** A run outside any project, as the command line does it: in a folder of the user's, with the same layout. */
import { mkdir, readdir } from 'node:fs/promises';
import type { Hardware } from '../../hardware/calibrations.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { RunEvent } from '../../protocol/train_api.ts';
import type { PipelineReport, Plan, TensorBackend } from '../../protocol/train.ts';
import type { CreateTrainer } from '../../jobs/trainer.ts';
import { RunFolder, specHash } from '../../workspace/run_folder.ts';
import type { Pipeline } from './pipeline_env.ts';
import { executeRun } from './run_executor.ts';
import { RunSession } from './run_session.ts';
import { newRun } from './run_states.ts';

export interface RunInFolderOptions {
  readonly folder: string;
  readonly plan: Plan;
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly create: CreateTrainer;
  readonly hardware: Hardware;
  readonly backend?: TensorBackend | undefined;
  readonly processes?: number | undefined;
  readonly signal: AbortSignal;
  /** As for a page: a snapshot first, then what changed. */
  onEvent?(event: RunEvent): void;
}

/**
 * Begins a run in an empty or missing folder, or goes on with the run of the same plan that is there.
 * @throws WorkbenchError `conflict` where the folder holds something else, or the run is under way elsewhere; else as `executeRun`.
 */
export async function runInFolder({ folder, plan, name, onEvent, ...rest }: RunInFolderOptions): Promise<PipelineReport> {
  await mkdir(folder, { recursive: true });
  const run = new RunFolder(folder);
  const earlier = await run.read();
  if (earlier === undefined && (await readdir(folder)).length > 0) {
    throw new WorkbenchError('conflict', `${folder} holds other files.`, { hint: 'Name an empty or a new folder.' });
  }
  if (earlier !== undefined && specHash(earlier.plan) !== specHash(plan)) {
    throw new WorkbenchError('conflict', `${folder} holds a run of another plan.`, { hint: 'Name another folder, or give the options that run began with to go on with it.' });
  }
  const state = earlier ?? newRun({ id: 'run', name, plan, steps: rest.pipeline.steps(plan) });
  if (earlier === undefined) await run.write(state);
  const session = await RunSession.restore(run, state);
  if (onEvent !== undefined) session.subscribe(onEvent);
  return executeRun({ folder: run, session, ...rest });
}
