/** Which replace-1 score the search should minimise: a child per score within the same limits (Puzzle, ablation of scores). */
import { blocksOf } from '../../../search/totals.ts';
import type { NamedModel } from '../jobs.ts';
import { bestWithin } from '../search_step.ts';
import { ACCURACY, KL, LOSS, childOf, figuresOf, type RunExperiment } from './experiment.ts';

export const metrics: RunExperiment = async (experiment) => {
  const { env, view, sets, solver } = experiment;
  const trained = env.plan.bld.mode !== 'none';
  const scores = view.header.columns.filter(({ role, summable, level }) => role === 'score' && summable && level === 'block');
  const children: (NamedModel & { readonly score: string })[] = [];
  for (const { id } of scores) {
    for (const [index, set] of sets.entries()) {
      const { choices } = await bestWithin(view, id, set, solver);
      children.push({ score: id, name: `${id} ${index}`, source: childOf(experiment, blocksOf(view, choices), { trained }) });
    }
  }
  const { qualityOf } = await experiment.evaluate('all', children, true);
  return {
    id: 'metrics',
    question: 'Which score of single blocks chooses the best children?',
    seeds: 1,
    columns: [KL, LOSS, ACCURACY],
    rows: scores.map(({ id, label }) => ({ name: label, values: figuresOf(children.filter(({ score }) => score === id).map(({ name }) => qualityOf(name))) })),
  };
};
