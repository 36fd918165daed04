/**
 * Writes an architecture as the config.json of a `nemotron-nas` (DeciLM) model, the form in which NVIDIA released
 * Nemotron-51B, Super and Ultra and which TensorRT-LLM, vLLM, SGLang, llama.cpp and mlx-lm read.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { Architecture, Attention, Ffn, ModelShape } from '../protocol/variant.ts';
import { ffnMultOf, FFN_WIDTH_MULTIPLE } from './ffn_mult.ts';
import { layerRanges } from './layer_ranges.ts';

/** The tool, its version, the time, the library and the problem: whatever a later reader needs, as JSON. */
export type ExportProvenance = Readonly<Record<string, unknown>>;

/** Key of our own block in exported files; loaders pass over keys that they do not know. */
export const WORKBENCH_KEY = '_puzzle_workbench';

/** Vocabulary of Llama 3 tokenizers, which fixes the ids of the begin and end tokens. */
const LLAMA_3_VOCABULARY = 128_256;

/**
 * The complete config.json. Every entry has all three basic keys, with null where they have no meaning: llama.cpp's
 * converter reads all of them. Throws `bad_input` where the form cannot express the architecture, see
 * `decilmObstacles`.
 */
export function toDeciLmConfig(architecture: Architecture, provenance: ExportProvenance): Record<string, unknown> {
  const obstacles = decilmObstacles(architecture);
  if (obstacles.length > 0) {
    throw new WorkbenchError('bad_input', `A DeciLM configuration cannot express ${architecture.name}: ${obstacles.join('; ')}.`, {
      hint: 'Export it as a Puzzletron solution: that only says what replaces which layer, and names KV heads and widths directly.',
    });
  }
  const { shape, blocks } = architecture;
  const isOneToOne = blocks.every((block, index) => block.parent_layers.length === 1 && block.parent_layers[0] === index);
  return {
    architectures: ['DeciLMForCausalLM'],
    model_type: 'nemotron-nas',
    auto_map: {
      AutoConfig: 'configuration_decilm.DeciLMConfig',
      AutoModelForCausalLM: 'modeling_decilm.DeciLMForCausalLM',
    },
    attention_bias: shape.attention_bias === 'qkvo',
    block_configs: blocks.map((block) => ({
      attention: decilmAttention(shape, block.attention),
      ffn: decilmFfn(shape, block.ffn),
    })),
    ...(shape.vocab_size === LLAMA_3_VOCABULARY && { bos_token_id: 128_000, eos_token_id: [128_001, 128_008, 128_009] }),
    ...(!hasUsualHeadDim(shape) && { head_dim: shape.head_dim }),
    hidden_act: 'silu',
    hidden_size: shape.hidden_size,
    intermediate_size: null,
    ...(shape.max_position_embeddings !== undefined && { max_position_embeddings: shape.max_position_embeddings }),
    mlp_bias: shape.mlp_bias === true,
    num_attention_heads: shape.num_attention_heads,
    num_hidden_layers: blocks.length,
    num_key_value_heads: null,
    ...(shape.rms_norm_eps !== undefined && { rms_norm_eps: shape.rms_norm_eps }),
    rope_scaling: shape.rope_scaling ?? null,
    ...(shape.rope_theta !== undefined && { rope_theta: shape.rope_theta }),
    tie_word_embeddings: shape.tie_word_embeddings,
    torch_dtype: 'bfloat16',
    use_cache: true,
    vocab_size: shape.vocab_size,
    [WORKBENCH_KEY]: {
      format: 'puzzle-workbench/decilm',
      version: 1,
      architecture: {
        id: architecture.id,
        name: architecture.name,
        ...(architecture.parent !== undefined && { parent: architecture.parent }),
        external: architecture.external,
        source: architecture.source,
        ...(!isOneToOne && { parent_layers: blocks.map((block) => block.parent_layers) }),
        ...(shape.sliding_window !== undefined && { sliding_window: shape.sliding_window }),
      },
      provenance,
    },
  };
}

/** What a DeciLM configuration cannot say of this architecture; empty where it can say everything. */
export function decilmObstacles(architecture: Architecture): readonly string[] {
  const { shape, blocks } = architecture;
  const oddWidths: number[] = [];
  const oddGroups: number[] = [];
  for (const [index, { attention, ffn }] of blocks.entries()) {
    if (ffn.kind === 'swiglu' && ffnMultOf(ffn.intermediate_size, shape.hidden_size) === undefined) oddWidths.push(index);
    if (attention.kind === 'gqa' && shape.num_attention_heads % attention.kv_heads !== 0) oddGroups.push(index);
  }
  const obstacles = [...shapeObstacles(shape)];
  if (oddWidths.length > 0) {
    obstacles.push(`ffn_mult can only express FFN widths that are multiples of ${FFN_WIDTH_MULTIPLE}: ${layerRanges(oddWidths)}`);
  }
  if (oddGroups.length > 0) {
    obstacles.push(
      `n_heads_in_group needs KV heads that divide the ${shape.num_attention_heads} attention heads: ${layerRanges(oddGroups)}`,
    );
  }
  return obstacles;
}

/** What its model has in every layer and a DeciLM model in none. */
function shapeObstacles(shape: ModelShape): readonly string[] {
  const obstacles: string[] = [];
  if (shape.attention_bias === 'qkv') {
    obstacles.push('attention_bias means biases on all four projections, and this model (as Qwen2) has them on queries, keys and values only');
  }
  if (shape.qk_norm === true) obstacles.push('there is no field for the norms of queries and keys that this model has (as Qwen3)');
  if (shape.post_norms === true) obstacles.push('there is no field for the norms behind attention and FFN that this model has (as Gemma-2)');
  if (shape.hidden_act !== undefined && shape.hidden_act !== 'silu') {
    obstacles.push(`its loaders run every FFN with SiLU, and this model uses ${shape.hidden_act}`);
  }
  return obstacles;
}

/** What a DeciLM configuration leaves out and loaders do without: it can be written, but is not quite the same model. */
export function decilmLosses({ shape }: Pick<Architecture, 'shape'>): readonly string[] {
  const losses: string[] = [];
  const window = shape.sliding_window;
  if (window !== undefined) {
    losses.push(`its sliding window cannot be written: beyond ${window.tokens} tokens its layers would see more than they were trained to`);
  }
  if (shape.attention_bias === 'qkvo' || shape.mlp_bias === true) losses.push('it has biases, which no released DeciLM model tries');
  return losses;
}

/** Whether the heads make up the hidden size, as loaders assume that are not told otherwise. */
export function hasUsualHeadDim(shape: ModelShape): boolean {
  return shape.head_dim * shape.num_attention_heads === shape.hidden_size;
}

function decilmAttention(shape: ModelShape, attention: Attention): object {
  return {
    n_heads_in_group: attention.kind === 'gqa' ? shape.num_attention_heads / attention.kv_heads : null,
    no_op: attention.kind === 'no_op',
    replace_with_linear: attention.kind === 'linear',
  };
}

function decilmFfn(shape: ModelShape, ffn: Ffn): object {
  return {
    ffn_mult: ffn.kind === 'swiglu' ? (ffnMultOf(ffn.intermediate_size, shape.hidden_size) ?? null) : null,
    no_op: ffn.kind === 'no_op',
    replace_with_linear: ffn.kind === 'linear',
  };
}
