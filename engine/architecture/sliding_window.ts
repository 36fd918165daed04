/**
 * Attention that looks back only so far (Mistral 7B, arXiv 2310.06825, section 2; Gemma-2, arXiv 2408.00118, in every
 * other layer): such a layer keeps no more than its window in the KV cache.
 */
import type { ChosenBlock, ModelShape } from '../protocol/variant.ts';

/** Tokens that the layer of the model sees at most, or undefined where it sees all. Layers count from 0. */
export function slidingWindowOf(shape: ModelShape, layer: number): number | undefined {
  const window = shape.sliding_window;
  if (window === undefined) return undefined;
  return window.layers === undefined || window.layers.includes(layer) ? window.tokens : undefined;
}

/** Tokens of a sequence that the block caches. A block that stands for several layers is as the first of them. */
export function cachedTokens(shape: ModelShape, block: Pick<ChosenBlock, 'parent_layers'>, tokens: number): number {
  const window = slidingWindowOf(shape, block.parent_layers[0] ?? 0);
  return window === undefined ? tokens : Math.min(tokens, window);
}
