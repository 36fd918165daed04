/** How a device's memory is divided, and how many tokens the cache holds. */
import type { CostReport, CostTraffic } from '../../../engine/protocol/cost.ts';

export const MEMORY_PARTS = [
  { id: 'weights', label: 'Weights' },
  { id: 'kv', label: 'KV cache, in use' },
  { id: 'kv-free', label: 'KV cache, free' },
  { id: 'activations', label: 'Activations' },
  { id: 'reserve', label: 'Reserve' },
  { id: 'unused', label: 'Unused' },
] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number]['id'];

export interface MemorySplit {
  /** Bytes on the fullest device; more in all than it has where the model does not fit. */
  readonly bytes: Readonly<Record<MemoryPart, number>>;
  readonly total: number;
  readonly device: number;
  readonly fits: boolean;
  /** That the cache holds, per copy of the model; undefined for a model without a cache. */
  readonly tokens: number | undefined;
}

export function memorySplit({ memory, batch }: Pick<CostReport, 'memory' | 'batch'>, { isl, osl }: Pick<CostTraffic, 'isl' | 'osl'>): MemorySplit {
  const { device_bytes: device, kv_bytes_per_token_per_gpu: perToken, kv_cache_bytes_per_gpu: cache } = memory;
  const fixed = memory.weights_bytes_per_gpu + memory.activations_bytes + memory.reserve_bytes;
  // A batch that was asked for may need more than there is.
  const used = batch * (isl + osl) * perToken;
  const kv = Math.max(0, used);
  const free = Math.max(0, cache - kv);
  const unused = Math.max(0, device - fixed - kv - free);
  const bytes = { weights: memory.weights_bytes_per_gpu, kv, 'kv-free': free, activations: memory.activations_bytes, reserve: memory.reserve_bytes, unused };
  return {
    bytes,
    total: fixed + kv + free + unused,
    device,
    fits: fixed + kv <= device,
    tokens: perToken > 0 ? cache / perToken : undefined,
  };
}
