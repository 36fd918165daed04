/** The folder of a run that went as far as its scores, with files that only say whose they are: for tests of what is taken over. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { jobsOf, REUSABLE_STEPS, type ReusableStep, type StepJob } from '../../engine/hosts/pipeline/reusable_steps.ts';
import { newRun } from '../../engine/hosts/training/run_states.ts';
import type { Plan, RunState, TensorDevice } from '../../engine/protocol/train.ts';
import type { DataDescription } from '../../engine/train/data/data_format.ts';
import { checkpointConfig } from '../../engine/transformer/hf_config.ts';
import { RunFolder } from '../../engine/workspace/run_folder.ts';
import { RunLogWriter } from '../../engine/workspace/run_log.ts';

export const VOCABULARY = 181;
export const DEVICE: TensorDevice = { backend: 'wasm', line: 'counting', versions: { fake: '1' }, skipped: [{ backend: 'webgpu', reason: 'it is slow' }] };

/** All jobs of a plan whose parent is trained, as its run would do them. */
export function allJobs(plan: Plan): readonly (StepJob & { readonly step: ReusableStep })[] {
  if (plan.parent.kind !== 'train') throw new Error('Only for parents that are trained.');
  const { architecture } = plan.parent;
  const parent = { ...architecture, shape: { ...architecture.shape, vocab_size: VOCABULARY } };
  return REUSABLE_STEPS.flatMap((step) => jobsOf(step, plan, { vocabulary: VOCABULARY, parent }).map((job) => ({ ...job, step })));
}

/** What is in a file of a job. */
export function contentOf(plan: Plan, id: string): string {
  return `${id} of seed ${plan.seed}`;
}

/** Done are all jobs, or those that `isDone` says; each has a curve in the log. */
export async function finishedRun(folder: string, plan: Plan, { name = 'Old run', isDone = () => true }: { readonly name?: string; readonly isDone?: (id: string) => boolean } = {}): Promise<RunFolder> {
  const run = new RunFolder(folder);
  const steps = REUSABLE_STEPS.map((kind) => ({ kind, title: kind }));
  const state = newRun({ id: path.basename(folder), name, plan, steps });
  const log = new RunLogWriter(folder);
  await mkdir(folder, { recursive: true });
  for (const { job, files, step } of allJobs(plan)) {
    for (const file of files) {
      const full = path.join(folder, file);
      const target = path.extname(file) === '' ? path.join(full, 'part', `${job.id}.bin`) : full;
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, contentOf(plan, job.id));
    }
    if (job.kind === 'train_parent') await writeFile(path.join(folder, job.out, 'config.json'), JSON.stringify(checkpointConfig(job.architecture, { dtype: 'F32' }).json));
    if (!isDone(job.id)) continue;
    await run.markDone(job, { result: job.kind === 'prepare_data' ? DATA : undefined, seconds: 0.001, memory: undefined });
    await log.append([{ kind: 'points', job: job.id, step, series: 'loss', points: [[1, 0.5], [2, 0.25]] }]);
  }
  const done: RunState = { ...state, state: 'done', device: DEVICE, steps: state.steps.map((step) => ({ ...step, state: 'done' })) };
  await run.write(done);
  return run;
}

const FILE = { file: 'train.tokens', sequences: 1, tokens: 64, documents: 1, crc32: '00000000' };
const DATA: DataDescription = {
  format: 'puzzle-workbench/data',
  version: 1,
  source: { kind: 'generated' },
  seed: 1,
  sequence_length: 64,
  vocabulary_size: VOCABULARY,
  eos_id: 0,
  bytes_per_token: 2,
  train: FILE,
  held_out: FILE,
  task_examples: 0,
  notes: [],
};
