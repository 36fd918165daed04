/**
 * Workloads as rows of the search: every limit of a named kind of traffic becomes `sum a x <= bound` at a batch. The
 * batch is no variable (Puzzle, arXiv 2411.19146, section 4.3: solve for several and keep the best), so a workload
 * gives one set of rows per batch to try.
 *
 * Memory is weights + batch * length * KV bytes per token at any batch and length where the library can tell the parts;
 * runtimes exist only for lengths and batches that were measured. "At least N cached tokens in M bytes" is
 * weights + N * KV bytes per token <= M.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { Workload, WorkloadQuantity, WorkloadResult } from '../protocol/problem.ts';
import type { Row } from './numeric_problem.ts';
import { combined, MIB, type Linear } from './workload_memory.ts';
import { memoryUnknown, refusal, unmeasured, untold } from './workload_refusals.ts';
import { memoryAt, phasesAt, situationOf, timeOf, tokensWithin, total, type Situation } from './workload_situation.ts';

/** Totals may exceed their limit by this share of it: rounding in sums of a hundred terms. */
const RELATIVE_TOLERANCE = 1e-9;

type Side = 'max' | 'min';

/** One side of one limit of a workload, and the row it becomes; coefficients are by library choice. */
export interface WorkloadRow {
  /** Id of the workload. */
  readonly workload: string;
  readonly column: WorkloadQuantity;
  readonly side: Side;
  readonly limit: number;
  readonly row: Row;
  /** The row's sum as a value of the quantity. For kv_tokens only near the limit: see `ofChild`. */
  readonly valueOf: (sum: number) => number;
  /** Change of the row's room per unit by which the limit is raised. For kv_tokens that of the most cache-hungry child. */
  readonly boundPerUnit: number;
  /** Both for a given child, where its sum alone does not tell them: kv_tokens, a ratio of two sums. */
  readonly ofChild?: (choices: readonly number[]) => { readonly value: number; readonly boundPerUnit: number };
}

export interface WorkloadAlternative {
  readonly batch: number;
  readonly rows: readonly WorkloadRow[];
}

/**
 * The rows of a workload for each batch to try, largest batch first.
 * @throws WorkbenchError `bad_input` saying what the library has instead, where it cannot tell a limited quantity.
 */
export function workloadAlternatives(view: LibraryView, workload: Workload): readonly WorkloadAlternative[] {
  const situation = situationOf(view, workload);
  return batchesToTry(situation).map((batch) => ({
    batch,
    rows: workload.limits.flatMap(({ column, max, min }) => {
      if (max !== undefined && min !== undefined && min > max) {
        throw refusal(situation, `the limits on ${column} exclude each other: at least ${min} and at most ${max}`, 'Loosen one of them.');
      }
      return [
        ...(max === undefined ? [] : [rowOf(situation, batch, column, 'max', max)]),
        ...(min === undefined ? [] : [rowOf(situation, batch, column, 'min', min)]),
      ];
    }),
  }));
}

/** What the child made of `choices` does under a workload at `batch`: every quantity that the library can tell. */
export function workloadResult(view: LibraryView, workload: Workload, batch: number, choices: readonly number[]): WorkloadResult {
  const situation = situationOf(view, workload);
  const { split, traffic, memoryMib } = situation;
  const costs: Partial<Record<WorkloadQuantity, number>> = {};
  const keep = (id: WorkloadQuantity, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) costs[id] = value;
  };
  const memory = memoryAt(situation, batch);
  keep('memory_mib', memory && total(memory, choices));
  if (split !== undefined && memoryMib !== undefined) keep('kv_tokens', tokensWithin(split, memoryMib, choices));
  const phases = phasesAt(situation, batch);
  for (const id of ['total_tok_s', 'output_tok_s', 'ttft_ms', 'itl_ms', 'latency_ms'] as const) {
    const told = phases && timeOf(id, traffic, phases, batch);
    if (told !== undefined) keep(id, told.tokens === undefined ? total(told.ms, choices) : (told.tokens / total(told.ms, choices)) * 1000);
  }
  const largest = largestBatch(situation, choices, batch, costs.memory_mib);
  return { id: workload.id, batch, costs, ...(largest === undefined ? {} : { largest_batch: largest }) };
}

function batchesToTry(situation: Situation): readonly number[] {
  const { workload, traffic } = situation;
  const { batch: asked = 'largest', limits } = workload;
  if (asked !== 'largest') return [asked];
  if (traffic.measured.length === 0) {
    // One sequence leaves the most room; how many more fit follows from the child that is found.
    return [1];
  }
  const timed = limits.map(({ column }) => column).filter((column) => column !== 'memory_mib' && column !== 'kv_tokens');
  const limitsMemory = limits.some(({ column }) => column === 'memory_mib');
  const batches = traffic.measured.map(({ batch }) => batch);
  const usable = batches.filter((batch) => {
    const phases = phasesAt(situation, batch);
    return timed.every((id) => phases && timeOf(id, traffic, phases, batch)) && (!limitsMemory || memoryAt(situation, batch));
  });
  const tried = usable.length > 0 ? usable : batches.slice(0, 1);
  return limits.length === 0 ? tried.slice(0, 1) : tried;
}

