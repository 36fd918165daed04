/** What a workload's rows say: its traffic, what the child does under it, and which limits could still be added. */
import { WORKLOAD_QUANTITIES, type LimitState, type WorkloadQuantity, type WorkloadResult } from '../../../engine/protocol/problem.ts';
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { ownLengths, WORKLOAD_MEASURES, type WorkloadLimit, type WorkloadSetting } from '../../state/derived_workloads.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import { niceStep, snap } from '../../state/number_text.ts';
import { isStale, shownSolution, type SolveState } from '../../state/solve_store.ts';

/** Of the library's own traffic, at the memory already asked for, in the largest batch that fits. */
export function newWorkload(library: OpenLibrary, workloads: readonly WorkloadSetting[], limits: readonly LimitSetting[]): WorkloadSetting {
  let number = workloads.length + 1;
  const taken = (candidate: number): boolean => workloads.some(({ id, name }) => id === `workload-${candidate}` || name === `Workload ${candidate}`);
  while (taken(number)) number++;
  const memory = limits.find(({ column, side, enabled }) => column === 'memory_mib' && side === 'max' && enabled)?.value;
  const max = memory ?? startingValue('memory_mib', library, undefined);
  return {
    id: `workload-${number}`,
    name: `Workload ${number}`,
    batch: 'largest',
    limits: max === undefined ? [] : [{ column: 'memory_mib', max }],
    enabled: true,
  };
}

/** Where a new limit begins: at what the child does now, else at the parent's, rounded so that the child still meets it. */
export function startingValue(column: WorkloadQuantity, library: OpenLibrary, result: WorkloadResult | undefined): number | undefined {
  const value = result?.costs[column] ?? library.parent.costs[column] ?? (column === 'latency_ms' ? library.parent.costs['runtime_ms'] : undefined);
  if (value === undefined || !(value > 0)) return undefined;
  const step = niceStep(value / 100);
  const rounded = snap(value, step);
  const met = WORKLOAD_MEASURES[column].side === 'max' ? rounded >= value : rounded <= value;
  return met ? rounded : snap(rounded + (WORKLOAD_MEASURES[column].side === 'max' ? step : -step), step);
}

/** Quantities that a workload does not limit yet. */
export function addableMeasures(workload: WorkloadSetting): readonly WorkloadQuantity[] {
  return WORKLOAD_QUANTITIES.filter((column) => workload.limits.every((limit) => limit.column !== column));
}

/** One side of a limit: what a row shows. */
export interface WorkloadSide {
  readonly column: WorkloadQuantity;
  readonly side: 'max' | 'min';
  readonly value: number;
}

export function sidesOf(limits: readonly WorkloadLimit[]): readonly WorkloadSide[] {
  return limits.flatMap(({ column, max, min }): WorkloadSide[] => [
    ...(max === undefined ? [] : [{ column, side: 'max' as const, value: max }]),
    ...(min === undefined ? [] : [{ column, side: 'min' as const, value: min }]),
  ]);
}

/** `128 in + 1,024 out`; the library's own where a workload states none. */
export function trafficText(workload: Pick<WorkloadSetting, 'isl' | 'osl'>, library: OpenLibrary): string {
  const own = ownLengths(library.view);
  const { isl = own.isl, osl = own.osl } = workload;
  if (isl !== undefined && osl !== undefined) return `${count(isl)} in + ${count(osl)} out`;
  return own.sequence === undefined ? '' : `${count(own.sequence)} tokens`;
}

/** What the child on screen does under a workload, where the search has said. */
export function resultOf(workload: Pick<WorkloadSetting, 'id' | 'enabled'>, solve: SolveState): WorkloadResult | undefined {
  return workload.enabled ? shownSolution(solve)?.workloads?.find((result) => result.id === workload.id) : undefined;
}

/** The result belongs to the limits on screen. */
export function isCurrent(solve: SolveState): boolean {
  return !solve.awaiting && !isStale(solve);
}

/** `batch 128 · 67,902 MiB · 41,000 tok/s · memory would hold 141`; memory and what is limited, throughput where nothing else is. */
export function resultText(workload: WorkloadSetting, { batch, costs, largest_batch: largest }: WorkloadResult): string {
  const limited = workload.limits.map((limit) => limit.column).filter((column) => column !== 'memory_mib');
  const shown: readonly WorkloadQuantity[] = limited.length > 0 ? limited : ['total_tok_s'];
  const figures = (['memory_mib', ...shown] as const).flatMap((column) => {
    const value = costs[column];
    return value === undefined ? [] : [column === 'ttft_ms' || column === 'itl_ms' ? `${WORKLOAD_MEASURES[column].label} ${figureText(column, value)}` : figureText(column, value)];
  });
  return [`batch ${count(batch)}`, ...figures, ...(largest === undefined || largest === batch ? [] : [`memory would hold ${count(largest)}`])].join(' · ');
}

/** Short: no decimals where they say nothing. */
export function figureText(column: WorkloadQuantity, value: number): string {
  return formatWithUnit(value >= 1000 ? Math.round(value) : value, WORKLOAD_MEASURES[column].unit);
}

/** What the search says of one side of one limit of a workload. */
export function workloadState(id: string, { column, side }: Pick<WorkloadSide, 'column' | 'side'>, solve: SolveState): LimitState | undefined {
  return solve.answer?.limits.find((state) => state.workload === id && state.column === column && state.side === side);
}

/** The engine's own refusal of this workload, which names it. */
export function refusalOf(workload: Pick<WorkloadSetting, 'name'>, { outcome }: Pick<SolveState, 'outcome'>): string | undefined {
  if (outcome.kind !== 'failed') return undefined;
  const [prefix, { message, hint }] = [`Workload "${workload.name}"`, outcome.error];
  if (!message.startsWith(prefix)) return undefined;
  const text = message.slice(prefix.length).replace(/^[:\s]+/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${hint === undefined ? '' : ` ${hint}`}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
