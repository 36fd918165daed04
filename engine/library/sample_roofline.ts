/**
 * Runtimes of the sample library: a plain roofline. Every kernel takes the longer of its operations at peak and
 * its bytes at full memory bandwidth, and kernels follow one another. Real kernels reach 50-80 % of either, so
 * these times are optimistic by about a factor of two; their ratios are what the sample is for.
 */
import type { Attention, Ffn, ModelShape } from '../protocol/variant.ts';
import { kvBytesPerToken } from '../architecture/count.ts';

/** H100 SXM5: dense FP8 tensor-core peak and HBM3 bandwidth, from NVIDIA's H100 data sheet. */
const PEAK_FLOP_PER_S = 1978.9e12;
const BYTES_PER_S = 3350e9;
/** FP8 weights, activations and KV cache; the residual stream is BF16. */
const BYTES = 1;
const RESIDUAL_BYTES = 2;

export interface Workload {
  /** Sequences processed together. */
  readonly batch: number;
  /** Prompt and generated tokens per sequence. */
  readonly isl: number;
  readonly osl: number;
}

/** Milliseconds for a whole batch: prompts in one pass, then `osl` steps of one token per sequence. */
export interface PhaseMs {
  readonly prefill: number;
  readonly decode: number;
}

const NOTHING: PhaseMs = { prefill: 0, decode: 0 };

export function attentionMs(shape: ModelShape, attention: Attention, workload: Workload): PhaseMs {
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: headDim } = shape;
  const { batch, isl, osl } = workload;
  switch (attention.kind) {
    case 'no_op':
      return NOTHING;
    case 'linear':
      return perPass(workload, (tokens) => gemm(tokens, hidden, hidden) + norm(tokens, hidden));
    case 'gqa': {
      const width = heads * headDim;
      const projections = perPass(
        workload,
        (tokens) => gemm(tokens, hidden, width + 2 * attention.kv_heads * headDim) + gemm(tokens, width, hidden) + norm(tokens, hidden),
      );
      // Scores and values take 2 operations each per head, dimension, query and visible key. Keys and values are
      // written once and read once in prefill, and read up to the current token in every decode step.
      const kvBytes = kvBytesPerToken(shape, attention, BYTES);
      const promptPairs = (isl * (isl + 1)) / 2;
      const generatedPairs = osl * isl + (osl * (osl + 1)) / 2;
      const prefill = kernel(4 * width * batch * promptPairs, batch * isl * (2 * kvBytes + 2 * width * BYTES));
      const decode = kernel(4 * width * batch * generatedPairs, batch * (generatedPairs * kvBytes + osl * 2 * width * BYTES));
      return { prefill: projections.prefill + prefill, decode: projections.decode + decode };
    }
  }
}

export function ffnMs(shape: ModelShape, ffn: Ffn, workload: Workload): PhaseMs {
  const hidden = shape.hidden_size;
  switch (ffn.kind) {
    case 'no_op':
      return NOTHING;
    case 'linear':
      return perPass(workload, (tokens) => gemm(tokens, hidden, hidden) + norm(tokens, hidden));
    case 'swiglu': {
      const width = ffn.intermediate_size;
      return perPass(workload, (tokens) => gemm(tokens, hidden, 2 * width) + gemm(tokens, width, hidden) + norm(tokens, hidden));
    }
  }
}

/** Final norm and head, for the one token per sequence that each pass needs; looking up embeddings is free. */
export function nonBlockMs(shape: ModelShape, { batch, osl }: Workload): PhaseMs {
  const pass = gemm(batch, shape.hidden_size, shape.vocab_size) + norm(batch, shape.hidden_size);
  return { prefill: pass, decode: osl * pass };
}

function perPass({ batch, isl, osl }: Workload, ms: (tokens: number) => number): PhaseMs {
  return { prefill: ms(batch * isl), decode: osl * ms(batch) };
}

/** tokens x rows times a weight of rows x columns. */
function gemm(tokens: number, rows: number, columns: number): number {
  return kernel(2 * tokens * rows * columns, BYTES * (rows * columns + tokens * (rows + columns)));
}

/** RMSNorm with the residual addition: residual read and written, sub-block output read, normalised values written. */
function norm(tokens: number, hidden: number): number {
  return kernel(0, tokens * hidden * (3 * RESIDUAL_BYTES + BYTES));
}

function kernel(flop: number, bytes: number): number {
  return 1000 * Math.max(flop / PEAK_FLOP_PER_S, bytes / BYTES_PER_S);
}
