/**
 * What one chip sends in one pass over all layers, in elements: the closed forms layer by layer, and what they leave
 * out. See arXiv 2211.05102, sections 3.2 (FFN), 3.3 (attention) and 3.4 (parallel block).
 *
 * Counting rules. A collective over K chips sends its result times (K - 1)/K (`detailed`) or once (`closed_form`), and
 * nothing for K = 1. A sub-block that keeps its weights collects the hidden state over Y and Z before its first matrix
 * and scatters it after its last (E/X each), and exchanges its inner width over X in between (F/YZ in, F/YZ out). One
 * that collects its weights over N chips divides the batch N ways and needs only the first pair, over the other chips.
 * A serial block pays the first pair twice, for attention and for the FFN; a parallel one once.
 */
import type { Terms } from '../../protocol/plan.ts';
import { chipsOf, type Layout } from './layouts.ts';
import { attentionWeights, blockWeights, computedHeads, ffnWeights, sumOver, type LayerGroup, type PlannedModel } from './planned_model.ts';

/** One pass: sequences, new tokens of each, and tokens of each that are cached already. */
export interface Pass {
  readonly batch: number;
  readonly newTokens: number;
  readonly cachedTokens: number;
}

export interface Traffic {
  /** Elements of activations, of weights, and of activations that move for attention's sake. */
  readonly activations: number;
  readonly weights: number;
  readonly attention: number;
}

export interface Counting {
  readonly model: PlannedModel;
  readonly layout: Layout;
  readonly terms: Terms;
  /** Attention and FFN side by side. */
  readonly parallel: boolean;
}

export function trafficOf(counting: Counting, pass: Pass): Traffic {
  const { model } = counting;
  return {
    activations: sumOver(model, (group) => activationElements(counting, pass, group)),
    weights: gatheredElements(counting),
    attention: sumOver(model, (group) => allToAllElements(counting, pass, group)),
  };
}

/** Share of a result that one of `chips` chips has to send or receive. */
function sent(chips: number, terms: Terms): number {
  if (chips <= 1) return 0;
  return terms === 'detailed' ? (chips - 1) / chips : 1;
}

/** Tokens of the part of the batch that a chip works on; whole sequences where counted in detail. */
function localTokens(ways: number, { batch, newTokens }: Pass, terms: Terms): number {
  return (terms === 'detailed' ? Math.ceil(batch / ways) : batch / ways) * newTokens;
}

function activationElements(counting: Counting, pass: Pass, group: LayerGroup): number {
  const { layout, terms, parallel } = counting;
  const attention = attentionPart(counting, group);
  const ffn = ffnPart(counting, group);
  const tokens = localTokens(layout.gathered, pass, terms);
  if (!parallel) return tokens * (ffn.pair + ffn.inner + attention.pair + attention.inner);
  // The paper's forms know the FFN alone; in detail, a parallel block's attention adds its inner width.
  const inner = ffn.inner + (terms === 'detailed' || group.ffn.kind === 'no_op' ? attention.inner : 0);
  return tokens * (Math.max(ffn.pair, attention.pair) + inner);
}

/** Elements per token: the hidden state in and out, and the inner width over X. */
interface Part {
  readonly pair: number;
  readonly inner: number;
}

const NOTHING: Part = { pair: 0, inner: 0 };

function ffnPart(counting: Counting, { ffn }: LayerGroup): Part {
  switch (ffn.kind) {
    case 'swiglu': {
      const matrices = counting.model.swiglu && counting.terms === 'detailed' ? 3 : 2;
      return { pair: hiddenPair(counting), inner: innerOverX(counting, matrices * ffn.intermediate_size) };
    }
    case 'linear':
      return linearPart(counting);
    case 'no_op':
      return NOTHING;
  }
}

function attentionPart(counting: Counting, { attention }: LayerGroup): Part {
  const { model, layout, terms } = counting;
  switch (attention.kind) {
    case 'gqa': {
      const yz = layout.mesh.y * layout.mesh.z;
      const keysAndValues = terms === 'detailed' ? 2 * Math.ceil(attention.kv_heads / yz) * yz : 0;
      return { pair: hiddenPair(counting), inner: innerOverX(counting, (2 * computedHeads(model) + keysAndValues) * model.headDim) };
    }
    case 'linear':
      return linearPart(counting);
    case 'no_op':
      return NOTHING;
  }
}

/** One hidden x hidden matrix: the state is collected over Y and Z, the product scattered over X. */
function linearPart(counting: Counting): Part {
  const { model, layout } = counting;
  const pair = hiddenPair(counting);
  return layout.gathered === 1 ? { pair: pair / 2, inner: innerOverX(counting, model.hidden) } : { pair, inner: 0 };
}

function hiddenPair({ model, layout, terms }: Counting): number {
  const { x, y, z } = layout.mesh;
  return layout.gathered === 1
    ? ((2 * model.hidden) / x) * sent(y * z, terms)
    : 2 * model.hidden * sent(chipsOf(layout.mesh) / layout.gathered, terms);
}

function innerOverX({ layout, terms }: Counting, width: number): number {
  const { x, y, z } = layout.mesh;
  return layout.gathered === 1 ? (width / (y * z)) * sent(x, terms) : 0;
}

/** Weights collected; the closed form collects all parameters, in detail those of the layers. */
function gatheredElements({ model, layout, terms }: Counting): number {
  const share = layout.gathered / chipsOf(layout.mesh);
  return (terms === 'detailed' ? blockWeights(model) : model.params) * share * sent(layout.gathered, terms);
}

/** Queries, new keys and values go to the chips of their sequences, and the outputs back. */
function allToAllElements({ model, layout, terms }: Counting, pass: Pass, { attention }: LayerGroup): number {
  if (attention.kind !== 'gqa') return 0;
  const group = layout.batchWays / layout.gathered;
  const heads = (2 * computedHeads(model)) / layout.headWays;
  const kvHeads = terms === 'detailed' ? 2 * Math.ceil(attention.kv_heads / layout.headWays) : 0;
  return localTokens(layout.batchWays, pass, terms) * (heads + kvHeads) * model.headDim * sent(group, terms);
}

/** Elements of the largest matrix, which is the least that has to be collected at once. */
export function largestMatrix(model: PlannedModel): number {
  return Math.max(
    0,
    ...model.groups.map(({ attention, ffn }) =>
      Math.max(
        attention.kind === 'gqa' ? model.hidden * model.headDim * computedHeads(model) : attentionWeights(model, attention),
        ffn.kind === 'swiglu' ? model.hidden * ffn.intermediate_size : ffnWeights(model, ffn),
      ),
    ),
  );
}
