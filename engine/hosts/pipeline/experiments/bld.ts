/** What blockwise local distillation gains: scores and children of untrained blocks beside those of trained ones. */
import { toView } from '../../../library/view.ts';
import { blocksOf } from '../../../search/totals.ts';
import { buildLibrary } from '../library_step.ts';
import { scoreBlocks } from '../results.ts';
import type { NamedModel } from '../jobs.ts';
import { bestWithin } from '../search_step.ts';
import { ACCURACY, KL, LOSS, childOf, figuresOf, folderOf, stepOf, type RunExperiment } from './experiment.ts';

export const bld: RunExperiment = async (experiment) => {
  const { env, parent, times, view, sets, solver } = experiment;
  const scores = await scoreBlocks(env, parent.blocks.length, { trained: false, out: `${folderOf('bld')}/scores`, prefix: 'untrained.' }, stepOf('bld'));
  const untrained = toView('untrained', await buildLibrary({ env, parent, scores, trainings: [], times }));
  const ways: (NamedModel & { readonly way: string })[] = [];
  for (const [index, set] of sets.entries()) {
    const own = await bestWithin(untrained, env.plan.objective, set, solver);
    const ofTrained = blocksOf(view, set.children[0].choices);
    ways.push(
      { way: 'BLD', name: `${index}.trained`, source: childOf(experiment, ofTrained, { trained: true }) },
      { way: 'without BLD, own scores', name: `${index}.untrained`, source: childOf(experiment, blocksOf(untrained, own.choices), { trained: false }) },
      { way: 'without BLD, the same blocks', name: `${index}.same`, source: childOf(experiment, ofTrained, { trained: false }) },
    );
  }
  const { qualityOf } = await experiment.evaluate('all', ways, true);
  return {
    id: 'bld',
    question: 'What does blockwise local distillation gain over the initialisation of blocks?',
    seeds: 1,
    columns: [KL, LOSS, ACCURACY],
    rows: [...new Set(ways.map(({ way }) => way))].map((way) => ({ name: way, values: figuresOf(ways.filter((one) => one.way === way).map(({ name }) => qualityOf(name))) })),
  };
};
