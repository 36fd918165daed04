/** A workload beside what its library knows about it: memory and runtimes of any child, at a batch. */
import type { LibraryView } from '../protocol/library.ts';
import type { Workload, WorkloadQuantity } from '../protocol/problem.ts';
import { combined, columnOf, memorySplit, MIB, type Linear, type MemorySplit } from './workload_memory.ts';
import { phasesOf, trafficOf, type Phases, type Traffic } from './workload_traffic.ts';

/** A workload beside what its library has for it. */
export interface Situation {
  readonly view: LibraryView;
  readonly workload: Workload;
  readonly traffic: Traffic;
  readonly split: MemorySplit | undefined;
  /** The workload's tightest upper limit on memory. */
  readonly memoryMib: number | undefined;
}

export function situationOf(view: LibraryView, workload: Workload): Situation {
  const traffic = trafficOf(view.header, workload);
  const upper = workload.limits.flatMap(({ column, max }) => (column === 'memory_mib' && max !== undefined ? [max] : []));
  return { view, workload, traffic, split: memorySplit(view, traffic.dtypes), memoryMib: upper.length === 0 ? undefined : Math.min(...upper) };
}

/** Memory in MiB. A total imported for exactly this batch and length goes before one counted here. */
export function memoryAt({ view, traffic, split }: Situation, batch: number): Linear | undefined {
  if (split?.own !== true) {
    const measurement = traffic.measured.find((candidate) => candidate.batch === batch);
    const imported = measurement && columnOf(view, 'memory_mib', measurement);
    if (imported !== undefined) return imported;
  }
  if (split === undefined || traffic.length === undefined) return undefined;
  return combined([
    { of: split.weights, factor: 1 / MIB },
    { of: split.kvPerToken, factor: (batch * traffic.length) / MIB },
  ]);
}

export function phasesAt({ view, traffic }: Situation, batch: number): Phases | undefined {
  const measurement = traffic.measured.find((candidate) => candidate.batch === batch);
  return measurement && phasesOf(view, measurement);
}

/** Milliseconds that a quantity is, or, with `tokens`, that it divides these tokens by; undefined where it cannot be told. */
export function timeOf(
  id: Exclude<WorkloadQuantity, 'memory_mib' | 'kv_tokens'>,
  { osl, length }: Traffic,
  { runtime, prefill, decode, inFlight }: Phases,
  batch: number,
): { readonly ms: Linear; readonly tokens?: number } | undefined {
  switch (id) {
    case 'total_tok_s':
      return runtime && length !== undefined ? { ms: runtime, tokens: batch * length } : undefined;
    case 'output_tok_s':
      return runtime && osl !== undefined && osl > 0 ? { ms: runtime, tokens: batch * osl } : undefined;
    case 'ttft_ms':
      return prefill && { ms: prefill };
    case 'itl_ms':
      {
        const generation = inFlight ? runtime : decode;
        return generation && osl !== undefined && osl > 0 ? { ms: combined([{ of: generation, factor: 1 / osl }]) } : undefined;
      }
    case 'latency_ms':
      if (!inFlight) return runtime && { ms: runtime };
      return runtime && prefill && { ms: combined([{ of: prefill, factor: 1 }, { of: runtime, factor: 1 }]) };
    default:
      return id satisfies never;
  }
}

/** Tokens whose keys and values fit beside the weights. */
export function tokensWithin({ weights, kvPerToken }: MemorySplit, memoryMib: number, choices: readonly number[]): number {
  return (memoryMib * MIB - total(weights, choices)) / total(kvPerToken, choices);
}

export function total({ values, outside }: Linear, choices: readonly number[]): number {
  let sum = outside;
  for (const choice of choices) sum += values[choice];
  return sum;
}
