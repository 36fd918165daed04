/** Experiments of a run: the paper's ablations as questions, and their tables with means and spreads over seeds. */
import type { ExperimentId, ExperimentReport, StepKind } from '../../engine/protocol/train.ts';

export interface ExperimentInfo {
  readonly id: ExperimentId;
  readonly title: string;
  readonly line: string;
  /** What it takes, roughly. */
  readonly cost: string;
  /** What the values of a row and column are of: other random numbers, the run's sets of limits, or children drawn at random. */
  readonly over: 'seeds' | 'limits' | 'draws';
}

export const EXPERIMENT_INFOS: readonly ExperimentInfo[] = [
  { id: 'baselines', title: 'Search against simpler methods', line: 'Greedy, random, most parameters and one variant everywhere, at the same limits.', cost: 'measures a few more children', over: 'draws' },
  { id: 'bld', title: 'With and without BLD', line: 'Trained blocks against blocks as they are initialised.', cost: 'scores all blocks again', over: 'limits' },
  { id: 'coupled', title: 'Coupled against decoupled', line: 'The child’s blocks, their halves trained together against apart.', cost: 'trains those blocks twice per seed', over: 'seeds' },
  { id: 'metrics', title: 'Score metrics', line: 'Which score the search should add up: KL, LM loss, accuracy, hidden states.', cost: 'measures a few more children', over: 'limits' },
  { id: 'losses', title: 'GKD losses', line: 'Every combination of LM, cosine and KL.', cost: 'seven distillations per seed', over: 'seeds' },
  { id: 'budgets', title: 'Token budgets', line: 'A quarter to twice the tokens for distilling the child.', cost: 'four distillations per seed', over: 'seeds' },
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

export interface SpreadWords {
  /** Heads the numbers of values. */
  readonly head: string;
  readonly caption: string;
  readonly note: string;
}

/** Over what the values of an experiment's table spread, and what that tells; `most` values in one cell. */
export function spreadWords(experiment: ExperimentId, most: number): SpreadWords {
  const over = EXPERIMENT_INFOS.find(({ id }) => id === experiment)?.over ?? 'seeds';
  switch (over) {
    case 'seeds':
      return {
        head: 'Seeds',
        caption: most < 2 ? 'Of one seed' : `Means ± standard deviation over ${most} seeds`,
        note: most < 2 ? 'Differences of one seed may be luck; more seeds tell.' : 'Differences smaller than the spread over seeds may be luck.',
      };
    case 'limits':
      return {
        head: 'Sets of limits',
        caption: most < 2 ? 'At one set of limits' : `Means ± standard deviation over ${most} sets of limits`,
        note: most < 2 ? 'More sets of limits tell how far it holds.' : 'The spread is that between tight and loose limits, which all rows share: it does not say how sure a difference is.',
      };
    case 'draws':
      return {
        head: 'Children',
        caption: most < 2 ? 'One child each' : `Random: mean ± standard deviation over ${most} children drawn; the others are one child each`,
        note: 'All children of a column obey the same limits.',
      };
    default:
      return over satisfies never;
  }
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
