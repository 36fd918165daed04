/** How much device memory training a whole model takes, so that what cannot fit is refused before it starts. */
import type { Architecture, ChosenBlock, ModelShape } from '../protocol/variant.ts';
import { elementCount } from '../transformer/host_tensor.ts';
import { blockWeightShapes, modelWeightShapes, type WeightShapes } from '../transformer/weights.ts';

const BYTES = 4;
/** A chunk of logits and its gradient (tensor/ops/chunks.ts keeps a chunk at or below 64 MiB). */
const HEAD_BYTES = 3 * 64 * 2 ** 20;
const KEPT_PROBABILITY_BYTES = 32 * 2 ** 20;

/** Parameters of the model. */
function parameterCount({ shape, blocks }: Architecture): number {
  return countOf(modelWeightShapes(shape)) + blocks.reduce((sum, block) => sum + countOf(blockWeightShapes(shape, block)), 0);
}

/** Weights, their gradients, two moments, and what the backward pass keeps of the forward pass. */
export function trainingPeakBytes(architecture: Architecture, batch: number, length: number): number {
  return 4 * BYTES * parameterCount(architecture) + activationBytes(architecture, batch, length);
}

/** Frozen weights and the states behind every block, all of which a forward pass has at its end. */
export function teacherPeakBytes(architecture: Architecture, batch: number, length: number): number {
  const { shape, blocks } = architecture;
  return BYTES * (parameterCount(architecture) + batch * length * shape.hidden_size * blocks.length);
}

/** What the backward pass needs of every block, twice for the block it is at, and of the head. */
function activationBytes({ shape, blocks }: Architecture, batch: number, length: number): number {
  const perBlock = blocks.map((block) => BYTES * batch * length * keptPerToken(shape, block) + probabilityBytes(shape, block, batch, length));
  const sum = perBlock.reduce((total, kept) => total + kept, 0);
  return sum + 2 * Math.max(...perBlock) + HEAD_BYTES;
}

/** Numbers per token that a block's backward pass reads: inputs of norms and products, queries, keys, values, and the gate. */
function keptPerToken(shape: ModelShape, { attention, ffn }: ChosenBlock): number {
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: headDim } = shape;
  let kept = 0;
  if (attention.kind === 'gqa') kept += 2 * hidden + 2 * heads * headDim + 2 * attention.kv_heads * headDim;
  else if (attention.kind === 'linear') kept += 2 * hidden;
  if (ffn.kind === 'swiglu') kept += 2 * hidden + 3 * ffn.intermediate_size;
  else if (ffn.kind === 'linear') kept += 2 * hidden;
  return kept;
}

/** Attention's probabilities are kept only where they are small (causal_attention.ts). */
function probabilityBytes({ num_attention_heads: heads }: ModelShape, { attention }: ChosenBlock, batch: number, length: number): number {
  return attention.kind === 'gqa' ? Math.min(BYTES * batch * heads * length * length, KEPT_PROBABILITY_BYTES) : 0;
}

function countOf(shapes: WeightShapes): number {
  return Object.values(shapes).reduce((sum, shape) => sum + elementCount(shape), 0);
}
