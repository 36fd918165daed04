/**
 * A stated problem as numbers: library columns, limits and throughputs become one cost to minimise and rows
 * `sum a x <= bound`. Costs outside the blocks are taken off the bounds; lower limits change sign; a throughput limit
 * becomes a runtime limit (`throughput.ts`). Blocks that replace several layers at once are left out.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { Column, LibraryView } from '../protocol/library.ts';
import type { Limit, Problem } from '../protocol/problem.ts';
import type { NumericProblem, Row } from './numeric_problem.ts';
import { isThroughput, throughputOf } from './throughput.ts';
import { nonBlock } from './totals.ts';

/** Totals may exceed their limit by this share of it: rounding in sums of a hundred terms. */
const RELATIVE_TOLERANCE = 1e-9;

/** One side of one stated limit and the row it became. */
export interface CompiledLimit {
  readonly column: string;
  readonly side: 'max' | 'min';
  readonly limit: number;
  readonly row: Row;
  /** The row's sum as a value of the stated column. */
  readonly valueOf: (sum: number) => number;
}

export interface CompiledProblem {
  readonly numeric: NumericProblem;
  readonly limits: readonly CompiledLimit[];
  /** Library choice behind each numeric choice. */
  readonly choices: Int32Array;
  /** Objective value, blocks and what is outside them, from the numeric cost. */
  readonly objectiveOf: (cost: number) => number;
}

/** @throws WorkbenchError `bad_input` naming the column or layer that does not fit. */
export function compile(view: LibraryView, problem: Pick<Problem, 'objective' | 'limits'>): CompiledProblem {
  const layers = view.header.parent.num_hidden_layers;
  const choices: number[] = [];
  const groupStart = new Int32Array(layers + 1);
  for (let c = 0; c < view.first_layer.length; c++) {
    if (view.first_layer[c] !== view.last_layer[c]) continue;
    choices.push(c);
    groupStart[view.first_layer[c] + 1]++;
  }
  for (let layer = 0; layer < layers; layer++) {
    if (groupStart[layer + 1] === 0) {
      throw new WorkbenchError('bad_input', `The library ${view.header.name} has no block for layer ${layer} alone.`, {
        hint: 'Blocks that replace several layers are not searched yet; add single-layer variants for this layer.',
      });
    }
    groupStart[layer + 1] += groupStart[layer];
  }
  const kept = Int32Array.from(choices);
  const objective = columnAt(view, problem.objective);
  const sign = view.header.columns[objective].better === 'lower' ? 1 : -1;
  const outside = nonBlock(view.header, view.header.columns[objective]);
  const limits = problem.limits.flatMap((limit) => compileLimit(view, kept, limit));
  return {
    numeric: { groupStart, cost: gather(view.values[objective], kept, sign), rows: limits.map((limit) => limit.row) },
    limits,
    choices: kept,
    objectiveOf: (cost) => sign * cost + outside,
  };
}

/** Index of a summable column. */
function columnAt(view: LibraryView, id: string): number {
  const { columns, name } = view.header;
  const index = columns.findIndex((column) => column.id === id);
  if (index >= 0 && columns[index].summable) return index;
  const usable = columns.filter((column) => column.summable).map((column) => column.id);
  throw new WorkbenchError('bad_input', `The library ${name} has no summable column "${id}".`, {
    hint: `Its summable columns are ${usable.join(', ')}.`,
    details: { expected: usable.join(', '), found: id },
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
  const index = columnAt(view, id);
  const column: Column = view.header.columns[index];
  const sign = side === 'max' ? 1 : -1;
  const outside = nonBlock(view.header, column);
  return {
    column: id,
    side,
    limit,
    row: {
      key: `${id}:${side}`,
      coef: gather(view.values[index], choices, sign),
      bound: sign * (limit - outside),
      tolerance: RELATIVE_TOLERANCE * Math.max(1, Math.abs(limit)),
    },
    valueOf: (sum) => sign * sum + outside,
  };
}

/** throughput >= T is runtime <= tokens / T, and the other way round. */
function throughputRow(view: LibraryView, choices: Int32Array, id: 'total_tok_s' | 'output_tok_s', { side, limit }: Side): CompiledLimit {
  const { runtime, tokens } = throughputOf(view.header, id);
  if (limit <= 0) throw new WorkbenchError('bad_input', `A limit on ${id} must be above 0, not ${limit}.`);
  const runtimeMs = (tokens / limit) * 1000;
  const inner = plainRow(view, choices, runtime, { side: side === 'min' ? 'max' : 'min', limit: runtimeMs });
  return { ...inner, column: id, side, limit, valueOf: (sum) => (tokens / inner.valueOf(sum)) * 1000 };
}

function gather(values: Float64Array, choices: Int32Array, sign: number): Float64Array {
  return Float64Array.from(choices, (choice) => sign * values[choice]);
}
