/**
 * Where a child and the released model agree, layer by layer, counted as in the engine's `agreement`: the same block, the
 * same attention, the same FFN. Both stand for the same parent, one block per layer.
 */
import { attentionId, ffnId, type Architecture } from '../../engine/protocol/variant.ts';

export type LayerAgreement = 'block' | 'attention' | 'ffn' | 'none';

export function layerAgreement(child: Architecture, released: Architecture): readonly LayerAgreement[] {
  return child.blocks.map((block, layer): LayerAgreement => {
    const other = released.blocks[layer];
    if (other === undefined) return 'none';
    const attention = attentionId(block.attention) === attentionId(other.attention);
    const ffn = ffnId(block.ffn) === ffnId(other.ffn);
    return attention ? (ffn ? 'block' : 'attention') : ffn ? 'ffn' : 'none';
  });
}

/** `0–3, 7, 12–14`, or `none`. */
export function layerRanges(layers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const layer of layers) {
    const last = ranges.at(-1);
    if (last !== undefined && layer === last[1] + 1) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  return ranges.length === 0 ? 'none' : ranges.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(', ');
}
