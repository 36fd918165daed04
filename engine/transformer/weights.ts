/**
 * Which weights a model of the Llama family has: their names and layout, which are Hugging Face's (matrices [out, in];
 * linear maps are called as in DeciLM checkpoints), and how a new model's start. A sub-block that exists owns the
 * RMSNorm in front of it; a no-op owns nothing.
 */
import type { Block, ModelShape } from '../protocol/variant.ts';
import { elementCount, type HostTensor, type HostWeights } from './host_tensor.ts';

export type WeightShapes = Readonly<Record<string, readonly number[]>>;

export type SubBlock = 'attention' | 'ffn';

/** Names, in a checkpoint, of what stands outside the layers. A model with tied embeddings has no head of its own. */
export const modelWeightNames = {
  embedding: 'model.embed_tokens.weight',
  finalNorm: 'model.norm.weight',
  head: 'lm_head.weight',
} as const;

/** `model.layers.<layer>.`, which a checkpoint puts before the names of a block's weights. */
export function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

/** RMSNorm epsilon of the model; Llama's where a configuration leaves it out. */
export function normEpsilon(shape: ModelShape): number {
  return shape.rms_norm_eps ?? 1e-6;
}

/** Weights of the block by name relative to its layer, in order of computation; empty for no_op/no_op. */
export function blockWeightShapes(shape: ModelShape, block: Pick<Block, 'attention' | 'ffn'>): WeightShapes {
  return { ...attentionShapes(shape, block.attention), ...ffnShapes(shape, block.ffn) };
}

/** Weights outside the layers by their full names. */
export function modelWeightShapes(shape: ModelShape): WeightShapes {
  const { hidden_size: hidden, vocab_size: vocabulary } = shape;
  return {
    [modelWeightNames.embedding]: [vocabulary, hidden],
    [modelWeightNames.finalNorm]: [hidden],
    ...(!shape.tie_word_embeddings && { [modelWeightNames.head]: [vocabulary, hidden] }),
  };
}

/** The sub-block that owns a block's weight of this name. @throws RangeError for a name that is none. */
export function subBlockOf(name: string): SubBlock {
  if (name.startsWith('input_layernorm.') || name.startsWith('self_attn.')) return 'attention';
  if (name.startsWith('post_attention_layernorm.') || name.startsWith('mlp.')) return 'ffn';
  throw new RangeError(`${name} is no weight of a block.`);
}

/** Those of a block's weights that belong to one of its sub-blocks. */
export function weightsOf<T>(weights: Readonly<Record<string, T>>, part: SubBlock): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => subBlockOf(name) === part));
}

/**
 * Weights of a new block of a model of `layers` layers: matrices normal with GPT-2's standard deviation, 0.02 at its width of 768
 * and in proportion to 1 / sqrt(width) at others, those that write to the residual stream smaller by sqrt(2 * layers) so that
 * its variance does not grow with depth, norms 1, biases 0.
 * `normal` gives standard normal numbers, which are drawn in order of the weights' names in `blockWeightShapes`.
 */
export function initialWeights(shape: ModelShape, block: Pick<Block, 'attention' | 'ffn'>, layers: number, normal: () => number): HostWeights {
  return initialised(blockWeightShapes(shape, block), shape.hidden_size, layers, normal);
}

/** The same for embedding, final norm and head, by their full names. */
export function initialModelWeights(shape: ModelShape, normal: () => number): HostWeights {
  return initialised(modelWeightShapes(shape), shape.hidden_size, 0, normal);
}

const GPT_2 = { deviation: 0.02, width: 768 };
/** Matrices whose result is added to the residual stream. */
const WRITES_TO_RESIDUAL = /\b(o_proj|down_proj|linear_attn|linear_mlp)\.weight$/;

function initialised(shapes: WeightShapes, width: number, layers: number, normal: () => number): HostWeights {
  const usual = GPT_2.deviation * Math.sqrt(GPT_2.width / width);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const deviation = usual / (WRITES_TO_RESIDUAL.test(name) ? Math.sqrt(2 * layers) : 1);
      return [name, initialTensor(name, shape, deviation, normal)];
    }),
  );
}

function initialTensor(name: string, shape: readonly number[], deviation: number, normal: () => number): HostTensor {
  const data = new Float32Array(elementCount(shape));
  if (name.endsWith('norm.weight')) data.fill(1);
  else if (name.endsWith('.weight')) for (let i = 0; i < data.length; i++) data[i] = deviation * normal();
  return { shape, data };
}

function attentionShapes(shape: ModelShape, attention: Block['attention']): WeightShapes {
  const { hidden_size: hidden, head_dim: headDim } = shape;
  const norm = { 'input_layernorm.weight': [hidden] };
  switch (attention.kind) {
    case 'gqa': {
      const queries = shape.num_attention_heads * headDim;
      const keys = attention.kv_heads * headDim;
      const biases = shape.attention_bias;
      return {
        ...norm,
        ...projection('self_attn.q_proj', queries, hidden, biases !== undefined),
        ...projection('self_attn.k_proj', keys, hidden, biases !== undefined),
        ...projection('self_attn.v_proj', keys, hidden, biases !== undefined),
        ...(shape.qk_norm === true && { 'self_attn.q_norm.weight': [headDim], 'self_attn.k_norm.weight': [headDim] }),
        ...projection('self_attn.o_proj', hidden, queries, biases === 'qkvo'),
      };
    }
    case 'linear':
      return { ...norm, 'self_attn.linear_attn.weight': [hidden, hidden] };
    case 'no_op':
      return {};
    default:
      return attention satisfies never;
  }
}

function ffnShapes(shape: ModelShape, ffn: Block['ffn']): WeightShapes {
  const { hidden_size: hidden } = shape;
  const norm = { 'post_attention_layernorm.weight': [hidden] };
  switch (ffn.kind) {
    case 'swiglu': {
      const biased = shape.mlp_bias === true;
      return {
        ...norm,
        ...projection('mlp.gate_proj', ffn.intermediate_size, hidden, biased),
        ...projection('mlp.up_proj', ffn.intermediate_size, hidden, biased),
        ...projection('mlp.down_proj', hidden, ffn.intermediate_size, biased),
      };
    }
    case 'linear':
      return { ...norm, 'mlp.linear_mlp.weight': [hidden, hidden] };
    case 'no_op':
      return {};
    default:
      return ffn satisfies never;
  }
}

function projection(name: string, outputs: number, inputs: number, biased: boolean): WeightShapes {
  return { [`${name}.weight`]: [outputs, inputs], ...(biased && { [`${name}.bias`]: [outputs] }) };
}
