/** Reads from a config.json what all layers of the model share. */
import type { ModelShape } from '../protocol/variant.ts';
import type { Family } from './families.ts';
import { at, countAt, flagAt, isGiven, listAt, objectAt, positiveAt, unexpected, type JsonObject, type Place } from './json_fields.ts';
import { layerRanges } from './layer_ranges.ts';

/** The shape and what of the file it does not tell. */
export interface ConfigShape {
  readonly shape: ModelShape;
  readonly notes: readonly string[];
}

/** All but the sliding window, which needs the number of layers. Throws `badInput`. */
export function readShape(config: JsonObject, place: Place, family: Family): ConfigShape {
  const count = (key: string): number => countAt(config[key], at(place, key));
  const flag = (key: string): boolean => flagAt(config[key], at(place, key));
  const hidden = count('hidden_size');
  const heads = count('num_attention_heads');
  const headDim = config['head_dim'] ?? family.headDim ?? hidden / heads;
  const rope = readRope(config, place);
  const activation = readActivation(config, place, family);
  // Later DeciLM files may except the output projection.
  const flagged = flag('attention_bias') ? (config['o_proj_bias'] === false ? 'qkv' : 'qkvo') : 'none';
  const bias = family.attentionBias === 'flag' ? flagged : family.attentionBias;
  const shape: ModelShape = {
    hidden_size: hidden,
    num_attention_heads: heads,
    head_dim: countAt(headDim, at(place, 'head_dim')),
    vocab_size: count('vocab_size'),
    tie_word_embeddings: isGiven(config['tie_word_embeddings']) ? flag('tie_word_embeddings') : family.tied,
    ...(isGiven(config['max_position_embeddings']) && { max_position_embeddings: count('max_position_embeddings') }),
    ...(isGiven(config['rms_norm_eps']) && { rms_norm_eps: positiveAt(config['rms_norm_eps'], at(place, 'rms_norm_eps')) }),
    ...rope.fields,
    ...(bias !== 'none' && { attention_bias: bias }),
    ...(family.mlpBias && flag('mlp_bias') && { mlp_bias: true }),
    ...(family.qkNorm && { qk_norm: true }),
    ...(family.postNorms && { post_norms: true }),
    ...(activation !== 'silu' && { hidden_act: activation }),
  };
  return { shape, notes: [...rope.notes, ...unrepresented(config, family)] };
}

/** The sliding window of a model of `layers` layers; none where it never comes into force. Throws `badInput`. */
export function readSlidingWindow(
  config: JsonObject,
  place: Place,
  family: Family,
  layers: number,
): { readonly window?: NonNullable<ModelShape['sliding_window']>; readonly notes: readonly string[] } {
  const unlimited = { notes: [] };
  if (family.window === 'none' || !isGiven(config['sliding_window'])) return unlimited;
  const tokens = countAt(config['sliding_window'], at(place, 'sliding_window'));
  const longest = config['max_position_embeddings'];
  if (typeof longest === 'number' && tokens >= longest) return unlimited;
  const chosen = windowLayers(config, place, family, layers);
  if (chosen.length === 0) return unlimited;
  const everywhere = chosen.length === layers;
  const subject = everywhere ? 'All layers see' : `${capitalised(layerRanges(chosen))} see${chosen.length === 1 ? 's' : ''}`;
  return {
    window: { tokens, ...(!everywhere && { layers: [...chosen] }) },
    notes: [`${subject} only the latest ${tokens} tokens; KV bytes per token are those of shorter sequences.`],
  };
}

function windowLayers(config: JsonObject, place: Place, family: Family, layers: number): readonly number[] {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  if (family.window === 'switched' && !flagAt(config['use_sliding_window'], at(place, 'use_sliding_window'))) return [];
  if (isGiven(config['layer_types'])) {
    const typesPlace = at(place, 'layer_types');
    const types = listAt(config['layer_types'], typesPlace);
    if (types.length !== layers) throw unexpected(typesPlace, `${layers} entries, one for each layer`, types);
    return all.filter((layer) => {
      const type = types[layer];
      if (type !== 'full_attention' && type !== 'sliding_attention') {
        throw unexpected(at(typesPlace, layer), 'full_attention or sliding_attention', type);
      }
      return type === 'sliding_attention';
    });
  }
  if (family.window === 'alternating') return all.filter((layer) => layer % 2 === 0);
  if (family.window === 'switched') {
    const first = config['max_window_layers'];
    return all.filter((layer) => layer >= (typeof first === 'number' ? first : layers));
  }
  return all;
}

/** Up to Transformers 4 `rope_theta` and `rope_scaling`, from 5 on both inside `rope_parameters`. */
function readRope(
  config: JsonObject,
  root: Place,
): { readonly fields: Pick<ModelShape, 'rope_theta' | 'rope_scaling'>; readonly notes: readonly string[] } {
  const key = isGiven(config['rope_parameters']) ? 'rope_parameters' : 'rope_scaling';
  const place = at(root, key);
  const scaling = new Map<string, string | number>();
  const left: string[] = [];
  let theta = config['rope_theta'];
  let thetaPlace = at(root, 'rope_theta');
  for (const [name, value] of Object.entries(isGiven(config[key]) ? objectAt(config[key], place) : {})) {
    if (name === 'rope_theta') {
      theta = value;
      thetaPlace = at(place, name);
    } else if (typeof value === 'string' || typeof value === 'number') scaling.set(name, value);
    else if (isGiven(value)) left.push(name);
  }
  const scaled = [...scaling].some(([name, value]) => !/^(rope_)?type$/.test(name) || value !== 'default');
  return {
    fields: {
      ...(isGiven(theta) && { rope_theta: positiveAt(theta, thetaPlace) }),
      ...(scaled && { rope_scaling: Object.fromEntries(scaling) }),
    },
    notes: left.length === 0 ? [] : [`${key}.${left.join(` and ${key}.`)} are not carried over; an export lacks them. Nothing counted depends on them.`],
  };
}

function readActivation(config: JsonObject, place: Place, family: Family): string {
  for (const key of ['hidden_activation', 'hidden_act']) {
    const value = config[key];
    if (!isGiven(value)) continue;
    if (typeof value !== 'string' || value === '') throw unexpected(at(place, key), 'the name of an activation', value);
    return value === 'swish' ? 'silu' : value;
  }
  return family.activation;
}

/** What the file says and no field of a shape does. None of it changes parameters or KV bytes. */
function unrepresented(config: JsonObject, family: Family): readonly string[] {
  const notes: string[] = [];
  if (family.modelTypes.includes('gemma2')) {
    notes.push(
      'Soft-capping of attention scores and logits, scaled embeddings and query_pre_attn_scalar are not represented: no count depends on them, and their small cost is left out.',
    );
  }
  const partial = config['partial_rotary_factor'];
  if (typeof partial === 'number' && partial !== 1) notes.push(`Only a part of each head is rotated (partial_rotary_factor ${partial}), which is not represented; no count depends on it.`);
  const quantization = config['quantization_config'];
  if (typeof quantization === 'object' && quantization !== null) {
    const method = 'quant_method' in quantization && typeof quantization.quant_method === 'string' ? ` (${quantization.quant_method})` : '';
    notes.push(`The weights of this file are quantised${method}; number formats are chosen with the deployment, not read from here.`);
  }
  return notes;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
