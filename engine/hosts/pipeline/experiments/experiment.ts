/** What an experiment gets of the run that it is about, and small things they share. */
import type { LibraryView } from '../../../protocol/library.ts';
import type { BlockTimes, ExperimentId, ExperimentReport, ModelSource, Quality, StepKind } from '../../../protocol/train.ts';
import type { Architecture, ChosenBlock } from '../../../protocol/variant.ts';
import type { Solver } from '../../../search/solver.ts';
import type { PipelineEnv } from '../../training/pipeline_env.ts';
import { PATHS, composed, type NamedModel } from '../jobs.ts';
import type { Evaluated } from '../results.ts';
import type { LimitSet } from '../search_step.ts';

export interface Experiment {
  readonly env: PipelineEnv;
  readonly seeds: number;
  readonly parent: Architecture;
  readonly times: BlockTimes;
  readonly view: LibraryView;
  readonly sets: readonly LimitSet[];
  readonly solver: Solver;
  /** Blocks of the child that the run distils. */
  readonly child: readonly ChosenBlock[];
  /** Real quality; `name` keeps evaluations of one experiment apart. */
  readonly evaluate: (name: string, models: readonly NamedModel[], tasks: boolean) => Promise<Evaluated>;
}

export type RunExperiment = (experiment: Experiment) => Promise<ExperimentReport>;

export function stepOf(id: ExperimentId): StepKind {
  return `experiment_${id}`;
}

/** Folder of an experiment's own files. */
export function folderOf(id: ExperimentId): string {
  return `experiments/${id}`;
}

export const KL = { id: 'kl', label: 'KL(parent ‖ child)', better: 'lower' } as const;
export const LOSS = { id: 'loss', label: 'LM loss', better: 'lower' } as const;
export const ACCURACY = { id: 'accuracy', label: 'Mean task accuracy', better: 'higher' } as const;

/** Mean over the tasks. */
export function meanAccuracy({ tasks }: Quality): number {
  const values = Object.values(tasks);
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Values by column of several qualities of one row. */
export function figuresOf(qualities: readonly Quality[]): Record<string, number[]> {
  return {
    [KL.id]: qualities.map(({ kl_div }) => kl_div),
    [LOSS.id]: qualities.map(({ lm_loss }) => lm_loss),
    [ACCURACY.id]: qualities.map(meanAccuracy),
  };
}

export function childOf(experiment: Experiment, choices: readonly ChosenBlock[], { trained, blocks = PATHS.blocks }: { readonly trained: boolean; readonly blocks?: string }): ModelSource {
  const source = composed(experiment.env.plan, choices, trained);
  return source.kind === 'composed' ? { ...source, blocks } : source;
}

/** In words: `70 % of parameters and KV cache`. */
export function limitsName({ params, kv }: LimitSet): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return params === kv ? `${percent(params)} of parameters and KV cache` : `${percent(params)} of parameters, ${percent(kv)} of KV cache`;
}
