/**
 * Bytes of weights and of cached keys and values on one device of a tensor-parallel group. Matrices are divided, heads that
 * do not divide are padded, and KV heads are repeated where there are fewer than devices. Norms, biases, embeddings and
 * head stay in bf16 in quantised checkpoints (TensorRT-LLM and ModelOpt leave them out).
 */
import { attentionParams, ffnParams } from '../architecture/count.ts';
import { bytesOf } from '../hardware/formats.ts';
import type { Format } from '../protocol/hardware.ts';
import type { Attention, Ffn, ModelShape } from '../protocol/variant.ts';
import { headsPerDevice } from './sub_block.ts';

const UNQUANTISED_BYTES = 2;

export function attentionBytes(shape: ModelShape, attention: Attention, weights: Format, tp: number): number {
  const { hidden_size: hidden, head_dim: headDim } = shape;
  switch (attention.kind) {
    case 'no_op':
      return 0;
    case 'linear':
      return linearBytes(shape, attentionParams(shape, attention), weights, tp);
    case 'gqa': {
      const { heads, kvHeads } = headsPerDevice(shape, attention.kv_heads, tp);
      const whole = 2 * hidden * headDim * (shape.num_attention_heads + attention.kv_heads);
      const matrices = 2 * hidden * headDim * (heads + kvHeads);
      const others = attentionParams(shape, attention) - whole;
      return matrices * bytesOf(weights) + others * UNQUANTISED_BYTES;
    }
    default:
      return attention satisfies never;
  }
}

export function ffnBytes(shape: ModelShape, ffn: Ffn, weights: Format, tp: number): number {
  switch (ffn.kind) {
    case 'no_op':
      return 0;
    case 'linear':
      return linearBytes(shape, ffnParams(shape, ffn), weights, tp);
    case 'swiglu': {
      const matrices = 3 * shape.hidden_size * ffn.intermediate_size;
      return (matrices * bytesOf(weights)) / tp + (ffnParams(shape, ffn) - matrices) * UNQUANTISED_BYTES;
    }
    default:
      return ffn satisfies never;
  }
}

/** Keys and values of one token in one layer. */
export function cacheBytesPerToken(shape: ModelShape, attention: Attention, kv: Format, tp: number): number {
  return attention.kind === 'gqa' ? 2 * headsPerDevice(shape, attention.kv_heads, tp).kvHeads * shape.head_dim * bytesOf(kv) : 0;
}

/** Embeddings where the first layer is, final norm and head where the last one is. A shared table is needed in both places. */
export function tableBytes(shape: ModelShape, tp: number, { first, last }: { readonly first: boolean; readonly last: boolean }): number {
  const table = (UNQUANTISED_BYTES * shape.vocab_size * shape.hidden_size) / tp;
  const tables = (first ? 1 : 0) + (last && !(shape.tie_word_embeddings && first) ? 1 : 0);
  return tables * table + (last ? UNQUANTISED_BYTES * shape.hidden_size : 0);
}

function linearBytes({ hidden_size: hidden }: ModelShape, params: number, weights: Format, tp: number): number {
  const matrix = hidden * hidden;
  return (matrix * bytesOf(weights)) / tp + (params - matrix) * UNQUANTISED_BYTES;
}
