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
  /** By row of the core, and all together. */
  readonly sums: Float64Array;
  readonly total: number;
  /** To the bound of the relaxation. */
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
  const tolerance = (r: number): number => (problem.rows[core.rowOrigin[r] ?? -1]?.tolerance ?? 0) / (core.rowScales[r] ?? 1) + 1e-12;
  const room = Float64Array.from(core.bounds, (bound, r) => bound + tolerance(r));
  const parts: number[][] = [];
  const groupStart: number[] = [0];
  for (let segment = 0; segment + 1 < cuts.length; segment++) {
    const found = tileSegment(core, relaxation.tension, keep, gap, room, [cuts[segment] ?? 0, cuts[segment + 1] ?? 0], most);
    if (found === undefined) return undefined;
    for (const label of found) parts.push(choicesOf(core, label));
    groupStart.push(parts.length);
    if (parts.length > Math.max(most, core.first.length)) return undefined;
  }
  const sum = (values: Float64Array): Float64Array =>
    Float64Array.from(parts, (part) => part.reduce((total, choice) => total + at(values, choice), 0));
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

/** Tilings from one boundary to another; `room` is what they may take of each row, as nothing takes less than 0 elsewhere. */
function tileSegment(
  core: CoverCore,
  tension: Float64Array,
  keep: (choice: number) => boolean,
  gap: number,
  room: Float64Array,
  [from, to]: readonly [number, number],
  most: number,
): readonly Label[] | undefined {
  const open: Label[][] = Array.from({ length: to - from + 1 }, () => []);
  const nothing: Label = { cost: 0, sums: new Float64Array(core.coefs.length), total: 0, added: 0, choice: -1, before: undefined };
  let made = 0;
  for (let layer = from; layer < to; layer++) {
    const labels = layer === from ? [nothing] : undominatedLabels(open[layer - from] ?? [], most);
    if (labels === undefined) return undefined;
    const choices: number[] = [];
    for (let c = at(core.starts, layer); c < at(core.starts, layer + 1); c++) if (keep(c)) choices.push(c);
    for (const label of labels) {
      for (const c of choices) {
        if (label.added + at(tension, c) > gap) continue;
        const next = extended(core, label, c, at(tension, c), room);
        if (next === undefined) continue;
        open[at(core.last, c) + 1 - from]?.push(next);
        // Choices that cover the segment alone are as many as they are; only combinations can be too many.
        if (label !== nothing || at(core.last, c) + 1 < to) made++;
      }
      if (made > 4 * most) return undefined;
    }
  }
  return undominatedLabels(open[to - from] ?? [], Math.max(most, core.first.length));
}

function extended(core: CoverCore, label: Label, choice: number, tension: number, room: Float64Array): Label | undefined {
  const sums = label.sums.slice();
  let total = 0;
  for (let r = 0; r < sums.length; r++) {
    const sum = at(sums, r) + at(core.coefs[r] ?? [], choice);
    if (sum > at(room, r)) return undefined;
    sums[r] = sum;
    total += sum;
  }
  return { cost: label.cost + at(core.cost, choice), sums, total, added: label.added + tension, choice, before: label };
}

/** Labels at the same boundary that no other one equals or beats in cost and every row; undefined where they are too many. */
function undominatedLabels(labels: readonly Label[], most: number): readonly Label[] | undefined {
  const ordered = [...labels].sort((a, b) => a.cost - b.cost || a.total - b.total);
  const rows = ordered[0]?.sums.length ?? 0;
  const kept: Label[] = [];
  const sums = new Float64Array(ordered.length * rows);
  for (const label of ordered) {
    const base = kept.length * rows;
    sums.set(label.sums, base);
    let beaten = false;
    for (let start = 0; start < base && !beaten; start += rows) {
      let r = 0;
      while (r < rows && at(sums, start + r) <= at(sums, base + r)) r++;
      beaten = r === rows;
    }
    if (beaten || (rows === 0 && kept.length > 0)) continue;
    kept.push(label);
    if (kept.length > most) return undefined;
  }
  return kept;
}

function choicesOf(core: CoverCore, label: Label): number[] {
  const choices: number[] = [];
  for (let step = label; step.before !== undefined; step = step.before) choices.push(at(core.origin, step.choice));
  return choices.reverse();
}

/** Kinds of tilings: that of a single choice, and one of their own for all others. */
function kindsOf(labels: Int32Array, parts: readonly (readonly number[])[]): Int32Array {
  const mixed = labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  return Int32Array.from(parts, (part) => (part.length === 1 ? at(labels, part[0] ?? -1) : mixed));
}

/** A child in terms of tilings; undefined where one of its tilings was left out. */
export function placeIn({ numeric, parts }: Tilings, chosen: Int32Array): Int32Array | undefined {
  const known = new Map(parts.map((part, index) => [part.join(), index]));
  const found: number[] = [];
  let part: number[] = [];
  for (const choice of chosen) {
    part.push(choice);
    const index = known.get(part.join());
    if (index === undefined) continue;
    found.push(index);
    part = [];
  }
  const groups = numeric.groupStart.length - 1;
  return part.length === 0 && found.length === groups ? Int32Array.from(found) : undefined;
}