function rowOf(situation: Situation, batch: number, column: WorkloadQuantity, side: Side, limit: number): WorkloadRow {
  const { workload, traffic } = situation;
  const stated = { workload: workload.id, column, side, limit };
  const key = `${workload.id}:${column}:${side}:${batch} of ${traffic.isl}/${traffic.osl}`;
  switch (column) {
    case 'memory_mib': {
      const memory = memoryAt(situation, batch);
      if (memory === undefined) throw memoryUnknown(situation, batch);
      return { ...stated, ...sumRow(key, memory, side, limit) };
    }
    case 'kv_tokens':
      return { ...stated, ...tokensRow(situation, key, side, limit) };
    case 'total_tok_s':
    case 'output_tok_s':
    case 'ttft_ms':
    case 'itl_ms':
    case 'latency_ms': {
      const phases = phasesAt(situation, batch);
      if (phases === undefined) throw unmeasured(situation, batch, column);
      const told = timeOf(column, traffic, phases, batch);
      if (told === undefined) throw untold(situation, column);
      if (told.tokens === undefined) return { ...stated, ...sumRow(key, told.ms, side, limit) };
      if (limit <= 0) throw refusal(situation, `a limit on ${column} must be above 0, not ${limit}`, 'Give tokens per second.');
      // throughput >= T is runtime <= tokens / T, and the other way round.
      const { tokens } = told;
      const ms = (tokens / limit) * 1000;
      const inner = sumRow(key, told.ms, side === 'min' ? 'max' : 'min', ms);
      return {
        ...stated,
        ...inner,
        valueOf: (sum) => (tokens / inner.valueOf(sum)) * 1000,
        boundPerUnit: (inner.boundPerUnit * -ms) / limit,
      };
    }
    default:
      return column satisfies never;
  }
}

type RowPart = Pick<WorkloadRow, 'row' | 'valueOf' | 'boundPerUnit'>;

function sumRow(key: string, { values, outside }: Linear, side: Side, limit: number): RowPart {
  const sign = side === 'max' ? 1 : -1;
  return {
    row: {
      key,
      coef: side === 'max' ? values : values.map((value) => -value),
      bound: sign * (limit - outside),
      tolerance: RELATIVE_TOLERANCE * Math.max(1, Math.abs(limit)),
    },
    valueOf: (sum) => sign * sum + outside,
    boundPerUnit: sign,
  };
}

/** (memory - weights) / KV bytes per token >= N is weights + N * KV bytes per token <= memory. */
function tokensRow(situation: Situation, key: string, side: Side, tokens: number): RowPart & Pick<WorkloadRow, 'ofChild'> {
  const { split, memoryMib, view } = situation;
  if (memoryMib === undefined) {
    throw refusal(situation, 'kv_tokens needs the memory that the tokens must fit into', 'Add an upper limit on memory_mib to the workload.');
  }
  if (split === undefined) throw memoryUnknown(situation, undefined);
  const bytes = combined([
    { of: split.weights, factor: 1 },
    { of: split.kvPerToken, factor: tokens },
  ]);
  // The coefficients depend on the number of tokens, so rows for different numbers are different rows.
  const inner = sumRow(`${key}:${tokens}`, bytes, side === 'min' ? 'max' : 'min', memoryMib * MIB);
  const perToken = mostPerToken(view, split.kvPerToken);
  return {
    row: inner.row,
    valueOf: (sum) => (perToken > 0 ? tokens + (memoryMib * MIB - inner.valueOf(sum)) / perToken : Infinity),
    boundPerUnit: -inner.boundPerUnit * perToken,
    ofChild: (choices) => ({
      value: tokensWithin(split, memoryMib, choices),
      boundPerUnit: -inner.boundPerUnit * total(split.kvPerToken, choices),
    }),
  };
}

/** The most that any child of single-layer blocks caches per token: the parent's, in practice. */
function mostPerToken(view: LibraryView, { values, outside }: Linear): number {
  const most = new Float64Array(view.header.parent.num_hidden_layers);
  for (const [choice, layer] of view.first_layer.entries()) {
    if (view.last_layer[choice] === layer) most[layer] = Math.max(most[layer], values[choice]);
  }
  return most.reduce((sum, value) => sum + value, outside);
}

/** Most sequences within the memory limit; at least `batch` where its own total is known to fit. */
function largestBatch(
  { split, traffic, memoryMib }: Situation,
  choices: readonly number[],
  batch: number,
  memory: number | undefined,
): number | undefined {
  if (memoryMib === undefined || split === undefined || traffic.length === undefined || traffic.length === 0) return undefined;
  const sequences = tokensWithin(split, memoryMib, choices) / traffic.length;
  if (!Number.isFinite(sequences)) return undefined;
  const fits = memory !== undefined && memory <= memoryMib * (1 + RELATIVE_TOLERANCE);
  return Math.max(fits ? batch : 0, Math.floor(sequences * (1 + RELATIVE_TOLERANCE)));
}
