/** Every combination of the terms of the global distillation loss (Puzzle, table of loss combinations). */
import type { GkdLoss } from '../../../protocol/train.ts';
import { specHash } from '../../../workspace/run_folder.ts';
import { PATHS, parentFolder } from '../jobs.ts';
import { ACCURACY, KL, LOSS, childOf, figuresOf, folderOf, stepOf, type RunExperiment } from './experiment.ts';

export const COMBINATIONS: readonly { readonly name: string; readonly loss: GkdLoss }[] = [
  { name: 'LM', loss: { lm: 1, cosine: 0, kl: 0 } },
  { name: 'LM + KL', loss: { lm: 1, cosine: 0, kl: 1 } },
  { name: 'KL', loss: { lm: 0, cosine: 0, kl: 1 } },
  { name: 'LM + cosine', loss: { lm: 1, cosine: 1, kl: 0 } },
  { name: 'cosine', loss: { lm: 0, cosine: 1, kl: 0 } },
  { name: 'LM + cosine + KL', loss: { lm: 1, cosine: 1, kl: 1 } },
  { name: 'cosine + KL', loss: { lm: 0, cosine: 1, kl: 1 } },
];

export const losses: RunExperiment = async (experiment) => {
  const { env, seeds, child } = experiment;
  const { plan } = env;
  const models = COMBINATIONS.flatMap(({ name, loss }, index) =>
    Array.from({ length: seeds }, (_, seed) => ({ row: name, loss, seed, name: `${name} ${seed}`, out: `${folderOf('losses')}/${index}_${seed}` })),
  );
  await env.runJobs(
    stepOf('losses'),
    models.map(({ loss, seed, out }, index) => ({
      id: `losses.${index}`,
      kind: 'distil_child',
      parent: parentFolder(plan),
      child: PATHS.child,
      child_fingerprint: specHash(child),
      data: PATHS.data,
      loss,
      training: { ...plan.gkd.training, seed: (plan.gkd.training.seed + 1 + seed) >>> 0 },
      out,
    })),
  );
  const none = { name: 'no distillation', source: childOf(experiment, child, { trained: plan.bld.mode !== 'none' }) };
  const { qualityOf } = await experiment.evaluate('all', [none, ...models.map(({ name, out }) => ({ name, source: { kind: 'checkpoint', folder: out } as const }))], true);
  return {
    id: 'losses',
    question: 'Which terms should the loss of global distillation have?',
    seeds,
    columns: [KL, LOSS, ACCURACY],
    rows: [
      { name: none.name, values: figuresOf([qualityOf(none.name)]) },
      ...COMBINATIONS.map(({ name }) => ({ name, values: figuresOf(models.filter(({ row }) => row === name).map((model) => qualityOf(model.name))) })),
    ],
  };
};
