/** Sub-blocks trained apart against pairs trained together, for the blocks of the run's child, same steps (Puzzle, 8B child). */
import { variantId } from '../../../protocol/variant.ts';
import type { BlockTarget, JobSpec } from '../../../protocol/train.ts';
import { PATHS, parentFolder, placeName, type NamedModel } from '../jobs.ts';
import { ACCURACY, KL, LOSS, childOf, figuresOf, folderOf, stepOf, type Experiment, type RunExperiment } from './experiment.ts';

export const coupled: RunExperiment = async (experiment) => {
  const { env, seeds } = experiment;
  const models: (NamedModel & { readonly mode: 'decoupled' | 'coupled' })[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    for (const mode of ['decoupled', 'coupled'] as const) {
      const blocks = `${folderOf('coupled')}/${mode}_${seed}`;
      await env.runJobs(stepOf('coupled'), jobs(experiment, mode, seed, blocks));
      models.push({ mode, name: `${mode} ${seed}`, source: childOf(experiment, experiment.child, { trained: true, blocks }) });
    }
  }
  const { qualityOf } = await experiment.evaluate('all', models, true);
  return {
    id: 'coupled',
    question: 'Are pairs trained together better than sub-blocks trained apart?',
    seeds,
    columns: [KL, LOSS, ACCURACY],
    rows: (['decoupled', 'coupled'] as const).map((mode) => ({ name: mode, values: figuresOf(models.filter((model) => model.mode === mode).map(({ name }) => qualityOf(name))) })),
  };
};

/** Only the blocks that the child has, layer by layer; nothing for its layers that are the parent's. */
function jobs({ env: { plan }, parent, child }: Experiment, mode: 'decoupled' | 'coupled', seed: number, out: string): readonly JobSpec[] {
  return child.flatMap((block): JobSpec[] => {
    const { parent_layers: layers, attention, ffn } = block;
    const own = layers.length === 1 ? parent.blocks[layers[0]] : undefined;
    if (own !== undefined && variantId(own) === block.variant) return [];
    const apart: BlockTarget[] = [
      { part: 'attention', attention },
      { part: 'ffn', ffn },
    ];
    const together = mode === 'coupled' || own === undefined;
    const targets = together ? [{ part: 'block', attention, ffn } as const] : apart.filter((target) => !isOwn(target, own));
    return [
      {
        id: `coupled.${mode}.${seed}.${placeName(layers)}`,
        kind: 'distil_blocks',
        parent: parentFolder(plan),
        data: PATHS.data,
        activations: PATHS.activations,
        parent_layers: [...layers],
        targets,
        training: { ...plan.bld.training, seed: (plan.bld.training.seed + 31 * (seed + 1) + 7919 * layers[0]) >>> 0 },
        out,
      },
    ];
  });
}

function isOwn(target: BlockTarget, own: Experiment['parent']['blocks'][number]): boolean {
  if (target.part === 'attention') return JSON.stringify(target.attention) === JSON.stringify(own.attention);
  return target.part === 'ffn' && JSON.stringify(target.ffn) === JSON.stringify(own.ffn);
}
