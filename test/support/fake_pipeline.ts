/** A pipeline of counting jobs (see fake_job.ts), with files and a report like a real one's. */
import type { Pipeline, PipelineEnv } from '../../engine/hosts/training/pipeline_env.ts';
import type { JobSpec, PipelineReport, Plan } from '../../engine/protocol/train.ts';
import { readText, writeAll } from '../../engine/transformer/files.ts';
import { counted, fakeJob, type FakeJob } from './fake_job.ts';

export interface FakePipelineOptions {
  /** What the jobs of the BLD step do; by default they count for a while. */
  readonly bld?: readonly FakeJob[];
  /** Awaited before the last step. */
  readonly pause?: (env: PipelineEnv) => Promise<void>;
}

const COUNTING: readonly FakeJob[] = Array.from({ length: 4 }, () => ({ steps: 40, stepMs: 1, checkpointEvery: 5 }));

export function fakePipeline({ bld = COUNTING, pause }: FakePipelineOptions = {}): Pipeline {
  return {
    steps: () => [
      { kind: 'data', title: 'Count a little' },
      { kind: 'bld', title: 'Count a lot' },
      { kind: 'export', title: 'Export' },
    ],
    async run(env) {
      const { plan } = env;
      env.log(`seed ${plan.seed}`);
      env.startStep('data');
      const [data] = (await env.runJobs('data', [fakeJob('data', { steps: 3 }, plan.seed)])) as { value: number }[];
      env.finishStep('data', `counted to ${data?.value}`);
      await env.runJobs('bld', bldJobs(plan, bld));
      env.finishStep('bld');
      await pause?.(env);
      env.startStep('export');
      await env.runJobs('export', [exportJob(plan.export)]);
      await writeAll(env.files, 'library.json', '{}');
      const report: PipelineReport = { ...REPORT, seed: plan.seed, device: await env.device() };
      await writeAll(env.files, 'report.json', JSON.stringify(report));
      env.finishStep('export');
      return report;
    },
    exportJob: (_plan, _report, wish) => exportJob(wish),
  };
}

function bldJobs({ seed }: Plan, bld: readonly FakeJob[]): JobSpec[] {
  return bld.map((job, i) => fakeJob(`bld.${i}`, job, seed + i));
}

function exportJob({ form, dtype }: Plan['export']): JobSpec {
  return { id: `export.${dtype.toLowerCase()}`, kind: 'export', model: 'none', form, dtype, out: dtype === 'F32' ? 'export' : `export-${dtype}` };
}

/** What the outputs of the BLD step must be, however often it was interrupted. */
export function expectedOutputs(seed: number, bld: readonly FakeJob[] = COUNTING): Readonly<Record<string, unknown>> {
  return Object.fromEntries(bld.map(({ steps }, i) => [`bld.${i}`, { value: counted(seed + i, steps), steps }]));
}

export async function outputs(files: PipelineEnv['files']): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {};
  for (const name of await files.list('out')) {
    if (name.startsWith('bld.')) found[name.replace(/\.json$/, '')] = JSON.parse(await readText(files, `out/${name}`));
  }
  return found;
}

const REPORT: PipelineReport = {
  format: 'puzzle-workbench/pipeline-report',
  version: 1,
  preset: 'smoke',
  seed: 0,
  device: { backend: 'cpu', line: '', versions: {}, skipped: [] },
  parent: { loss: 1, tasks: {} },
  library: 'library.json',
  limits: [],
  bld: { trained: 0, improved: 0, initial_nmse: 1, final_nmse: 0.5 },
  child: { loss_before: 2, loss_after: 1, kl_before: 1, kl_after: 0.5, tasks: {}, tasks_before: {} },
  baselines: {},
  additivity: { spearman: 1, spearman_narrow: 1, n: 0, n_narrow: 0, points: [] },
  export: 'export',
  seconds: {},
};
