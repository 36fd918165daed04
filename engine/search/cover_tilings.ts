/**
 * What is left of a cover as a problem with one choice per group: every segment between boundaries that no remaining
 * choice crosses becomes a group whose choices are the segment's tilings. Tilings that raise the relaxation's bound by
 * more than `gap` cannot be in a better child and are left out, as are those that another one beats in cost and rows.
 */
import { at } from './core.ts';
import { uncrossed, type CoverCore } from './cover_core.ts';
import type { NumericProblem } from './numeric_problem.ts';

export interface Tilings {
  readonly numeric: NumericProblem;
  /** Choices of the problem that each choice of `numeric` stands for, in order of depth. */
  readonly parts: readonly (readonly number[])[];
}

/** The first layers of a tiling. */
interface Label {
  readonly cost: number;
  readonly sums: readonly number[];
  readonly added: number;
  readonly choice: number;
  readonly before: Label | undefined;
}

/** Undefined where more than `most` tilings or partial tilings remain. */
export function tilingsOf(
  problem: NumericProblem,
  core: CoverCore,
  relaxation: { readonly reduced: Float64Array; readonly tension: Float64Array },
  gap: number,
  most: number,
): Tilings | undefined {
  const keep = (c: number): boolean => at(relaxation.reduced, c) <= gap;
  const cuts = uncrossed(core, keep);
  const parts: number[][] = [];
  const groupStart: number[] = [0];
  for (let segment = 0; segment + 1 < cuts.length; segment++) {
    const found = tileSegment(core, relaxation.tension, keep, gap, cuts[segment] ?? 0, cuts[segment + 1] ?? 0, most);
    if (found === undefined) return undefined;
    for (const label of found) parts.push(choicesOf(core, label));
    groupStart.push(parts.length);
    if (parts.length > Math.max(most, core.first.length)) return undefined;
  }
  const sum = (values: Float64Array): Float64Array => Float64Array.from(parts, (part) => part.reduce((total, choice) => total + at(values, choice), 0));
  return {
    parts,
    numeric: {
      groupStart: Int32Array.from(groupStart),
      cost: sum(problem.cost),
      rows: problem.rows.map((row) => ({ ...row, coef: sum(row.coef) })),
      ...(problem.kinds === undefined ? {} : { kinds: problem.kinds.map((labels) => kindsOf(labels, parts)) }),
    },
  };
}

function tileSegment(
  core: CoverCore,
  tension: Float64Array,
  keep: (choice: number) => boolean,
  gap: number,
  from: number,
  to: number,
  most: number,
): readonly Label[] | undefined {
  const open: Label[][] = Array.from({ length: to - from + 1 }, () => []);
  let made = 0;
  for (let layer = from; layer < to; layer++) {
    const labels = layer === from ? [undefined] : undominatedLabels(open[layer - from] ?? []);
    for (const label of labels) {
      for (let c = at(core.starts, layer); c < at(core.starts, layer + 1); c++) {
        const added = (label?.added ?? 0) + at(tension, c);
        if (!keep(c) || added > gap) continue;
        open[at(core.last, c) + 1 - from]?.push({
          cost: (label?.cost ?? 0) + at(core.cost, c),
          sums: core.coefs.map((coef, r) => (label?.sums[r] ?? 0) + at(coef, c)),
          added,
          choice: c,
          before: label,
        });
        // Choices that cover the segment alone are as many as they are; only combinations can be too many.
        if (label !== undefined || at(core.last, c) + 1 < to) made++;
      }
    }
    if (made > 4 * most) return undefined;
  }
  return undominatedLabels(open[to - from] ?? []);
}

/** Labels at the same boundary that no other one equals or beats in cost and every row. */
function undominatedLabels(labels: readonly Label[]): readonly Label[] {
  const ordered = [...labels].sort((a, b) => a.cost - b.cost || total(a.sums) - total(b.sums));
  const kept: Label[] = [];
  for (const label of ordered) {
    if (!kept.some((other) => other.sums.every((sum, r) => sum <= (label.sums[r] ?? 0)))) kept.push(label);
  }
  return kept;
}

function choicesOf(core: CoverCore, label: Label): number[] {
  const choices: number[] = [];
  for (let step: Label | undefined = label; step !== undefined; step = step.before) choices.push(at(core.origin, step.choice));
  return choices.reverse();
}

/** Kinds of tilings: that of a single choice, and one of their own for all others. */
function kindsOf(labels: Int32Array, parts: readonly (readonly number[])[]): Int32Array {
  const mixed = labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  return Int32Array.from(parts, (part) => (part.length === 1 ? at(labels, part[0] ?? -1) : mixed));
}

function total(sums: readonly number[]): number {
  return sums.reduce((result, sum) => result + sum, 0);
}
