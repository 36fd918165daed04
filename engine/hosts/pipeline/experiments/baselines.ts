/** Exact search against simpler methods on the same library and limits (Puzzle, ablations of the search). */
import { blocksOf } from '../../../search/totals.ts';
import { randomAt } from '../../../search/baselines_at.ts';
import { Random } from '../../../train/random.ts';
import { childOf, limitsName, type RunExperiment } from './experiment.ts';

/** Random children per set of limits and seed. */
const RANDOM_PER_SEED = 4;

export const baselines: RunExperiment = async (experiment) => {
  const { env, sets, view, seeds } = experiment;
  const trained = env.plan.bld.mode !== 'none';
  const children = sets.flatMap((set, index) => {
    const random = Random.of(env.plan.seed, `experiment baselines ${index}`);
    const problem = { library_id: view.id, objective: env.plan.objective, limits: [...set.limits] };
    const drawn = randomAt(view, problem, RANDOM_PER_SEED * seeds, () => random.uniform()).map((choices) => ({ method: 'random', choices }));
    return [...set.children.filter(({ method }) => !method.startsWith('random')), ...drawn].map(({ method, choices }, i) => ({ set: index, method, name: `${index}.${method}.${i}`, choices }));
  });
  const { qualityOf } = await experiment.evaluate(
    'all',
    children.map(({ name, choices }) => ({ name, source: childOf(experiment, blocksOf(view, choices), { trained }) })),
    false,
  );
  const methods = [...new Set(children.map(({ method }) => method))];
  return {
    id: 'baselines',
    question: 'How much does exact search gain over simpler ways to choose blocks?',
    seeds,
    columns: sets.map((set, index) => ({ id: `set_${index}`, label: `KL at ${limitsName(set)}`, better: 'lower' })),
    rows: methods.map((method) => ({
      name: method,
      values: Object.fromEntries(
        sets.map((_, index) => [`set_${index}`, children.filter((child) => child.set === index && child.method === method).map(({ name }) => qualityOf(name).kl_div)]),
      ),
    })),
  };
};
