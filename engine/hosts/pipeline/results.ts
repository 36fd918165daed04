/** What jobs left in the run's folder, read back and checked. */
import { WorkbenchError } from '../../protocol/errors.ts';
import {
  evaluationSchema,
  layerScoresSchema,
  layerTrainingSchema,
  type Evaluation,
  type LayerScores,
  type LayerTraining,
  type Quality,
  type StepKind,
} from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { readText } from '../../transformer/files.ts';
import type { PipelineEnv } from '../training/pipeline_env.ts';
import { PATHS, evaluateJobs, placeName, places, scoreJobs, type NamedModel } from './jobs.ts';

/** Jobs that an evaluation is cut into: enough for the processes of a workstation. */
const EVALUATE_JOBS = 4;

export async function readJson(env: PipelineEnv, file: string): Promise<unknown> {
  return JSON.parse(await readText(env.files, file));
}

/** How the blocks in `folder` were trained, where they were. */
export async function readTrainings(env: PipelineEnv, parent: Architecture, folder: string = PATHS.blocks): Promise<readonly LayerTraining[]> {
  const found: LayerTraining[] = [];
  for (const place of places(env.plan, parent.blocks.length)) {
    const file = `${folder}/${placeName(place)}/bld.json`;
    if (await env.files.exists(file)) found.push(layerTrainingSchema.parse(await readJson(env, file)));
  }
  return found;
}

/** Scores every block of the space; `plan` is the run's, or one that differs in what is scored. */
export async function scoreBlocks(
  env: PipelineEnv,
  layers: number,
  options: { readonly trained: boolean; readonly out: string; readonly prefix: string },
  step: StepKind = 'score',
): Promise<readonly LayerScores[]> {
  await env.runJobs(step, scoreJobs(env.plan, layers, options));
  const scores: LayerScores[] = [];
  for (const place of places(env.plan, layers)) scores.push(layerScoresSchema.parse(await readJson(env, `${options.out}/${placeName(place)}.json`)));
  return scores;
}

export interface Evaluated {
  readonly parentQuality: Quality;
  readonly qualityOf: (name: string) => Quality;
}

/** Real quality of composed or stored models, by name. */
export async function evaluateAll(env: PipelineEnv, step: StepKind, id: string, models: readonly NamedModel[], tasks: boolean): Promise<Evaluated> {
  const jobs = evaluateJobs(env.plan, id, models, { jobs: EVALUATE_JOBS, tasks });
  await env.runJobs(step, jobs);
  const evaluations: Evaluation[] = [];
  for (const job of jobs) if (job.kind === 'evaluate') evaluations.push(evaluationSchema.parse(await readJson(env, job.out)));
  const byName = new Map(evaluations.flatMap((evaluation) => evaluation.models.map(({ name, quality }) => [name, quality] as const)));
  return {
    parentQuality: evaluations[0].parent,
    qualityOf: (name) => {
      const quality = byName.get(name);
      if (quality === undefined) throw new WorkbenchError('internal', `The evaluation "${id}" lacks the model ${name}.`);
      return quality;
    },
  };
}

