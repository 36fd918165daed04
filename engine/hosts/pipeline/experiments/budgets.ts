/** What more tokens buy: the distillation of the run's child with a quarter to twice the plan's steps (Puzzle, token budgets). */
import { specHash } from '../../../workspace/run_folder.ts';
import { PATHS, parentFolder } from '../jobs.ts';
import { ACCURACY, KL, LOSS, childOf, figuresOf, folderOf, stepOf, type RunExperiment } from './experiment.ts';

const SHARES = [0.25, 0.5, 1, 2];

export const budgets: RunExperiment = async (experiment) => {
  const { env, seeds, child } = experiment;
  const { plan } = env;
  const { training } = plan.gkd;
  const tokens = (steps: number): string => `${((steps * training.batch * plan.data.sequence_length) / 1e3).toFixed(0)} k tokens`;
  const models = SHARES.flatMap((share) => {
    const steps = Math.max(1, Math.round(share * training.steps));
    return Array.from({ length: seeds }, (_, seed) => ({ row: tokens(steps), steps, seed, name: `${share} ${seed}`, out: `${folderOf('budgets')}/${share}_${seed}` }));
  });
  await env.runJobs(
    stepOf('budgets'),
    models.map(({ steps, seed, out }, index) => ({
      id: `budgets.${index}`,
      kind: 'distil_child',
      parent: parentFolder(plan),
      child: PATHS.child,
      child_fingerprint: specHash(child),
      data: PATHS.data,
      loss: plan.gkd.loss,
      training: { ...training, steps, warmup_steps: Math.min(training.warmup_steps, Math.ceil(steps / 10)), seed: (training.seed + 1 + seed) >>> 0 },
      out,
    })),
  );
  const none = { name: 'none', source: childOf(experiment, child, { trained: plan.bld.mode !== 'none' }) };
  const { qualityOf } = await experiment.evaluate('all', [none, ...models.map(({ name, out }) => ({ name, source: { kind: 'checkpoint', folder: out } as const }))], true);
  return {
    id: 'budgets',
    question: 'How much does global distillation gain with more tokens?',
    seeds,
    columns: [KL, LOSS, ACCURACY],
    rows: [
      { name: none.name, values: figuresOf([qualityOf(none.name)]) },
      ...[...new Set(models.map(({ row }) => row))].map((row) => ({ name: row, values: figuresOf(models.filter((model) => model.row === row).map(({ name }) => qualityOf(name))) })),
    ],
  };
};
