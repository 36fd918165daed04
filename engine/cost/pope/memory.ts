/**
 * Memory of one chip under a layout: weights, keys and values (arXiv 2211.05102, section 3.3), activations and collected
 * weights. Heads divide only as far as there are KV heads: beyond that each chip keeps a whole one, which is what
 * dividing the batch avoids.
 */
import { bytesOf } from '../../hardware/formats.ts';
import type { Format } from '../../protocol/hardware.ts';
import { chipsOf, type Layout } from './layouts.ts';
import { computedHeads, executedParams, sumOver, type LayerGroup, type PlannedModel } from './planned_model.ts';
import { largestMatrix, type Pass } from './traffic.ts';

export function weightBytesPerChip(model: PlannedModel, chips: number, format: Format): number {
  return (executedParams(model) * bytesOf(format)) / chips;
}

/** Keys and values of `batch` sequences of `tokens` tokens, on the chip that has the most; layers with a window keep that. */
export function kvBytesPerChip(
  model: PlannedModel,
  { headWays, batchWays }: Pick<Layout, 'headWays' | 'batchWays'>,
  { batch, tokens }: { readonly batch: number; readonly tokens: number },
  bytesPerElement: number,
): number {
  const elements = sumOver(model, (group) => elementsPerToken(model, group, headWays) * Math.min(tokens, group.window ?? Infinity));
  return elements * Math.ceil(batch / batchWays) * bytesPerElement;
}

function elementsPerToken(model: PlannedModel, { attention }: LayerGroup, headWays: number): number {
  return attention.kind === 'gqa' ? 2 * Math.ceil(attention.kv_heads / headWays) * model.headDim : 0;
}

/** Activations of a pass and the largest matrix that it collects. */
export function bufferBytesPerChip(
  model: PlannedModel,
  layout: Layout,
  pass: Pass,
  formats: { readonly weights: Format; readonly activations: Format },
  parallel: boolean,
): number {
  const collected = layout.gathered > 1 ? (largestMatrix(model) * layout.gathered) / chipsOf(layout.mesh) : 0;
  return activationElements(model, layout, pass, parallel) * bytesOf(formats.activations) + collected * bytesOf(formats.weights);
}

/** Tokens per sequence at which keys and values fill `bytes` of a chip; undefined where they never do. */
export function maxContextTokens(
  model: PlannedModel,
  { headWays, batchWays }: Pick<Layout, 'headWays' | 'batchWays'>,
  batch: number,
  bytes: number,
  kvFormat: Format,
): number | undefined {
  let left = bytes / (Math.ceil(batch / batchWays) * bytesOf(kvFormat));
  let rate = sumOver(model, (group) => elementsPerToken(model, group, headWays));
  // The bytes rise along a line whose slope falls wherever a window is full.
  let tokens = 0;
  const windowed = model.groups.filter((group) => group.window !== undefined).toSorted((a, b) => (a.window ?? 0) - (b.window ?? 0));
  for (const group of windowed) {
    const { window = 0 } = group;
    if ((window - tokens) * rate >= left) break;
    left -= (window - tokens) * rate;
    tokens = window;
    rate -= group.count * elementsPerToken(model, group, headWays);
  }
  return rate > 0 ? tokens + left / rate : undefined;
}

/** The largest batch up to `most` that `fits`, which must hold for all smaller ones where it holds for one. */
export function largestBatch(fits: (batch: number) => boolean, most = 1 << 20): number {
  if (!fits(1)) return 0;
  let [low, high] = [1, 2];
  while (high <= most && fits(high)) [low, high] = [high, high * 2];
  high = Math.min(high, most + 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The residual, the collected hidden state, and the inner widths of the widest layer. */
function activationElements(model: PlannedModel, layout: Layout, { batch, newTokens }: Pass, parallel: boolean): number {
  const chips = chipsOf(layout.mesh);
  const widest = Math.max(0, ...model.groups.map((group) => innerWidth(model, group, parallel)));
  const tokens = Math.ceil(batch / layout.gathered) * newTokens;
  if (layout.gathered > 1) {
    const rest = chips / layout.gathered;
    return tokens * (model.hidden / rest + model.hidden + widest / rest);
  }
  return tokens * (model.hidden / chips + model.hidden / layout.mesh.x + widest / (layout.mesh.y * layout.mesh.z));
}

/** Gate and up side by side, queries with keys and values; together in a parallel block. */
function innerWidth(model: PlannedModel, { attention, ffn }: LayerGroup, parallel: boolean): number {
  const ffnWidth = ffn.kind === 'swiglu' ? (model.swiglu ? 2 : 1) * ffn.intermediate_size : 0;
  const attentionWidth = attention.kind === 'gqa' ? (computedHeads(model) + 2 * attention.kv_heads) * model.headDim : 0;
  return parallel ? ffnWidth + attentionWidth : Math.max(ffnWidth, attentionWidth);
}
