/**
 * One layer of a Llama-family model, whichever variant it is (puzzle.md 1.1):
 *
 *     h = x + attention(norm(x)),   y = h + ffn(norm(h)),
 *
 * where each sub-block may be a linear map of every token by itself, or absent: then it adds nothing. Everything is built from
 * engine/tensor/ops, so that gradients exist and whatever the backend has fused is used.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Attention, Block, Ffn, ModelShape } from '../protocol/variant.ts';
import { causalAttention, linear, mergeHeads, rmsNorm, splitHeads, swiGlu, type RopeTables } from '../tensor/ops/index.ts';
import { matrix, vector, type DeviceWeights } from './device_weights.ts';
import { normEpsilon } from './weights.ts';

/** Keys (rotated) and values of the tokens so far, both [B, Hkv, S, D]. */
export type KvCache = Readonly<{ k: tf.Tensor4D; v: tf.Tensor4D }>;

/** x + attention(norm(x)), [B, T, H] -> [B, T, H]; `rope` is of the same T positions. */
export function forwardAttention(shape: ModelShape, attention: Attention, weights: DeviceWeights, x: tf.Tensor3D, rope: RopeTables): tf.Tensor3D {
  return tf.tidy(() => attend(shape, attention, weights, x, rope).output);
}

/** h + ffn(norm(h)), [B, T, H] -> [B, T, H]. */
export function forwardFfn(shape: ModelShape, ffn: Ffn, weights: DeviceWeights, h: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => {
    switch (ffn.kind) {
      case 'no_op':
        return unchanged(h);
      case 'linear':
        return residual(h, linear(normed(shape, weights, 'post_attention_layernorm', h), matrix(weights, 'mlp.linear_mlp.weight')));
      case 'swiglu': {
        const input = normed(shape, weights, 'post_attention_layernorm', h);
        const gated = swiGlu(projected(weights, 'mlp.gate_proj', input), projected(weights, 'mlp.up_proj', input));
        return residual(h, projected(weights, 'mlp.down_proj', gated));
      }
      default:
        return ffn satisfies never;
    }
  });
}

/** The whole layer, [B, T, H] -> [B, T, H]; `weights` are of both sub-blocks. */
export function forwardBlock(shape: ModelShape, block: Pick<Block, 'attention' | 'ffn'>, weights: DeviceWeights, x: tf.Tensor3D, rope: RopeTables): tf.Tensor3D {
  return tf.tidy(() => forwardFfn(shape, block.ffn, weights, forwardAttention(shape, block.attention, weights, x, rope)));
}

/**
 * The layer for the next T tokens of sequences whose earlier ones are in `past`; `rope` is of the new positions. The caller
 * disposes both results; `past` is not disposed of. Without GQA there is nothing to keep.
 */
export function forwardCachedBlock(
  shape: ModelShape,
  block: Pick<Block, 'attention' | 'ffn'>,
  weights: DeviceWeights,
  x: tf.Tensor3D,
  rope: RopeTables,
  past: KvCache | undefined,
): { readonly output: tf.Tensor3D; readonly present: KvCache | undefined } {
  return tf.tidy(() => {
    const { output, present } = attend(shape, block.attention, weights, x, rope, past);
    return { output: forwardFfn(shape, block.ffn, weights, output), present };
  });
}

function attend(
  shape: ModelShape,
  attention: Attention,
  weights: DeviceWeights,
  x: tf.Tensor3D,
  rope: RopeTables,
  past?: KvCache,
): { output: tf.Tensor3D; present: KvCache | undefined } {
  switch (attention.kind) {
    case 'no_op':
      return { output: unchanged(x), present: undefined };
    case 'linear': {
      const mapped = linear(normed(shape, weights, 'input_layernorm', x), matrix(weights, 'self_attn.linear_attn.weight'));
      return { output: residual(x, mapped), present: undefined };
    }
    case 'gqa': {
      const input = normed(shape, weights, 'input_layernorm', x);
      const q = heads(shape, weights, 'q', input, shape.num_attention_heads, rope);
      const newK = heads(shape, weights, 'k', input, attention.kv_heads, rope);
      const newV = splitHeads(projected(weights, 'self_attn.v_proj', input), attention.kv_heads);
      const k = past === undefined ? newK : tf.concat([past.k, newK], 2);
      const v = past === undefined ? newV : tf.concat([past.v, newV], 2);
      const mixed = causalAttention(q, k, v, { scale: 1 / Math.sqrt(shape.head_dim) });
      return { output: residual(x, projected(weights, 'self_attn.o_proj', mergeHeads(mixed))), present: { k, v } };
    }
    default:
      return attention satisfies never;
  }
}

/** Rotated queries or keys, [B, heads, T, D]. Their norms (Qwen3) stand between projection and rotation. */
function heads(shape: ModelShape, weights: DeviceWeights, which: 'q' | 'k', input: tf.Tensor3D, count: number, rope: RopeTables): tf.Tensor4D {
  const flat = projected(weights, `self_attn.${which}_proj`, input);
  if (shape.qk_norm !== true) return splitHeads(flat, count, rope);
  const [batch, length, width] = flat.shape;
  const perHead = tf.reshape(flat, [batch, length, count, shape.head_dim]);
  const normedHeads = rmsNorm(perHead, vector(weights, `self_attn.${which}_norm.weight`), normEpsilon(shape));
  return splitHeads(tf.reshape(normedHeads, [batch, length, width]), count, rope);
}

function normed(shape: ModelShape, weights: DeviceWeights, name: string, x: tf.Tensor3D): tf.Tensor3D {
  return rmsNorm(x, vector(weights, `${name}.weight`), normEpsilon(shape)) as tf.Tensor3D;
}

function projected(weights: DeviceWeights, name: string, x: tf.Tensor): tf.Tensor3D {
  const bias = weights[`${name}.bias`] === undefined ? undefined : vector(weights, `${name}.bias`);
  return linear(x, matrix(weights, `${name}.weight`), bias) as tf.Tensor3D;
}

function residual(x: tf.Tensor3D, added: tf.Tensor): tf.Tensor3D {
  return tf.add(x, added);
}

/** The same values as a tensor of its own, which callers dispose of like any other output; gradients pass through. */
function unchanged(x: tf.Tensor3D): tf.Tensor3D {
  return tf.reshape(x, x.shape);
}
