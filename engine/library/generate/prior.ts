/**
 * Quality scores without a measurement: a prior. It puts into numbers what has been published about which blocks of
 * Llama-3.x-70B can be given up, so that a search behaves as the papers describe:
 *  - Puzzle (arXiv 2411.19146, figures 6 and 8): layers 0-15 shrunk in both halves, 16-42 mostly intact, from 43
 *    on attention removed in many layers; FFNs narrowed but never dropped;
 *  - the per-layer choices of Nemotron-51B and Llama-Nemotron-Super-49B (arXiv 2505.00949): the last layers
 *    intact, attention of layers 43-62 mostly removed or linear, narrow FFNs in the same layers;
 *  - the ablation in Puzzle's table of losses: the 51B before global distillation has a validation KL of 0.19.
 *
 * kl_div(i, a, f) = SCALE * 80 / layers * (A(i) * loss(a) + F(i) * loss(f)), with layer sensitivities A and F
 * interpolated geometrically between a few points, and SCALE such that the 51B's blocks sum to 0.19. A parent of another
 * depth is taken to be alike at the same relative depth, and giving up the same share of it to harm as much.
 */
import type { Attention, Ffn } from '../../protocol/variant.ts';

type Profile = readonly (readonly [layer: number, sensitivity: number])[];

/** Relative harm of removing attention, by layer. */
const ATTENTION: Profile = [
  [0, 30],
  [1, 5],
  [4, 3],
  [6, 1.3],
  [15, 1.6],
  [18, 4],
  [34, 5],
  [42, 2],
  [45, 0.9],
  [54, 0.7],
  [62, 0.8],
  [66, 1.8],
  [72, 4],
  [79, 12],
];
/** Relative harm of removing the FFN, by layer; several times that of removing attention everywhere. */
const FFN: Profile = [
  [0, 200],
  [1, 40],
  [4, 24],
  [6, 12],
  [15, 12],
  [18, 26],
  [34, 32],
  [42, 15],
  [45, 5],
  [54, 3.5],
  [62, 5],
  [66, 12],
  [72, 26],
  [79, 90],
];
/** Share of the harm of full removal that remains with one linear map. */
const LINEAR_ATTENTION = 0.8;
const LINEAR_FFN = 0.7;
/** Harm of narrowing to almost nothing, and how slowly it sets in: half the width costs 0.45 * 0.5^1.8 = 13 %. */
const NARROWEST_FFN = 0.45;
const NARROWING_POWER = 1.8;
/** Harm of merging all KV heads into one, growing with the logarithm of the reduction. */
const SINGLE_KV_HEAD = 0.55;

/** Brings the sum over the 51B's blocks to 0.19. */
const SCALE = 0.001_265_9;

/** Layers of the model whose published choices the profiles describe. */
const PROFILE_LAYERS = 80;

/** KL divergence in nats that each half of a block adds in `layer` of `layers`, per unit of `attentionLoss` and `ffnLoss`. */
export function layerSensitivity(layer: number, layers: number): { readonly attention: number; readonly ffn: number } {
  const at = layers === 1 ? 0 : (layer * (PROFILE_LAYERS - 1)) / (layers - 1);
  const scale = (SCALE * PROFILE_LAYERS) / layers;
  return { attention: scale * sensitivity(ATTENTION, at), ffn: scale * sensitivity(FFN, at) };
}

/** 0 for the parent's own attention, 1 for none. */
export function attentionLoss(attention: Attention, parentHeads: number): number {
  switch (attention.kind) {
    case 'gqa':
      return parentHeads === 1 ? 0 : SINGLE_KV_HEAD * (Math.log2(parentHeads / attention.kv_heads) / Math.log2(parentHeads));
    case 'linear':
      return LINEAR_ATTENTION;
    case 'no_op':
      return 1;
  }
}

/** 0 for the parent's own width, 1 for no FFN. */
export function ffnLoss(ffn: Ffn, parentWidth: number): number {
  switch (ffn.kind) {
    case 'swiglu':
      return NARROWEST_FFN * (1 - ffn.intermediate_size / parentWidth) ** NARROWING_POWER;
    case 'linear':
      return LINEAR_FFN;
    case 'no_op':
      return 1;
  }
}

/** Geometric interpolation between the points around a layer. */
function sensitivity(profile: Profile, layer: number): number {
  const after = profile.findIndex(([point]) => point >= layer);
  const [right, high] = profile[after] ?? profile[profile.length - 1] ?? [layer, 1];
  const [left, low] = profile[Math.max(0, after - 1)] ?? [right, high];
  return right === left ? high : low * (high / low) ** ((layer - left) / (right - left));
}
