/**
 * Experiments: runs that differ in one thing, each over several seeds, as in the ablations of Puzzle (arXiv 2411.19146). What
 * belongs together is told by the runs' names, `EXPERIMENT · VARIANT · seed N`, which are given once and never change.
 */
import type { PipelineReport, Plan } from '../../engine/protocol/train.ts';
import type { RunSummary } from '../../engine/protocol/train_api.ts';
import { LOSS_CHOICES } from './train_losses.ts';
import { mean } from './train_tables.ts';

export interface Variant {
  readonly id: string;
  readonly label: string;
  change(plan: Plan): Plan;
}

export interface Factor {
  readonly id: string;
  readonly title: string;
  readonly line: string;
  readonly variants: readonly Variant[];
}

const withMode = (mode: Plan['bld']['mode']) => (plan: Plan): Plan => ({ ...plan, bld: { ...plan.bld, mode } });
const withObjective = (objective: string) => (plan: Plan): Plan => ({ ...plan, objective });
const scaled = <T extends { readonly steps: number; readonly warmup_steps: number }>(training: T, share: number): T => {
  const steps = Math.max(1, Math.round(training.steps * share));
  return { ...training, steps, warmup_steps: Math.min(steps, Math.round(training.warmup_steps * share)) };
};
const SHARES = [0.25, 0.5, 1, 2] as const;

export const FACTORS: readonly Factor[] = [
  {
    id: 'bld',
    title: 'With and without BLD',
    line: 'Whether blocks that are only initialised would do.',
    variants: [
      { id: 'with', label: 'With BLD', change: withMode('decoupled') },
      { id: 'without', label: 'Without BLD', change: withMode('none') },
    ],
  },
  {
    id: 'coupling',
    title: 'Coupled against decoupled BLD',
    line: 'Pairs trained together, halves trained apart, or halves first and then the pairs that the search chose.',
    variants: [
      { id: 'decoupled', label: 'Decoupled', change: withMode('decoupled') },
      { id: 'coupled', label: 'Coupled', change: withMode('coupled') },
      { id: 'two_stage', label: 'Two-stage', change: withMode('two_stage') },
    ],
  },
  {
    id: 'gkd_loss',
    title: 'GKD losses',
    line: 'Every combination of the paper’s ablation.',
    variants: LOSS_CHOICES.map(({ id, label, loss }) => ({ id, label: label.replace(/ \(.*\)$/, ''), change: (plan) => ({ ...plan, gkd: { ...plan.gkd, loss } }) })),
  },
  {
    id: 'objective',
    title: 'Score metrics',
    line: 'What the search adds up: KL, LM loss, accuracy of the next token, of tasks, or distance of hidden states.',
    variants: [
      { id: 'kl_div', label: 'KL', change: withObjective('kl_div') },
      { id: 'lm_loss_increase', label: 'LM loss', change: withObjective('lm_loss_increase') },
      { id: 'top_1_drop', label: 'Top-1 accuracy', change: withObjective('top_1_drop') },
      { id: 'tasks_drop', label: 'Task accuracy', change: withObjective('tasks_drop') },
      { id: 'hidden_cosine', label: 'Hidden cosine', change: withObjective('hidden_cosine') },
    ],
  },
  {
    id: 'bld_tokens',
    title: 'Tokens for BLD',
    line: 'A quarter, half, once and twice the plan’s steps for each block.',
    variants: SHARES.map((share) => ({ id: String(share), label: `${share} × tokens`, change: (plan) => ({ ...plan, bld: { ...plan.bld, training: scaled(plan.bld.training, share) } }) })),
  },
  {
    id: 'gkd_tokens',
    title: 'Tokens for GKD',
    line: 'A quarter, half, once and twice the plan’s steps for the child.',
    variants: SHARES.map((share) => ({ id: String(share), label: `${share} × tokens`, change: (plan) => ({ ...plan, gkd: { ...plan.gkd, training: scaled(plan.gkd.training, share) } }) })),
  },
];

// ------------------------------------------------------------------------------------------------------- names

const SEPARATOR = ' · ';

export interface ExperimentName {
  readonly experiment: string;
  readonly variant: string;
  readonly seed: number;
}

export function nameOf({ experiment, variant, seed }: ExperimentName): string {
  return [experiment, variant, `seed ${seed}`].join(SEPARATOR);
}

export function parseName(name: string): ExperimentName | undefined {
  const parts = name.split(SEPARATOR);
  const seed = /^seed (\d+)$/.exec(parts[2] ?? '')?.[1];
  return parts.length === 3 && seed !== undefined ? { experiment: parts[0], variant: parts[1], seed: Number(seed) } : undefined;
}

