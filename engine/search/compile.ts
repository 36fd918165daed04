/**
 * A stated problem as numbers: library columns, limits and throughputs become one cost to minimise and rows
 * `sum a x <= bound`. Costs outside the blocks are taken off the bounds; lower limits change sign; a throughput limit
 * becomes a runtime limit (`throughput.ts`); locks and bans leave choices out.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import type { Limit, Problem } from '../protocol/problem.ts';
import type { NumericProblem, Row } from './numeric_problem.ts';
import { objectiveOf, quantityOf } from './quantities.ts';
import { isThroughput, throughputOf } from './throughput.ts';
import { workloadAlternatives, type WorkloadRow } from './workloads.ts';

/** Totals may exceed their limit by this share of it: rounding in sums of a hundred terms. */
const RELATIVE_TOLERANCE = 1e-9;

/** Combinations of batches of several workloads; each costs a relaxation at least. */
const MAX_ALTERNATIVES = 1_000;

/** One side of one stated limit and the row it became. */
export interface CompiledLimit {
  /** Id of the workload it belongs to. */
  readonly workload?: string;
  readonly column: string;
  readonly side: 'max' | 'min';
  readonly limit: number;
  readonly row: Row;
  /** The row's sum as a value of the stated column. */
  readonly valueOf: (sum: number) => number;
  /** Change of the row's bound per unit of the limit. */
  readonly boundPerUnit: number;
  /** Both for a given child of numeric choices, where its sum alone does not tell them. */
  readonly ofChild?: (chosen: Int32Array) => { readonly value: number; readonly boundPerUnit: number };
}

/** The problem at one batch per workload; a child has to satisfy one alternative. */
export interface Alternative {
  /** Batch by workload id. */
  readonly batches: ReadonlyMap<string, number>;
  /** The problem's own limits, the same in all alternatives, then those of the workloads. */
  readonly limits: readonly CompiledLimit[];
}

export interface CompiledProblem {
  /** With the rows of the first alternative. */
  readonly numeric: NumericProblem;
  /** Of the first alternative. */
  readonly limits: readonly CompiledLimit[];
  /** At least one. Several where a workload leaves its batch open. */
  readonly alternatives: readonly Alternative[];
  /** Library choice behind each numeric choice. */
  readonly choices: Int32Array;
  /** Objective value, blocks and what is outside them, from the numeric cost. */
  readonly objectiveOf: (cost: number) => number;
  /** Change of the objective per unit of numeric cost: 1, or -1 where more is better. */
  readonly direction: 1 | -1;
}

export type Stated = Pick<Problem, 'objective' | 'limits' | 'workloads' | 'locks' | 'bans'>;

/** What does not depend on limits: choices, groups and kinds. */
type Frame = { readonly choices: Int32Array } & Pick<NumericProblem, 'groupStart' | 'last' | 'kinds'>;

/** Frames without locks and bans, which most solves have in common. */
const freeFrames = new WeakMap<LibraryView, Frame>();

function frameOf(view: LibraryView, problem: Stated): Frame {
  const free = (problem.locks ?? []).length + (problem.bans ?? []).length === 0;
  const known = free ? freeFrames.get(view) : undefined;
  if (known !== undefined) return known;
  const choices = allowedChoices(view, problem);
  const frame = { choices, ...groupsOf(view, choices), kinds: kindsOf(view, choices) };
  if (free) freeFrames.set(view, frame);
  return frame;
}

/** @throws WorkbenchError `bad_input` naming the column or layer that does not fit. */
export function compile(view: LibraryView, problem: Stated): CompiledProblem {
  const { choices, ...frame } = frameOf(view, problem);
  const objective = objectiveOf(view, problem.objective);
  const direction = objective.better === 'lower' ? 1 : -1;
  const own = problem.limits.flatMap((limit) => compileLimit(view, choices, limit));
  const alternatives = alternativesOf(view, problem, choices, own);
  const limits = alternatives[0]?.limits ?? own;
  return {
    numeric: {
      ...frame,
      cost: gather(objective.values, choices, direction),
      rows: limits.map((limit) => limit.row),
    },
    limits,
    alternatives,
    choices,
    objectiveOf: (cost) => direction * cost + objective.outside,
    direction,
  };
}

/** Every combination of the workloads' batches, largest first. */
function alternativesOf(view: LibraryView, problem: Stated, choices: Int32Array, own: readonly CompiledLimit[]): readonly Alternative[] {
  let alternatives: readonly Alternative[] = [{ batches: new Map(), limits: own }];
  for (const workload of problem.workloads ?? []) {
    const parts = workloadAlternatives(view, workload).map(({ batch, rows }) => ({ batch, limits: rows.map((row) => workloadLimit(row, choices)) }));
    alternatives = alternatives.flatMap(({ batches, limits }) =>
      parts.map((part) => ({ batches: new Map(batches).set(workload.id, part.batch), limits: [...limits, ...part.limits] })),
    );
    if (alternatives.length <= MAX_ALTERNATIVES) continue;
    throw new WorkbenchError('bad_input', `The workloads leave ${alternatives.length} combinations of batches open; at most ${MAX_ALTERNATIVES} can be tried.`, {
      hint: 'Give some workloads a fixed batch.',
    });
  }
  return alternatives;
}

function workloadLimit({ workload, column, side, limit, row, valueOf, boundPerUnit, ofChild }: WorkloadRow, choices: Int32Array): CompiledLimit {
  return {
    workload,
    column,
    side,
    limit,
    row: { ...row, key: `${workload} ${row.key}`, coef: gather(row.coef, choices, 1) },
    valueOf,
    boundPerUnit,
    ...(ofChild === undefined ? {} : { ofChild: (chosen) => ofChild(Array.from(chosen, (c) => choices[c])) }),
  };
}

