/**
 * What a workload can limit, in a reader's words, and what keeps one from being searched. A workload's runtimes come
 * from the library's measurements of the same lengths and batch; its memory follows any batch.
 */
import type { LibraryView, Measurement } from '../../engine/protocol/library.ts';
import type { WorkloadQuantity } from '../../engine/protocol/problem.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';

export type WorkloadSetting = ProjectDocument['workloads'][number];
export type WorkloadLimit = WorkloadSetting['limits'][number];

export interface WorkloadMeasure {
  readonly label: string;
  readonly unit: string;
  /** The side on which it is limited. */
  readonly side: 'max' | 'min';
  /** Follows from runtimes, so that a measurement of this traffic must exist. */
  readonly timed: boolean;
  readonly meaning: string;
}

export const WORKLOAD_MEASURES: Readonly<Record<WorkloadQuantity, WorkloadMeasure>> = {
  memory_mib: { label: 'Memory', unit: 'MiB', side: 'max', timed: false, meaning: 'Weights and the KV cache of the whole batch at full length.' },
  kv_tokens: { label: 'Cached tokens', unit: 'tokens', side: 'min', timed: false, meaning: 'Tokens whose KV cache fits beside the weights in the memory limit of this workload.' },
  total_tok_s: { label: 'Throughput (all)', unit: 'tok/s', side: 'min', timed: true, meaning: 'Prompt and generated tokens per second.' },
  output_tok_s: { label: 'Throughput (generated)', unit: 'tok/s', side: 'min', timed: true, meaning: 'Generated tokens per second.' },
  ttft_ms: { label: 'TTFT', unit: 'ms', side: 'max', timed: true, meaning: 'Time to first token: the prefill of the whole batch.' },
  itl_ms: { label: 'ITL', unit: 'ms', side: 'max', timed: true, meaning: 'Inter-token latency: decode runtime per generated token of a sequence.' },
  latency_ms: { label: 'Latency', unit: 'ms', side: 'max', timed: true, meaning: 'Prefill and decode of the whole batch.' },
};

/** The field that has to change, and why. */
export interface WorkloadProblem {
  readonly field: 'name' | 'lengths' | 'batch' | WorkloadQuantity;
  readonly text: string;
}

/** The lengths that hold where a workload states none: those of the library's first measurement that has any. */
export function ownLengths(view: LibraryView): Pick<Measurement, 'isl' | 'osl' | 'sequence'> {
  const split = ({ isl, osl }: Measurement): boolean => isl !== undefined && osl !== undefined;
  return view.header.measurements.find((measurement) => split(measurement) || measurement.sequence !== undefined) ?? {};
}

/** Measurements with a workload's lengths. */
export function measurementsOf(workload: Pick<WorkloadSetting, 'isl' | 'osl'>, view: LibraryView): readonly Measurement[] {
  const own = ownLengths(view);
  const { isl = own.isl, osl = own.osl } = workload;
  const split = isl !== undefined && osl !== undefined;
  return view.header.measurements.filter((measurement) =>
    split ? measurement.isl === isl && measurement.osl === osl : own.sequence !== undefined && measurement.sequence === own.sequence,
  );
}

/** Empty where the workload can be searched as it stands. */
export function workloadProblems(workload: WorkloadSetting, view: LibraryView): readonly WorkloadProblem[] {
  const problems: WorkloadProblem[] = [];
  const { limits, batch } = workload;
  if (workload.name.trim() === '') problems.push({ field: 'name', text: 'Name: a workload needs one.' });
  const own = ownLengths(view);
  if (((workload.isl ?? own.isl) === undefined) !== ((workload.osl ?? own.osl) === undefined)) {
    problems.push({ field: 'lengths', text: 'Prompt and generated tokens: give both; the library does not tell the other.' });
  }
  const timed = limits.filter((limit) => WORKLOAD_MEASURES[limit.column].timed).map((limit) => WORKLOAD_MEASURES[limit.column].label);
  if (timed.length > 0) {
    const fitting = measurementsOf(workload, view);
    const batches = fitting.flatMap((measurement) => measurement.batch ?? []);
    if (fitting.length === 0 && problems.every((problem) => problem.field !== 'lengths')) {
      problems.push({ field: 'lengths', text: `Prompt and generated tokens: ${timed[0]} needs runtimes of this traffic; the library has ${lengthsText(view)}.` });
    } else if (fitting.length > 0 && batch !== 'largest' && !batches.includes(batch)) {
      problems.push({ field: 'batch', text: `Batch: ${timed[0]} needs runtimes at this batch; the library has ${listed([...new Set(batches)].sort((a, b) => a - b))}.` });
    }
  }
  const generated = limits.find((limit) => (limit.column === 'output_tok_s' || limit.column === 'itl_ms') && (workload.osl ?? own.osl) === undefined);
  if (generated !== undefined) {
    problems.push({ field: generated.column, text: `${WORKLOAD_MEASURES[generated.column].label}: the library does not say how many tokens are generated.` });
  }
  const capacity = limits.some((limit) => limit.column === 'kv_tokens');
  if (capacity && !limits.some((limit) => limit.column === 'memory_mib' && limit.max !== undefined)) {
    problems.push({ field: 'kv_tokens', text: 'Cached tokens: needs an upper limit on memory in this workload.' });
  }
  for (const limit of limits) {
    const problem = limitProblem(limit.column, limit.max ?? limit.min ?? 0);
    if (problem !== undefined) problems.push({ field: limit.column, text: problem });
  }
  return problems;
}

/** Why a quantity cannot be limited to a value. */
export function limitProblem(column: WorkloadQuantity, value: number): string | undefined {
  const { label, timed } = WORKLOAD_MEASURES[column];
  if (value < 0) return `${label}: cannot be negative.`;
  return timed && value === 0 ? `${label}: must be above 0.` : undefined;
}

function lengthsText(view: LibraryView): string {
  const known = view.header.measurements.flatMap(({ isl, osl }) => (isl === undefined || osl === undefined ? [] : [`${count(isl)} + ${count(osl)}`]));
  return known.length === 0 ? 'no runtimes by prompt and generated tokens' : listed([...new Set(known)]);
}

function listed(values: readonly (string | number)[]): string {
  const texts = values.map((value) => (typeof value === 'number' ? count(value) : value));
  return texts.length === 0 ? 'none' : texts.length === 1 ? texts[0] : `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
