/** The few figures that say what came of a run. */
import type { Plan, ThroughputReport } from '../../engine/protocol/train.ts';
import { formatCount } from './format.ts';
import { trainedWord } from './train_cells.ts';
import { differenceText, figureText, natsText } from './train_numbers.ts';
import { keptShare, mean, type PartialReport } from './train_tables.ts';

export interface Headline {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** The most that stand in two full rows. */
const HEADLINES = 6;

export function headline({ limits, child, parent, additivity, bld, throughput }: PartialReport, plan: Plan): readonly Headline[] {
  const chosen = limits?.[plan.chosen_limit] ?? limits?.[0];
  const figures: Headline[] = [];
  if (chosen !== undefined) {
    const parentParams = chosen.limits.find(({ column }) => column === 'num_params');
    const share = parentParams === undefined ? undefined : (chosen.child.num_params * chosen.params) / parentParams.max;
    figures.push({ name: 'Parameters', value: formatCount(chosen.child.num_params), note: share === undefined ? '' : `${(100 * share).toFixed(0)} % of the parent’s; KV cache ≤ ${Math.round(100 * chosen.kv)} %` });
  }
  if (child !== undefined) {
    figures.push({ name: 'KL from the parent', value: figureText(child.kl_after), note: `${differenceText(child.kl_after / child.kl_before - 1)} by distillation` });
    if (parent !== undefined) figures.push({ name: 'LM loss', value: natsText(child.loss_after), note: `parent ${natsText(parent.loss)}, nats per token` });
  }
  const kept = child === undefined || parent === undefined ? undefined : keptOf(parent.tasks, child.tasks);
  if (kept !== undefined) figures.push({ name: 'Accuracy kept', value: `${(100 * kept).toFixed(1)} %`, note: 'mean over the tasks' });
  if (throughput !== undefined) figures.push(gain(throughput));
  if (additivity?.spearman !== undefined) figures.push({ name: 'Additivity', value: additivity.spearman.toFixed(3), note: `Spearman over ${additivity.n} children` });
  if (bld !== undefined && bld.trained > 0) {
    const word = trainedWord(plan);
    figures.push({ name: `${word[0]?.toUpperCase()}${word.slice(1)}`, value: `${bld.improved} of ${bld.trained}`, note: 'better than as initialised' });
  }
  return figures.slice(0, HEADLINES);
}

function gain({ ratio: { measured, measured_quartiles: quartiles, predicted } }: ThroughputReport): Headline {
  const name = 'Throughput';
  const ofPredicted = `${predicted.total.toFixed(2)} ×`;
  if (measured === undefined) return { name, value: ofPredicted, note: 'the parent’s, predicted' };
  const [low, high] = quartiles?.total ?? [measured.total, measured.total];
  const unclear = low < 1 && high > 1;
  return { name, value: `${measured.total.toFixed(2)} ×`, note: `${unclear ? 'no clear difference here' : 'the parent’s'}; predicted ${ofPredicted}` };
}

function keptOf(parent: Readonly<Record<string, number>>, child: Readonly<Record<string, number>>): number | undefined {
  const tasks = Object.keys(parent).filter((task) => task in child);
  return tasks.length === 0 ? undefined : keptShare(mean(tasks.map((task) => parent[task])), mean(tasks.map((task) => child[task])));
}
