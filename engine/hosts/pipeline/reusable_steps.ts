/**
 * What a run of one plan may take over from a run of another. Specifications of jobs name paths, not what is in them, so equal
 * ones do not mean equal results: other data makes another parent at the same path. A step can be kept only where everything
 * it is made from is the same, which is decided here by the parts of the plans. From the library on everything is done anew.
 */
import type { JobSpec, Plan } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { specHash } from '../../workspace/run_folder.ts';
import { FIRST_STAGE_SCORES, PATHS, activationsJob, coupledJobs, dataJob, decoupledJobs, measureJob, pairs, parentFolder, parentJob, placeName, scoreJobs } from './jobs.ts';

/** In an order in which each comes after all it needs. */
export const REUSABLE_STEPS = ['data', 'parent', 'activations', 'measure', 'bld', 'score'] as const;
export type ReusableStep = (typeof REUSABLE_STEPS)[number];

interface Dependencies {
  /** Steps whose results it reads. */
  readonly steps: readonly ReusableStep[];
  /** What it is told beside them. */
  readonly parts: unknown;
}

/** Of one step of a plan. */
export function dependenciesOf(step: ReusableStep, { data, parent, space, bld, measure, score, objective, limits }: Plan): Dependencies {
  switch (step) {
    case 'data':
      return { steps: [], parts: data };
    case 'parent':
      // Its vocabulary is that of the data.
      return { steps: ['data'], parts: parent };
    case 'activations':
      return { steps: ['data', 'parent'], parts: [bld.train_sequences, bld.held_out_sequences] };
    case 'measure':
      return { steps: ['parent'], parts: [space.attentions, space.ffns, measure] };
    case 'bld': {
      const own = { ...space, spans: space.spans ?? [] };
      // The second stage trains what a search within the limits takes, by scores of the first.
      if (bld.mode === 'two_stage') return { steps: ['activations', 'measure'], parts: [own, bld, score, objective, limits] };
      return { steps: ['activations'], parts: [own, bld] };
    }
    case 'score':
      return { steps: ['activations', 'bld'], parts: score };
    default:
      return step satisfies never;
  }
}

/** Steps whose results in a run of the plan `before` are those that a run of the plan `now` would come to, in order. */
export function reusableSteps(before: Plan, now: Plan): readonly ReusableStep[] {
  const kept = new Set<ReusableStep>();
  for (const step of REUSABLE_STEPS) {
    const needs = dependenciesOf(step, now);
    const same = specHash([dependenciesOf(step, before).steps, dependenciesOf(step, before).parts]) === specHash([needs.steps, needs.parts]);
    if (same && needs.steps.every((needed) => kept.has(needed))) kept.add(step);
  }
  return [...kept];
}

/** Files and folders of the user's that a step reads, which may have changed since; as the plan names them. */
export function userFilesOf(step: ReusableStep, { data, parent }: Plan): readonly string[] {
  if (step === 'data') return [...(data.source.kind === 'files' ? [data.source.path] : []), ...(data.tokenizer === undefined ? [] : [data.tokenizer])];
  return step === 'parent' && parent.kind === 'open' ? [parent.folder] : [];
}

/** Only the data is the same whatever computes. */
export function dependsOnDevice(step: ReusableStep): boolean {
  return step !== 'data';
}

/** A job of a step, and where in the run's folder the files are that it leaves. */
export interface StepJob {
  readonly job: JobSpec;
  readonly files: readonly string[];
  /** False where the plan alone does not say whether there is such a job, and what it is told. */
  readonly planned: boolean;
}

/** What is known when the steps before are there. */
export interface KnownParent {
  /** Size of the data's vocabulary; read from `parent` on. */
  readonly vocabulary: number;
  /** Read from `bld` on. */
  readonly parent: Architecture | undefined;
}

/** All jobs of a step that the pipeline would run. */
export function jobsOf(step: ReusableStep, plan: Plan, { vocabulary, parent }: KnownParent): readonly StepJob[] {
  switch (step) {
    case 'data':
      return [planned(dataJob(plan), PATHS.data)];
    case 'parent': {
      const job = parentJob(plan, vocabulary);
      return job === undefined ? [] : [planned(job, parentFolder(plan))];
    }
    case 'activations':
      return [planned(activationsJob(plan), PATHS.activations)];
    case 'measure':
      return [planned(measureJob(plan), PATHS.times)];
    case 'bld':
      return parent === undefined ? [] : blockJobs(plan, parent);
    case 'score': {
      if (parent === undefined) return [];
      const trained = plan.bld.mode !== 'none';
      // Where nothing is trained, scoring leaves what initialisations are made from.
      return scoreJobs(plan, parent.blocks.length, { trained, out: PATHS.scores, prefix: '' }).map((job) => planned(job, ...outputsOf(job), ...(trained ? [] : blocksOf(job))));
    }
    default:
      return step satisfies never;
  }
}

function blockJobs(plan: Plan, parent: Architecture): readonly StepJob[] {
  const { mode } = plan.bld;
  switch (mode) {
    case 'none':
      return [];
    case 'coupled':
      return coupledJobs(plan, parent, () => pairs(plan)).map((job) => planned(job, ...blocksOf(job)));
    case 'decoupled':
      return decoupledJobs(plan, parent).map((job) => planned(job, ...blocksOf(job)));
    case 'two_stage':
      return [
        ...decoupledJobs(plan, parent).map((job) => planned(job, ...blocksOf(job))),
        ...scoreJobs(plan, parent.blocks.length, FIRST_STAGE_SCORES).map((job) => planned(job, ...outputsOf(job))),
        // Which pairs it trains, the search decides; their ids it does not.
        ...coupledJobs(plan, parent, () => pairs(plan)).map((job) => ({ ...planned(job, ...blocksOf(job)), planned: false })),
      ];
    default:
      return mode satisfies never;
  }
}

function planned(job: JobSpec, ...files: readonly string[]): StepJob {
  return { job, files, planned: true };
}

function outputsOf(job: JobSpec): readonly string[] {
  return job.kind === 'score_blocks' ? [job.out] : [];
}

function blocksOf(job: JobSpec): readonly string[] {
  return 'parent_layers' in job ? [`${PATHS.blocks}/${placeName(job.parent_layers)}`] : [];
}
