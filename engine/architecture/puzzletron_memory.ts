/**
 * Memory as Puzzletron (NVIDIA Model Optimizer, `calc_subblock_params_and_memory`) adds it up for its limit
 * `target_memory`: weights, and keys and values of the whole batch at full length, in MiB. It knows no tied
 * embeddings and no sliding windows. Its printed totals for Llama-3.1-8B are a test of our counting.
 */
import type { Architecture } from '../protocol/variant.ts';
import { attentionParams, ffnParams, kvBytesPerToken } from './count.ts';

const MIB = 2 ** 20;

export interface PuzzletronWorkload {
  /** Sequences at once. */
  readonly batch: number;
  /** Tokens per sequence. */
  readonly prefillTokens: number;
  readonly generatedTokens: number;
  /** Sequences that wait with their prompt already in the cache; none where absent. */
  readonly prefillQueue?: number;
  /** Bytes per number; bf16 has 2, int8 1, nvfp4 as Puzzletron counts it 1 / 1.7. */
  readonly weightBytes: number;
  readonly kvBytes: number;
}

/** MiB by part; `attention` includes `kvCache`, `total` is attention + ffn + nonBlock. */
export interface PuzzletronMemory {
  readonly attention: number;
  readonly kvCache: number;
  readonly ffn: number;
  readonly nonBlock: number;
  readonly total: number;
}

export function puzzletronMemoryMib(
  { shape, blocks }: Pick<Architecture, 'shape' | 'blocks'>,
  workload: PuzzletronWorkload,
): PuzzletronMemory {
  const { batch, prefillTokens, generatedTokens, prefillQueue = 0, weightBytes, kvBytes } = workload;
  const cached = (prefillTokens + generatedTokens) * (batch + prefillQueue);
  let attentionWeights = 0;
  let ffnWeights = 0;
  let kv = 0;
  for (const { attention, ffn } of blocks) {
    attentionWeights += attentionParams(shape, attention);
    ffnWeights += ffnParams(shape, ffn);
    kv += cached * kvBytesPerToken(shape, attention, kvBytes);
  }
  const nonBlockWeights = 2 * shape.vocab_size * shape.hidden_size + shape.hidden_size;
  const kvCache = kv / MIB;
  const attention = (attentionWeights * weightBytes + kv) / MIB;
  const ffn = (ffnWeights * weightBytes) / MIB;
  const nonBlock = (nonBlockWeights * weightBytes) / MIB;
  return { attention, kvCache, ffn, nonBlock, total: attention + ffn + nonBlock };
}
