/** Where the time of a step goes and what fills a chip's memory, in the parts that the planner shows. */
import type { PlanBreakdown, PlanCandidate, PlanMemory } from '../../../engine/protocol/plan.ts';
import { bytesText, durationText, figureText } from '../serving/figures.ts';
import type { StackPart } from '../serving/stack_bar.tsx';

export const CAUSES = ['compute', 'weights', 'kv', 'communication', 'overhead'] as const;
export type Cause = (typeof CAUSES)[number];

export const CAUSE_WORDS: Readonly<Record<Cause, { readonly name: string; readonly meaning: string }>> = {
  compute: { name: 'Compute', meaning: 'Multiplying with the weights, and with keys and values' },
  weights: { name: 'Weights', meaning: 'Loading weights from the memory of the chip' },
  kv: { name: 'KV cache', meaning: 'Loading keys and values from the memory of the chip' },
  communication: { name: 'Network', meaning: 'Sending activations, collecting weights, and sending queries to the chips of their sequences and back' },
  overhead: { name: 'Overhead', meaning: 'A fixed time per layer that no bandwidth explains' },
};

/** Milliseconds by cause; with the time that ran beside something longer they add up to the step. */
export function causeMs(breakdown: PlanBreakdown): Readonly<Record<Cause, number>> {
  return {
    compute: breakdown.compute + breakdown.attention_compute,
    weights: breakdown.weights,
    kv: breakdown.kv,
    communication: breakdown.activation_traffic + breakdown.weight_traffic + breakdown.attention_traffic,
    overhead: breakdown.latency,
  };
}

/** What a cause is made of, for its tooltip; undefined where it is one thing. */
export function causeDetail(breakdown: PlanBreakdown, cause: Cause): string | undefined {
  const parts: readonly (readonly [string, number])[] =
    cause === 'compute'
      ? [['weights', breakdown.compute], ['keys and values', breakdown.attention_compute]]
      : cause === 'communication'
        ? [['activations', breakdown.activation_traffic], ['weights', breakdown.weight_traffic], ['queries and results of attention', breakdown.attention_traffic]]
        : [];
  return parts.length === 0 ? undefined : parts.map(([name, ms]) => `${name} ${msText(ms)}`).join(', ');
}

export function timeParts({ breakdown_ms: breakdown }: Pick<PlanCandidate, 'breakdown_ms'>): readonly StackPart[] {
  const ms = causeMs(breakdown);
  return CAUSES.map((cause) => ({ id: `plan-${cause}`, label: CAUSE_WORDS[cause].name, value: ms[cause], text: msText(ms[cause]) }));
}

export function memoryParts(memory: PlanMemory): readonly StackPart[] {
  return [
    { id: 'plan-weights', label: 'Weights', value: memory.weights_bytes, text: bytesText(memory.weights_bytes) },
    { id: 'plan-kv', label: 'KV cache', value: memory.kv_bytes, text: bytesText(memory.kv_bytes) },
    { id: 'plan-buffers', label: 'Activations and collected weights', value: memory.buffers_bytes, text: bytesText(memory.buffers_bytes) },
    { id: 'plan-reserve', label: 'Kept free', value: memory.reserve_bytes, text: bytesText(memory.reserve_bytes) },
  ];
}

export function usedBytes({ weights_bytes: weights, kv_bytes: kv, buffers_bytes: buffers }: PlanMemory): number {
  return weights + kv + buffers;
}

/** What all times of a table are in. */
export interface TimeUnit {
  readonly name: 'ms' | 's';
  readonly ms: number;
}

const SECONDS_FROM_MS = 10_000;

export function timeUnit(longestMs: number): TimeUnit {
  return longestMs < SECONDS_FROM_MS ? { name: 'ms', ms: 1 } : { name: 's', ms: 1000 };
}

/** Three significant digits, and no more than thousandths. */
export function numberIn(unit: TimeUnit, ms: number): string {
  const value = ms / unit.ms;
  return value > 0 && value < 0.0005 ? '< 0.001' : figureText(Number(Number(value.toPrecision(3)).toFixed(3)));
}

/** Zero in words of its own: most layouts lack some cause. */
export function msText(ms: number): string {
  return ms === 0 ? '0' : ms < 0.01 ? '< 0.01 ms' : durationText(ms);
}
