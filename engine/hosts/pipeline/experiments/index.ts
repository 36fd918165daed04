/** The experiments by id. */
import type { ExperimentId } from '../../../protocol/train.ts';
import { baselines } from './baselines.ts';
import { bld } from './bld.ts';
import { budgets } from './budgets.ts';
import { coupled } from './coupled.ts';
import type { RunExperiment } from './experiment.ts';
import { losses } from './losses.ts';
import { metrics } from './metrics.ts';

export const RUN_EXPERIMENT: Readonly<Record<ExperimentId, RunExperiment>> = { baselines, bld, coupled, metrics, losses, budgets };

export const EXPERIMENT_TITLES: Readonly<Record<ExperimentId, string>> = {
  baselines: 'Experiment: search against simpler methods',
  bld: 'Experiment: with and without BLD',
  coupled: 'Experiment: coupled against decoupled BLD',
  metrics: 'Experiment: what to score blocks by',
  losses: 'Experiment: terms of the distillation loss',
  budgets: 'Experiment: tokens for distillation',
};
