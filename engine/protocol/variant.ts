/**
 * Block variants and architectures: what one layer of a child may be, and a child as a list of such blocks.
 * The search space is Puzzle's (arXiv 2411.19146, section 2): a block is an attention variant and an FFN variant.
 */
import { z } from 'zod';

const count = z.number().int().positive();

/** Grouped-query attention with `kv_heads` key/value heads, one hidden x hidden linear map, or nothing. */
export const attentionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('gqa'), kv_heads: count }),
  z.object({ kind: z.literal('linear') }),
  z.object({ kind: z.literal('no_op') }),
]);
export type Attention = z.infer<typeof attentionSchema>;

/** SwiGLU of `intermediate_size` channels, one hidden x hidden linear map, or nothing. */
export const ffnSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('swiglu'), intermediate_size: count }),
  z.object({ kind: z.literal('linear') }),
  z.object({ kind: z.literal('no_op') }),
]);
export type Ffn = z.infer<typeof ffnSchema>;

export interface Block {
  readonly attention: Attention;
  readonly ffn: Ffn;
}

/** `kv8`, `linear` or `no_op`. */
export function attentionId(attention: Attention): string {
  return attention.kind === 'gqa' ? `kv${attention.kv_heads}` : attention.kind;
}

/** `28672`, `linear` or `no_op`. */
export function ffnId(ffn: Ffn): string {
  return ffn.kind === 'swiglu' ? String(ffn.intermediate_size) : ffn.kind;
}

/** `ATT/FFN`, for example `kv8/28672` or `no_op/7168`. */
export function variantId(block: Block): string {
  return `${attentionId(block.attention)}/${ffnId(block.ffn)}`;
}

const VARIANT_ID = /^(?:kv([1-9]\d*)|(linear|no_op))\/(?:([1-9]\d*)|(linear|no_op))$/;

/** The block that a variant id names, or undefined where the text is no variant id. */
export function parseVariantId(id: string): Block | undefined {
  const match = VARIANT_ID.exec(id);
  if (match === null) return undefined;
  const [, kvHeads, attentionKind, width, ffnKind] = match;
  return {
    attention:
      kvHeads === undefined
        ? { kind: attentionKind === 'linear' ? 'linear' : 'no_op' }
        : { kind: 'gqa', kv_heads: Number(kvHeads) },
    ffn:
      width === undefined
        ? { kind: ffnKind === 'linear' ? 'linear' : 'no_op' }
        : { kind: 'swiglu', intermediate_size: Number(width) },
  };
}

export const variantIdSchema = z.string().regex(VARIANT_ID, {
  error: 'a variant id ATT/FFN, where ATT is kv<n>, linear or no_op and FFN is a width, linear or no_op',
});

/** One block of a child: which consecutive parent layers it stands for, and what it is. Layers count from 0. */
export const chosenBlockSchema = z
  .object({
    parent_layers: z.array(z.number().int().nonnegative()).min(1),
    variant: variantIdSchema,
    attention: attentionSchema,
    ffn: ffnSchema,
  })
  .refine((block) => variantId(block) === block.variant, {
    error: 'variant must agree with attention and ffn',
    path: ['variant'],
  });
export type ChosenBlock = z.infer<typeof chosenBlockSchema>;

/** The block for `parentLayers` that is `block`. */
export function chosenBlock(parentLayers: readonly number[], block: Block): ChosenBlock {
  return {
    parent_layers: [...parentLayers],
    variant: variantId(block),
    attention: block.attention,
    ffn: block.ffn,
  };
}

/**
 * Everything about a Llama-family model that all its layers share, in the names of Hugging Face configurations,
 * and the parent block in the same names. `source` says where the figures come from.
 */
export const modelShapeSchema = z.object({
  hidden_size: count,
  num_attention_heads: count,
  head_dim: count,
  vocab_size: count,
  tie_word_embeddings: z.boolean(),
  max_position_embeddings: count.optional(),
  rms_norm_eps: z.number().positive().optional(),
  rope_theta: z.number().positive().optional(),
  rope_scaling: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  /** Biases of the query, key and value projections (Qwen2), or of the output projection too; none where absent. */
  attention_bias: z.enum(['qkv', 'qkvo']).optional(),
  /** Biases of the gate, up and down projections. */
  mlp_bias: z.boolean().optional(),
  /** One RMSNorm of `head_dim` for the queries and one for the keys of each attention (Qwen3). */
  qk_norm: z.boolean().optional(),
  /** A second RMSNorm for each sub-block, behind it (Gemma-2). */
  post_norms: z.boolean().optional(),
  /** Activation of the FFN's gate; `silu` where absent. Whatever it is, a gated FFN has the same three matrices. */
  hidden_act: z.string().min(1).optional(),
  /** Layers (all, where none are listed) that see only this many of the latest tokens, and cache no more. */
  sliding_window: z.object({ tokens: count, layers: z.array(z.number().int().nonnegative()).min(1).optional() }).optional(),
});
export type ModelShape = z.infer<typeof modelShapeSchema>;

/** A model every layer of which is the same block: the starting point of a search. */
export const parentModelSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  hugging_face_id: z.string().optional(),
  shape: modelShapeSchema,
  num_hidden_layers: count,
  num_key_value_heads: count,
  intermediate_size: count,
  source: z.string(),
});
export type ParentModel = z.infer<typeof parentModelSchema>;

/**
 * A child: its blocks in order of depth. `external` marks one whose layers do not correspond one to one to its
 * parent's (Nemotron Ultra has 162, its parent 126); its `parent_layers` then count its own layers.
 */
export const architectureSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  parent: z.string().optional(),
  external: z.boolean(),
  shape: modelShapeSchema,
  blocks: z.array(chosenBlockSchema).min(1),
  source: z.string(),
});
export type Architecture = z.infer<typeof architectureSchema>;
