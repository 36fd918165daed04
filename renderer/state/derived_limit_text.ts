/** Limits as sentences name them: `Memory ≤ 80,000 MiB`, those of workloads behind the workload's name. */
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { Problem, WorkloadQuantity } from '../../engine/protocol/problem.ts';
import { quantityOf } from './columns.ts';
import { WORKLOAD_MEASURES } from './derived_workloads.ts';
import { superscript } from './derived_count.ts';
import { formatValue, formatWithUnit } from './format.ts';

export interface NamedLimit {
  readonly workload?: string | undefined;
  readonly column: string;
}

export interface LimitName {
  /** `Memory`, or `Chat: memory`. */
  readonly label: string;
  /** Empty for counts. */
  readonly unit: string;
  readonly estimated: boolean;
  readonly provenance: string;
}

export function limitName(view: LibraryView, problem: Pick<Problem, 'workloads'>, { workload, column }: NamedLimit): LimitName {
  const quantity = quantityOf(view, column);
  const { estimated, provenance } = quantity;
  const unit = quantity.unit === 'layers' ? '' : quantity.unit;
  if (workload === undefined) return { label: quantity.label, unit, estimated, provenance };
  const name = problem.workloads?.find((candidate) => candidate.id === workload)?.name ?? workload;
  const measure = isMeasure(column) ? WORKLOAD_MEASURES[column] : { label: quantity.label, unit };
  return { label: `${name}: ${midSentence(measure.label)}`, unit: measure.unit, estimated, provenance };
}

function isMeasure(column: string): column is WorkloadQuantity {
  return column in WORKLOAD_MEASURES;
}

export function sideSign(side: 'max' | 'min'): '≤' | '≥' {
  return side === 'max' ? '≤' : '≥';
}

/** `Memory ≤ 80,000 MiB`. */
export function limitText({ label, unit }: LimitName, { side, limit }: { readonly side: 'max' | 'min'; readonly limit: number }): string {
  return `${label} ${sideSign(side)} ${formatWithUnit(limit, unit)}`;
}

/** As it stands inside a sentence: abbreviations such as KL keep their capitals, and a workload its name. */
export function midSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) && !label.includes(': ') ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

/** A change with its sign and what it is a change of: `+0.021 KL divergence`. */
export function changeText(change: number, objective: { readonly label: string }): string {
  return `${changeFigure(change)} ${objective.label}`;
}

/** With its sign and three digits that matter: `+0.021`, `−6.27 × 10⁻⁶`. */
export function changeFigure(change: number): string {
  const size = smallText(change);
  return size === '0' ? '±0' : `${change > 0 ? '+' : '−'}${size}`;
}

/** Below this a reader would have to count zeros. */
const COUNTABLE = 1e-4;
/** What rounding leaves of sums over a hundred layers. */
const NOTHING = 1e-12;

/** Its size to three digits. */
export function smallText(value: number): string {
  const size = Number(Math.abs(value).toPrecision(3));
  if (size < NOTHING) return '0';
  if (size >= COUNTABLE) return formatValue(size, '');
  const power = Math.floor(Math.log10(size) + 1e-9);
  return `${Number((size / 10 ** power).toPrecision(3))} × 10${superscript(power)}`;
}
