/**
 * Parameters and KV-cache bytes of blocks and whole models, counted from their shapes. A sub-block that exists brings
 * the RMSNorm in front of it, and the one behind it where the model has such; a no-op has neither (the released
 * Nemotron-NAS checkpoints are laid out like that). Biases and the norms of queries and keys belong to the projections
 * that a linear map replaces, so it has none. All results are exact integers well below 2^53.
 */
import type { Architecture, Attention, Block, Ffn, ModelShape } from '../protocol/variant.ts';
import { cachedTokens } from './sliding_window.ts';

/** Query and output projections hidden x (heads * head_dim), key and value hidden x (kv_heads * head_dim), norms. */
export function attentionParams(shape: ModelShape, attention: Attention): number {
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: headDim } = shape;
  switch (attention.kind) {
    case 'gqa': {
      const queries = heads * headDim;
      const keysAndValues = 2 * attention.kv_heads * headDim;
      const biases = shape.attention_bias === undefined ? 0 : queries + keysAndValues + (shape.attention_bias === 'qkvo' ? hidden : 0);
      const qkNorms = shape.qk_norm === true ? 2 * headDim : 0;
      return 2 * hidden * queries + hidden * keysAndValues + biases + qkNorms + normParams(shape);
    }
    case 'linear':
      return hidden * hidden + normParams(shape);
    case 'no_op':
      return 0;
  }
}

/** Gate, up and down projections hidden x intermediate, norms. */
export function ffnParams(shape: ModelShape, ffn: Ffn): number {
  const hidden = shape.hidden_size;
  switch (ffn.kind) {
    case 'swiglu': {
      const biases = shape.mlp_bias === true ? 2 * ffn.intermediate_size + hidden : 0;
      return 3 * hidden * ffn.intermediate_size + biases + normParams(shape);
    }
    case 'linear':
      return hidden * hidden + normParams(shape);
    case 'no_op':
      return 0;
  }
}

export function blockParams(shape: ModelShape, block: Block): number {
  return attentionParams(shape, block.attention) + ffnParams(shape, block.ffn);
}

/** Token embeddings, the head unless it shares them, and the final norm. */
export function nonBlockParams(shape: ModelShape): number {
  const embeddings = shape.vocab_size * shape.hidden_size;
  return (shape.tie_word_embeddings ? 1 : 2) * embeddings + shape.hidden_size;
}

export function architectureParams(architecture: Pick<Architecture, 'shape' | 'blocks'>): number {
  const { shape, blocks } = architecture;
  return blocks.reduce((sum, block) => sum + blockParams(shape, block), nonBlockParams(shape));
}

/** Bytes of keys and values that one token of one sequence takes in one layer, while the layer still keeps it. */
export function kvBytesPerToken(shape: ModelShape, attention: Attention, bytesPerElement: number): number {
  return attention.kind === 'gqa' ? 2 * attention.kv_heads * shape.head_dim * bytesPerElement : 0;
}

/** Bytes of keys and values that one token of one sequence takes in all layers, short of any sliding window. */
export function architectureKvBytesPerToken(
  architecture: Pick<Architecture, 'shape' | 'blocks'>,
  bytesPerElement: number,
): number {
  const { shape, blocks } = architecture;
  return blocks.reduce((sum, block) => sum + kvBytesPerToken(shape, block.attention, bytesPerElement), 0);
}

/** Bytes of keys and values of one sequence of `tokens` in all layers; layers with a window keep only that much. */
export function architectureKvBytesPerSequence(
  architecture: Pick<Architecture, 'shape' | 'blocks'>,
  tokens: number,
  bytesPerElement: number,
): number {
  const { shape, blocks } = architecture;
  return blocks.reduce(
    (sum, block) => sum + kvBytesPerToken(shape, block.attention, bytesPerElement) * cachedTokens(shape, block, tokens),
    0,
  );
}

function normParams(shape: ModelShape): number {
  return (shape.post_norms === true ? 2 : 1) * shape.hidden_size;
}
