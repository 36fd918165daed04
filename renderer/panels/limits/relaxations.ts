/**
 * What to do where nothing fits: for each limit the smallest change of it alone that lets a child through, and the
 * statements that contradict each other, in words.
 */
import type { Reachable, Statement, WorkloadQuantity } from '../../../engine/protocol/problem.ts';
import { quantityOf } from '../../state/columns.ts';
import { WORKLOAD_MEASURES, type WorkloadSetting } from '../../state/derived_workloads.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import { roundOutward } from '../../state/number_text.ts';

/** One side of one limit, of the problem or of a workload. */
export interface LimitTarget {
  readonly workload?: string | undefined;
  readonly column: string;
  readonly side: 'max' | 'min';
}

export interface Relaxation {
  readonly target: LimitTarget;
  /** `Memory`, or `Chat: memory`. */
  readonly name: string;
  /** `to 41,208 MiB`. */
  readonly text: string;
  /** `+3.0 %`, absent for limits at 0. */
  readonly change: string | undefined;
  /** A value that lets a child through: the one reached, rounded away from the limit. */
  readonly setTo: number;
  /** A smaller change may do. */
  readonly proven: boolean;
}

export interface Ways {
  /** Each of these is enough, smallest change first. */
  readonly alone: readonly Relaxation[];
  /** Names of limits whose relaxation alone cannot help: the others contradict each other without them. */
  readonly never: readonly string[];
}

type Context = { readonly library: OpenLibrary; readonly workloads: readonly WorkloadSetting[] };

export function waysOut(reachable: readonly Reachable[], context: Context): Ways {
  const alone = reachable.filter((entry) => entry.others_hold);
  return {
    alone: [...alone].sort((a, b) => share(a) - share(b)).map((entry) => relaxation(entry, context)),
    never: reachable.filter((entry) => !entry.others_hold).map((entry) => nameOf(entry, context).name),
  };
}

function relaxation(entry: Reachable, context: Context): Relaxation {
  const { side, limit, reachable, proven } = entry;
  const { name, unit } = nameOf(entry, context);
  return {
    target: { workload: entry.workload, column: entry.column, side },
    name,
    text: `to ${formatWithUnit(reachable, unit === 'layers' ? '' : unit)}`,
    change: limit === 0 ? undefined : percent((reachable - limit) / Math.abs(limit)),
    setTo: unit === 'layers' ? reachable : roundOutward(reachable, side),
    proven,
  };
}

function share({ limit, reachable }: Reachable): number {
  return Math.abs(reachable - limit) / Math.max(Math.abs(limit), 1e-9);
}

/** One decimal, more where that would read as nothing. */
function percent(fraction: number): string {
  const size = Math.abs(fraction) * 100;
  const text = size >= 0.05 ? size.toFixed(1) : String(Number(size.toPrecision(1)));
  return `${fraction < 0 ? '−' : '+'}${text} %`;
}

/** `memory ≤ 30,000 MiB`, `layer 3 locked to kv8/28672`, `no_op/no_op banned in all layers`. */
export function statementWords(statement: Statement, context: Context): string {
  switch (statement.kind) {
    case 'limit': {
      const { name, unit } = nameOf(statement, context);
      return `${lowerFirst(name)} ${statement.side === 'max' ? '≤' : '≥'} ${formatWithUnit(statement.limit, unit === 'layers' ? '' : unit)}`;
    }
    case 'lock':
      return `layer ${statement.layer} locked to ${statement.variant}`;
    case 'ban':
      return `${statement.variant} banned in ${statement.layer === undefined ? 'all layers' : `layer ${statement.layer}`}`;
    default:
      return statement satisfies never;
  }
}

/** What undoes a statement. */
export function liftWord(statement: Statement): string {
  switch (statement.kind) {
    case 'limit':
      return statement.workload === undefined ? 'Switch off' : 'Remove';
    case 'lock':
      return 'Unlock';
    case 'ban':
      return 'Allow';
    default:
      return statement satisfies never;
  }
}

function nameOf({ workload, column }: Pick<LimitTarget, 'workload' | 'column'>, { library, workloads }: Context): { readonly name: string; readonly unit: string } {
  if (workload === undefined) {
    const { label, unit } = quantityOf(library.view, column);
    return { name: label, unit };
  }
  const { label, unit } = isMeasure(column) ? WORKLOAD_MEASURES[column] : { label: column, unit: '' };
  return { name: `${workloads.find((other) => other.id === workload)?.name ?? workload}: ${lowerFirst(label)}`, unit };
}

function isMeasure(column: string): column is WorkloadQuantity {
  return column in WORKLOAD_MEASURES;
}

/** Inside a sentence; abbreviations such as KL stay. A workload's own name is not ours to change. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) && !text.includes(': ') ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