export type ListEntry =
  | { readonly kind: 'run'; readonly run: RunSummary }
  | { readonly kind: 'experiment'; readonly name: string; readonly runs: readonly { readonly run: RunSummary; readonly label: string }[] };

/** Runs in their order; those of an experiment where its newest is, in the order in which they were made. */
export function groupRuns(runs: readonly RunSummary[]): readonly ListEntry[] {
  const entries: ListEntry[] = [];
  const seen = new Set<string>();
  for (const run of runs) {
    const experiment = parseName(run.name)?.experiment;
    if (experiment === undefined) entries.push({ kind: 'run', run });
    else if (!seen.has(experiment)) {
      seen.add(experiment);
      entries.push({ kind: 'experiment', name: experiment, runs: membersOf(runs, experiment) });
    }
  }
  return entries;
}

function membersOf(runs: readonly RunSummary[], experiment: string): readonly { readonly run: RunSummary; readonly label: string }[] {
  return runs
    .flatMap((run) => {
      const parsed = parseName(run.name);
      return parsed?.experiment === experiment ? [{ run, label: `${parsed.variant}, seed ${parsed.seed}` }] : [];
    })
    .reverse();
}

// ----------------------------------------------------------------------------------------------------- results

/** Mean and sample standard deviation over seeds. */
export interface Spread {
  readonly mean: number;
  /** Undefined for a single value. */
  readonly deviation: number | undefined;
  readonly n: number;
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return { mean: centre, deviation: values.length < 2 ? undefined : Math.sqrt(squares / (values.length - 1)), n: values.length };
}

export interface Measure {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly better: 'lower' | 'higher';
  of(report: PipelineReport): number | undefined;
}

export const MEASURES: readonly Measure[] = [
  { id: 'nmse', label: 'Blocks’ nMSE', help: 'Mean normalised MSE of all trained blocks on held-out text', better: 'lower', of: ({ bld }) => (bld.trained === 0 ? undefined : bld.final_nmse) },
  { id: 'kl_search', label: 'KL of children', help: 'Mean real KL from the parent of the search’s children, over all sets of limits, before distillation', better: 'lower', of: ({ limits }) => mean(limits.map(({ child }) => child.kl)) },
  { id: 'kl_after', label: 'KL after GKD', help: 'KL from the parent of the distilled child', better: 'lower', of: ({ child }) => child.kl_after },
  { id: 'loss', label: 'Loss after GKD', help: 'LM loss of the distilled child on held-out text', better: 'lower', of: ({ child }) => child.loss_after },
  { id: 'tasks', label: 'Accuracy kept', help: 'Mean task accuracy of the distilled child, as a share of the parent’s', better: 'higher', of: keptOf },
  { id: 'spearman', label: 'Spearman', help: 'Rank correlation of estimated and real KL over random children', better: 'higher', of: ({ additivity }) => additivity.spearman },
];

function keptOf({ parent, child }: PipelineReport): number | undefined {
  const tasks = Object.keys(parent.tasks).filter((task) => task in child.tasks);
  const before = mean(tasks.map((task) => parent.tasks[task]));
  return tasks.length === 0 || before <= 0 ? undefined : mean(tasks.map((task) => child.tasks[task])) / before;
}

export interface VariantRow {
  readonly variant: string;
  readonly done: number;
  readonly runs: number;
  /** By measure, in the order of `MEASURES`. */
  readonly cells: readonly (Spread | undefined)[];
  /** Of these it has the best mean. */
  readonly best: readonly boolean[];
}

/** @param reports by run id. */
export function experimentTable(runs: readonly RunSummary[], experiment: string, reports: ReadonlyMap<string, PipelineReport>): readonly VariantRow[] {
  const members = membersOf(runs, experiment).map(({ run }) => ({ run, variant: parseName(run.name)?.variant ?? '' }));
  const rows = [...new Set(members.map(({ variant }) => variant))].map((variant) => {
    const own = members.filter((member) => member.variant === variant);
    const found = own.flatMap(({ run }) => reports.get(run.id) ?? []);
    return { variant, runs: own.length, done: found.length, cells: MEASURES.map((measure) => spreadOf(found.flatMap((report) => measure.of(report) ?? []))) };
  });
  const bests = MEASURES.map(({ better }, i) => {
    const means = rows.flatMap(({ cells }) => cells[i]?.mean ?? []);
    return means.length < 2 ? undefined : better === 'lower' ? Math.min(...means) : Math.max(...means);
  });
  return rows.map((row) => ({ ...row, best: row.cells.map((cell, i) => cell !== undefined && cell.mean === bests[i]) }));
}
