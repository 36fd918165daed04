/** The run's block library: what was scored and timed here, and what the blocks would take on the target device. */
import type { Library } from '../../protocol/library.ts';
import type { BlockTimes, LayerScores, LayerTraining } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { measuredLibrary } from '../../train/library.ts';
import type { PipelineEnv } from '../training/pipeline_env.ts';
import { targetCosts } from './target_costs.ts';

export interface LibraryParts {
  readonly env: PipelineEnv;
  readonly parent: Architecture;
  readonly scores: readonly LayerScores[];
  readonly trainings: readonly LayerTraining[];
  readonly times: BlockTimes;
}

export async function buildLibrary({ env, parent, scores, trainings, times }: LibraryParts): Promise<Library> {
  const { plan } = env;
  return measuredLibrary({
    name: `${parent.name}, measured (${plan.preset}, seed ${plan.seed})`,
    parent,
    scores,
    trainings,
    times,
    targets: [targetCosts(plan, parent, env.hardware)],
    about: `${plan.preset}, seed ${plan.seed}, on ${plan.data.source.kind === 'generated' ? 'the bundled generated corpus' : plan.data.source.path}`,
  });
}