/** Library choices that locks and bans leave, in the library's order: by first layer. */
function allowedChoices(view: LibraryView, { locks = [], bans = [] }: Stated): Int32Array {
  const layers = view.header.parent.num_hidden_layers;
  for (const { layer } of [...locks, ...bans]) {
    if (layer === undefined || layer < layers) continue;
    throw new WorkbenchError('bad_input', `There is no layer ${layer}: the parent ${view.header.parent.name} has ${layers}, counted from 0.`);
  }
  const locked = new Map(locks.map((lock) => [lock.layer, lock.variant]));
  const bannedAnywhere = new Set(bans.flatMap((ban) => (ban.layer === undefined ? [ban.variant] : [])));
  const banned = new Set(bans.flatMap((ban) => (ban.layer === undefined ? [] : [`${ban.layer} ${ban.variant}`])));
  const allowed = (choice: number): boolean => {
    const { id } = view.variants[view.variant[choice]];
    if (bannedAnywhere.has(id)) return false;
    for (let layer = view.first_layer[choice]; layer <= view.last_layer[choice]; layer++) {
      if ((locked.get(layer) ?? id) !== id || banned.has(`${layer} ${id}`)) return false;
    }
    return true;
  };
  const choices = Int32Array.from(view.first_layer.keys()).filter(allowed);
  const covered = new Uint8Array(layers);
  for (const choice of choices) covered.fill(1, view.first_layer[choice], view.last_layer[choice] + 1);
  const open = covered.indexOf(0);
  if (open < 0) return choices;
  const lock = locked.get(open);
  throw new WorkbenchError(
    'bad_input',
    lock === undefined ? `No block of the library ${view.header.name} may cover layer ${open}: each is banned, or none is there.` : `Layer ${open} is locked to ${lock}, which the library does not have there or which is banned.`,
    { hint: lock === undefined ? 'Allow one of them again.' : 'Unlock the layer, or lock it to a variant that is allowed there.' },
  );
}

/** Choices by first layer, and their last layers where some replace several. */
function groupsOf(view: LibraryView, choices: Int32Array): Pick<NumericProblem, 'groupStart' | 'last'> {
  const groupStart = new Int32Array(view.header.parent.num_hidden_layers + 1);
  for (const choice of choices) groupStart[view.first_layer[choice] + 1]++;
  for (let layer = 1; layer < groupStart.length; layer++) groupStart[layer] += groupStart[layer - 1];
  const single = choices.every((choice) => view.first_layer[choice] === view.last_layer[choice]);
  return single ? { groupStart } : { groupStart, last: choices.map((choice) => view.last_layer[choice]) };
}

/** The attention and the FFN of each choice. */
function kindsOf(view: LibraryView, choices: Int32Array): readonly Int32Array[] {
  return (['attention', 'ffn'] as const).map((half) => {
    const known = new Map<string, number>();
    const labels = view.variants.map((variant) => {
      const name = JSON.stringify(variant[half]);
      const label = known.get(name) ?? known.size;
      known.set(name, label);
      return label;
    });
    return choices.map((choice) => labels[view.variant[choice]]);
  });
}

function compileLimit(view: LibraryView, choices: Int32Array, limit: Limit): CompiledLimit[] {
  const { column, max, min } = limit;
  if (max !== undefined && min !== undefined && min > max) {
    throw new WorkbenchError('bad_input', `The limits on ${column} exclude each other: at least ${min} and at most ${max}.`);
  }
  const sides = [
    ...(max === undefined ? [] : [{ side: 'max' as const, limit: max }]),
    ...(min === undefined ? [] : [{ side: 'min' as const, limit: min }]),
  ];
  return sides.map((side) => (isThroughput(column) ? throughputRow(view, choices, column, side) : plainRow(view, choices, column, side)));
}

interface Side {
  readonly side: 'max' | 'min';
  readonly limit: number;
}

function plainRow(view: LibraryView, choices: Int32Array, id: string, { side, limit }: Side): CompiledLimit {
  const { values, outside } = quantityOf(view, id);
  const sign = side === 'max' ? 1 : -1;
  return {
    column: id,
    side,
    limit,
    row: {
      key: `${id}:${side}`,
      coef: gather(values, choices, sign),
      bound: sign * (limit - outside),
      tolerance: RELATIVE_TOLERANCE * Math.max(1, Math.abs(limit)),
    },
    valueOf: (sum) => sign * sum + outside,
    boundPerUnit: sign,
  };
}

/** throughput >= T is runtime <= tokens / T, and the other way round. */
function throughputRow(view: LibraryView, choices: Int32Array, id: 'total_tok_s' | 'output_tok_s', { side, limit }: Side): CompiledLimit {
  const { runtime, tokens } = throughputOf(view.header, id);
  if (limit <= 0) throw new WorkbenchError('bad_input', `A limit on ${id} must be above 0, not ${limit}.`);
  const runtimeMs = (tokens / limit) * 1000;
  const inner = plainRow(view, choices, runtime, { side: side === 'min' ? 'max' : 'min', limit: runtimeMs });
  return {
    ...inner,
    column: id,
    side,
    limit,
    valueOf: (sum) => (tokens / inner.valueOf(sum)) * 1000,
    boundPerUnit: (inner.boundPerUnit * -runtimeMs) / limit,
  };
}

function gather(values: Float64Array, choices: Int32Array, sign: number): Float64Array {
  return Float64Array.from(choices, (choice) => sign * values[choice]);
}
