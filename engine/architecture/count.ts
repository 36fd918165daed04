/**
 * Parameters and KV-cache bytes of blocks and whole models, counted from their shapes, without biases. A
 * sub-block that exists brings the RMSNorm in front of it; a no-op has neither (the released Nemotron-NAS
 * checkpoints are laid out like that). All results are exact integers well below 2^53.
 */
import type { Architecture, Attention, Block, Ffn, ModelShape } from '../protocol/variant.ts';

/** Query and output projections hidden x (heads * head_dim), key and value hidden x (kv_heads * head_dim), norm. */
export function attentionParams(shape: ModelShape, attention: Attention): number {
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: headDim } = shape;
  switch (attention.kind) {
    case 'gqa':
      return 2 * hidden * heads * headDim + 2 * hidden * attention.kv_heads * headDim + hidden;
    case 'linear':
      return hidden * hidden + hidden;
    case 'no_op':
      return 0;
  }
}

/** Gate, up and down projections hidden x intermediate, norm. */
export function ffnParams(shape: ModelShape, ffn: Ffn): number {
  const hidden = shape.hidden_size;
  switch (ffn.kind) {
    case 'swiglu':
      return 3 * hidden * ffn.intermediate_size + hidden;
    case 'linear':
      return hidden * hidden + hidden;
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

/** Bytes of keys and values that one token of one sequence takes in one layer. */
export function kvBytesPerToken(shape: ModelShape, attention: Attention, bytesPerElement: number): number {
  return attention.kind === 'gqa' ? 2 * attention.kv_heads * shape.head_dim * bytesPerElement : 0;
}

/** Bytes of keys and values that one token of one sequence takes in all layers. */
export function architectureKvBytesPerToken(
  architecture: Pick<Architecture, 'shape' | 'blocks'>,
  bytesPerElement: number,
): number {
  const { shape, blocks } = architecture;
  return blocks.reduce((sum, block) => sum + kvBytesPerToken(shape, block.attention, bytesPerElement), 0);
}
