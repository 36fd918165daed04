/** Tables of a run's report: methods within limits, and the child beside its parent as in Puzzle's Table 2. */
import type { PipelineReport, Plan } from '../../engine/protocol/train.ts';
import type { RunResults } from './train_run_store.ts';

/** Whatever is known of a report before it is whole. */
export type PartialReport = Partial<PipelineReport>;

/** The report, or what there is of it while the run is under way. */
export function reportOf(results: RunResults | undefined): PartialReport | undefined {
  return results?.report ?? results?.partial;
}

// ----------------------------------------------------------------------------------------------------- methods

export const METHOD_NAMES: Readonly<Record<string, string>> = {
  mip: 'Search (MIP)',
  greedy: 'Greedy',
  random: 'Random',
  max_params: 'Most params',
  homogeneous: 'Homogeneous',
};

export interface MethodCell {
  readonly kl: number;
  /** Sum of replace-1 scores, where it is known. */
  readonly estimated: number | undefined;
  /** Relative to the search: +0.5 is half as much again. */
  readonly difference: number | undefined;
  readonly best: boolean;
}

export interface MethodRow {
  readonly params: number;
  readonly kv: number;
  readonly proven: boolean;
  /** By method; undefined where it found nothing. */
  readonly cells: readonly (MethodCell | undefined)[];
}

export interface MethodTable {
  /** The search first, then by name. */
  readonly methods: readonly string[];
  readonly rows: readonly MethodRow[];
  /** Mean real KL of each method over all sets of limits in which every method found a child. */
  readonly means: readonly (MethodCell | undefined)[];
}

export function methodTable(limits: PipelineReport['limits']): MethodTable {
  const known = Object.keys(METHOD_NAMES);
  const rank = (method: string): number => (known.includes(method) ? known.indexOf(method) : known.length);
  const others = [...new Set(limits.flatMap(({ baselines }) => Object.keys(baselines)))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const methods = ['mip', ...others];
  const rows = limits.map(({ params, kv, status, child, baselines }): MethodRow => {
    const found = methods.map((method) => (method === 'mip' ? child : baselines[method]));
    return { params, kv, proven: status === 'optimal', cells: compared(found.map((one) => (one === undefined ? undefined : { kl: one.kl, estimated: estimateOf(one) }))) };
  });
  const whole = rows.filter(({ cells }) => cells.every((cell) => cell !== undefined));
  const means = methods.map((_, i) => (whole.length === 0 ? undefined : { kl: mean(whole.flatMap(({ cells }) => cells[i]?.kl ?? [])), estimated: undefined }));
  return { methods, rows, means: compared(means) };
}

function estimateOf(found: object): number | undefined {
  return 'estimated_kl' in found && typeof found.estimated_kl === 'number' ? found.estimated_kl : undefined;
}

function compared(found: readonly ({ readonly kl: number; readonly estimated: number | undefined } | undefined)[]): readonly (MethodCell | undefined)[] {
  const least = Math.min(...found.flatMap((one) => one?.kl ?? []));
  const search = found[0]?.kl;
  return found.map((one, i) => (one === undefined ? undefined : { ...one, difference: i === 0 || search === undefined || search <= 0 ? undefined : one.kl / search - 1, best: one.kl === least }));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// ------------------------------------------------------------------------------------------------------- child

export interface ChildRow {
  readonly id: string;
  readonly label: string;
  readonly kind: 'loss' | 'kl' | 'accuracy' | 'mean';
  readonly parent: number;
  readonly before: number;
  readonly after: number;
  /** Accuracy: the share of the parent's that the distilled child has, where the parent has enough to keep. */
  readonly kept: number | undefined;
  /** Accuracy: standard errors of the three, where it is known of how many examples they are. */
  readonly errors: Readonly<Record<'parent' | 'before' | 'after', number | undefined>> | undefined;
}

/** A share of next to nothing says nothing: 200 % of 2.5 %, which is one example of 40. */
export const LEAST_KEPT_OF = 0.2;

export function keptShare(parent: number, child: number): number | undefined {
  return parent >= LEAST_KEPT_OF ? child / parent : undefined;
}

/** Examples per task that the plan's accuracies are of; own text has no tasks. */
export function examplesPerTask({ data }: Pick<Plan, 'data'>): number | undefined {
  return data.source.kind === 'generated' && data.task_examples > 0 ? data.task_examples : undefined;
}

/** What whoever reads the figures of a run should know of them first. */
export function presetCaution({ preset }: Pick<Plan, 'preset'>): string | undefined {
  return preset === 'smoke' ? 'A smoke run shows that everything works; its numbers mean little.' : undefined;
}

/**
 * Of the mean of accuracies, each the share of right ones among `examples` independent ones: sqrt(sum p (1 - p) / n) / tasks. Undefined
 * where all are right or all wrong, of which it cannot tell.
 */
export function standardError(accuracies: readonly number[], examples: number): number | undefined {
  const error = Math.sqrt(accuracies.reduce((sum, p) => sum + p * (1 - p), 0) / examples) / accuracies.length;
  // Not a number where some accuracy is not known.
  return error > 0 ? error : undefined;
}

const TASK_LABELS: Readonly<Record<string, string>> = {
  copy: 'Copy',
  induction: 'Induction',
  modular_arithmetic: 'Modular arithmetic',
  brackets: 'Brackets',
  recall: 'Key-value recall',
  grammar: 'Grammar',
};

export function taskLabel(task: string): string {
  return TASK_LABELS[task] ?? task.replaceAll('_', ' ');
}

/** Undefined until parent and child were measured. @param examples per task, where known */
export function childTable({ parent, child }: PartialReport, examples?: number): readonly ChildRow[] | undefined {
  if (parent === undefined || child === undefined) return undefined;
  const tasks = Object.keys(parent.tasks).filter((task) => task in child.tasks);
  const accuracyRow = (id: string, label: string, kind: 'accuracy' | 'mean', of: readonly string[]): ChildRow => {
    const columns = { parent: parent.tasks, before: child.tasks_before, after: child.tasks };
    const values = (column: keyof typeof columns): readonly number[] => of.map((task) => columns[column][task] ?? Number.NaN);
    const errorsOf = (n: number): ChildRow['errors'] => ({ parent: standardError(values('parent'), n), before: standardError(values('before'), n), after: standardError(values('after'), n) });
    const means = { parent: mean(values('parent')), before: mean(values('before')), after: mean(values('after')) };
    return { id, label, kind, ...means, kept: keptShare(means.parent, means.after), errors: examples === undefined ? undefined : errorsOf(examples) };
  };
  const rows: ChildRow[] = [
    { id: 'loss', label: 'LM loss', kind: 'loss', parent: parent.loss, before: child.loss_before, after: child.loss_after, kept: undefined, errors: undefined },
    { id: 'kl', label: 'KL from the parent', kind: 'kl', parent: 0, before: child.kl_before, after: child.kl_after, kept: undefined, errors: undefined },
    ...tasks.map((task): ChildRow => accuracyRow(task, taskLabel(task), 'accuracy', [task])),
  ];
  if (tasks.length > 1) rows.push(accuracyRow('mean', 'Mean of the tasks', 'mean', tasks));
  return rows;
}
