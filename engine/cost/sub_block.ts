/**
 * What one sub-block costs in one step on one device of a tensor-parallel group: the sum of its kernels (costmodel in
 * closed form). A no-op costs nothing, its norm and its all-reduce included; a linear map is one hidden x hidden
 * product split over its inputs, so that it too ends in an all-reduce.
 */
import type { KernelCost } from '../protocol/cost.ts';
import type { Attention, Ffn, ModelShape } from '../protocol/variant.ts';
import type { Kernels } from './kernels.ts';

/** What runs together in one step. */
export interface Step {
  /** Sequences that generate, and the tokens each passes through the model (above 1 where drafts are checked). */
  readonly sequences: number;
  readonly tokensPerSequence: number;
  /** Tokens that each of them has in the cache. */
  readonly context: number;
  /** Prompt tokens processed beside them, and the length of the prompts they belong to. */
  readonly prefillTokens: number;
  readonly prompt: number;
}

/** Called with every kernel of a sub-block: `seconds` of the one named `name`. */
export type Visit = (name: string, kind: KernelCost['kind'], seconds: number) => void;

/** Residual stream and messages between devices are bf16 whatever the products run in. */
const RESIDUAL_BYTES = 2;
/** Bytes per value of residual addition and norm (read and write both), and of the gated activation. */
const NORM_BYTES = 4 * RESIDUAL_BYTES;
const GATE_BYTES = 3 * RESIDUAL_BYTES;

export function tokensOf(step: Step): number {
  return step.sequences * step.tokensPerSequence + step.prefillTokens;
}

/** Query heads, and KV heads with those that must be repeated, of one of `tp` devices. */
export function headsPerDevice(shape: ModelShape, kvHeads: number, tp: number): { readonly heads: number; readonly kvHeads: number } {
  return { heads: Math.ceil(shape.num_attention_heads / tp), kvHeads: Math.max(1, Math.ceil(kvHeads / tp)) };
}

export function visitAttention(kernels: Kernels, shape: ModelShape, attention: Attention, tp: number, step: Step, visit: Visit): void {
  switch (attention.kind) {
    case 'no_op':
      return;
    case 'linear':
      return visitLinear(kernels, shape, tp, step, visit);
    case 'gqa': {
      const m = tokensOf(step);
      const { hidden_size: hidden, head_dim: headDim } = shape;
      const { heads, kvHeads } = headsPerDevice(shape, attention.kv_heads, tp);
      visit('QKV projection', 'gemm', kernels.gemm(m, (heads + 2 * kvHeads) * headDim, hidden));
      if (step.sequences > 0) {
        visit('decode attention', 'decode_attention', kernels.decodeAttention(step.sequences, step.context, heads, kvHeads, headDim));
      }
      if (step.prefillTokens > 0) {
        visit('prefill attention', 'prefill_attention', kernels.prefillAttention(step.prefillTokens, step.prompt, heads, kvHeads, headDim));
      }
      visit('output projection', 'gemm', kernels.gemm(m, hidden, heads * headDim));
      return visitResidual(kernels, shape, tp, m, visit);
    }
    default:
      return attention satisfies never;
  }
}

export function visitFfn(kernels: Kernels, shape: ModelShape, ffn: Ffn, tp: number, step: Step, visit: Visit): void {
  switch (ffn.kind) {
    case 'no_op':
      return;
    case 'linear':
      return visitLinear(kernels, shape, tp, step, visit);
    case 'swiglu': {
      const m = tokensOf(step);
      const width = ffn.intermediate_size / tp;
      visit('gate and up projection', 'gemm', kernels.gemm(m, 2 * width, shape.hidden_size));
      visit('gated activation', 'element_wise', kernels.elementWise(GATE_BYTES * m * width));
      visit('down projection', 'gemm', kernels.gemm(m, shape.hidden_size, width));
      return visitResidual(kernels, shape, tp, m, visit);
    }
    default:
      return ffn satisfies never;
  }
}

/** The sum so far, in an array since a number outside would be a new object at every addition. */
const sum = new Float64Array(1);
const add: Visit = (_name, _kind, seconds) => {
  sum[0] += seconds;
};

/** Seconds of one sub-block; allocates nothing, since libraries are costed while a slider moves. */
export function attentionSeconds(kernels: Kernels, shape: ModelShape, attention: Attention, tp: number, step: Step): number {
  sum[0] = 0;
  visitAttention(kernels, shape, attention, tp, step, add);
  return sum[0];
}

export function ffnSeconds(kernels: Kernels, shape: ModelShape, ffn: Ffn, tp: number, step: Step): number {
  sum[0] = 0;
  visitFfn(kernels, shape, ffn, tp, step, add);
  return sum[0];
}

/** The head, for the tokens that something is generated from. */
export function headSeconds(kernels: Kernels, shape: ModelShape, tp: number, step: Step): number {
  const tokens = step.sequences * step.tokensPerSequence;
  return tokens > 0 ? kernels.headGemm(tokens, shape.vocab_size / tp, shape.hidden_size) : 0;
}

function visitLinear(kernels: Kernels, shape: ModelShape, tp: number, step: Step, visit: Visit): void {
  const m = tokensOf(step);
  visit('linear map', 'gemm', kernels.gemm(m, shape.hidden_size, shape.hidden_size / tp));
  visitResidual(kernels, shape, tp, m, visit);
}

function visitResidual(kernels: Kernels, shape: ModelShape, tp: number, m: number, visit: Visit): void {
  visit('residual and norm', 'element_wise', kernels.elementWise(NORM_BYTES * m * shape.hidden_size));
  if (tp > 1) visit('all-reduce', 'all_reduce', kernels.allReduce(tp, m * shape.hidden_size * RESIDUAL_BYTES));
}
