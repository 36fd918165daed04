/** Experiments of a run: the paper's ablations as questions, and their tables with means and spreads over seeds. */
import type { ExperimentId, ExperimentReport, StepKind } from '../../engine/protocol/train.ts';

export interface ExperimentInfo {
  readonly id: ExperimentId;
  readonly title: string;
  readonly line: string;
  /** What it takes, roughly. */
  readonly cost: string;
}

export const EXPERIMENT_INFOS: readonly ExperimentInfo[] = [
  { id: 'baselines', title: 'Search against simpler methods', line: 'Greedy, random, most parameters and one variant everywhere, at the same limits.', cost: 'measures a few more children' },
  { id: 'bld', title: 'With and without BLD', line: 'Trained blocks against blocks as they are initialised.', cost: 'scores all blocks again' },
  { id: 'coupled', title: 'Coupled against decoupled', line: 'Pairs trained together against halves trained apart.', cost: 'trains every pair: the longest' },
  { id: 'metrics', title: 'Score metrics', line: 'Which score the search should add up: KL, LM loss, accuracy, hidden states.', cost: 'measures a few more children' },
  { id: 'losses', title: 'GKD losses', line: 'Every combination of LM, cosine and KL.', cost: 'seven distillations per seed' },
  { id: 'budgets', title: 'Token budgets', line: 'Fewer and more tokens for the blocks and for the child.', cost: 'trains blocks and child again' },
];

/** The experiment that a step is, if it is one. */
export function experimentOf(kind: StepKind): ExperimentId | undefined {
  return EXPERIMENT_INFOS.find(({ id }) => kind === `experiment_${id}`)?.id;
}

/** Mean and sample standard deviation. */
export interface Spread {
  readonly mean: number;
  /** Undefined for a single value. */
  readonly deviation: number | undefined;
  readonly n: number;
}

const NOISE = 1e-12;

export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length < 2 ? undefined : Math.sqrt(squares / (values.length - 1));
  // Sums of equal numbers need not divide into the number again.
  return { mean, deviation: deviation !== undefined && deviation < NOISE * Math.abs(mean) ? 0 : deviation, n: values.length };
}

export interface ExperimentCell extends Spread {
  /** Of its column. */
  readonly best: boolean;
}

export interface ExperimentRow {
  readonly name: string;
  readonly cells: readonly (ExperimentCell | undefined)[];
}

/** Words that all labels begin and end with, and what is each one's own between them: `KL at`, `90 %`, `of parameters`. */
export function commonWords(labels: readonly string[]): { readonly before: string; readonly own: readonly string[]; readonly after: string } {
  // A number keeps its unit.
  const words = labels.map((label) => label.replaceAll(' %', '\u00a0%').split(' '));
  const [first = []] = words;
  const most = labels.length < 2 ? 0 : Math.min(...words.map(({ length }) => length)) - 1;
  let front = 0;
  while (front < most && words.every((list) => list[front] === first[front])) front += 1;
  let back = 0;
  while (back < most - front && words.every((list) => list.at(-1 - back) === first.at(-1 - back))) back += 1;
  return {
    before: first.slice(0, front).join(' '),
    own: words.map((list) => list.slice(front, list.length - back).join(' ')),
    after: first.slice(first.length - back).join(' '),
  };
}

export function experimentRows({ columns, rows }: Pick<ExperimentReport, 'columns' | 'rows'>): readonly ExperimentRow[] {
  const spreads = rows.map(({ values }) => columns.map(({ id }) => spreadOf(values[id] ?? [])));
  const bests = columns.map(({ better }, i) => {
    const means = spreads.flatMap((cells) => cells[i]?.mean ?? []);
    return means.length < 2 ? undefined : better === 'lower' ? Math.min(...means) : Math.max(...means);
  });
  return rows.map(({ name }, r) => ({
    name,
    cells: spreads[r].map((spread, i) => (spread === undefined ? undefined : { ...spread, best: spread.mean === bests[i] })),
  }));
}
