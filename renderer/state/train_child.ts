/**
 * The child that a run found, as the runtime map draws it (Figure 3 of NVIDIA's Nemotron-51B article): per layer the time of
 * its attention and FFN as measured here, below the parent's. Times of a variant are the same in every layer.
 */
import type { BlockTimes } from '../../engine/protocol/train.ts';
import { attentionId, ffnId, type Block, type ChosenBlock } from '../../engine/protocol/variant.ts';
import { attentionText, ffnText, layerLabel } from './derived_layers.ts';
import type { MapBar, MapData, Saving } from './derived_map.ts';
import { linearScale } from './derived_scale.ts';
import { formatWithUnit } from './format.ts';
import { figureText } from './train_numbers.ts';

export interface ChildDrawing {
  readonly data: MapData;
  /** Layers that are not the parent's own; undefined where the parent's blocks are not known. */
  readonly changed: number | undefined;
  /** Whole models, with what lies outside the blocks; undefined where the parent's time is not known. */
  readonly saving: Saving | undefined;
}

/**
 * @param parent The parent's own blocks, one per layer, where the plan knows them.
 * @returns undefined where some sub-block was not timed.
 */
export function childDrawing(choices: readonly ChosenBlock[], times: BlockTimes, parent: readonly ChosenBlock[] | undefined): ChildDrawing | undefined {
  const own = (layer: number): ChosenBlock | undefined => parent?.find(({ parent_layers: place }) => place.includes(layer));
  const bars: MapBar[] = [];
  for (const { parent_layers: place, variant, attention, ffn } of choices) {
    const block: Block = { attention, ffn };
    const taken = timesOf(block, times);
    if (taken === undefined) return undefined;
    const span = { firstLayer: place[0], lastLayer: place[place.length - 1] };
    const replaced = place.map((layer) => own(layer));
    const theirs = replaced.map((one) => (one === undefined ? undefined : timesOf(one, times)));
    const parentMs = theirs.some((one) => one === undefined) ? undefined : theirs.reduce((sum, one) => sum + (one?.attention ?? 0) + (one?.ffn ?? 0), 0);
    bars.push({
      ...span,
      block,
      changed: place.length > 1 || (replaced[0] !== undefined && replaced[0].variant !== variant),
      attention: taken.attention / place.length,
      ffn: taken.ffn / place.length,
      unsplit: 0,
      parent: parentMs === undefined ? undefined : parentMs / place.length,
      label: `Layer ${layerLabel(span)}: attention ${attentionText(block)}, FFN ${ffnText(block)}; ${figureText(taken.attention + taken.ffn)} ms${parentMs === undefined ? '' : `, parent ${figureText(parentMs)} ms`}`,
    });
  }
  const layers = choices.reduce((most, { parent_layers: place }) => Math.max(most, ...place), -1) + 1;
  const largest = bars.reduce((most, bar) => Math.max(most, bar.attention + bar.ffn, bar.parent ?? 0), 0);
  const blocks = [...choices, ...(parent ?? [])];
  return {
    data: {
      kind: 'cost',
      bars,
      layers,
      axis: 'Runtime, ms',
      layerAxis: 'parent layer',
      scale: linearScale(largest, (value) => formatWithUnit(value, '')),
      widest: {
        kvHeads: blocks.reduce((most, { attention }) => Math.max(most, attention.kind === 'gqa' ? attention.kv_heads : 0), 1),
        ffn: blocks.reduce((most, { ffn }) => Math.max(most, ffn.kind === 'swiglu' ? ffn.intermediate_size : 0), 1),
      },
      summary: 'Runtime of each layer of the child, attention and FFN stacked, against the parent',
    },
    changed: parent === undefined ? undefined : bars.reduce((sum, bar) => sum + (bar.changed ? bar.lastLayer - bar.firstLayer + 1 : 0), 0),
    saving: savingOf(bars, roundMs(times.non_block, times)),
  };
}

function savingOf(bars: readonly MapBar[], outside: number): Saving | undefined {
  const sum = (of: (bar: MapBar) => number): number => bars.reduce((total, bar) => total + of(bar) * (bar.lastLayer - bar.firstLayer + 1), outside);
  if (bars.some((bar) => bar.parent === undefined)) return undefined;
  const total = sum((bar) => bar.attention + bar.ffn);
  const parent = sum((bar) => bar.parent ?? 0);
  return { total, parent, saved: parent - total, fraction: parent === 0 ? 0 : (parent - total) / parent };
}

function timesOf({ attention, ffn }: Block, times: BlockTimes): { readonly attention: number; readonly ffn: number } | undefined {
  const [a, f] = [times.attention[attentionId(attention)], times.ffn[ffnId(ffn)]];
  return a === undefined || f === undefined ? undefined : { attention: roundMs(a, times), ffn: roundMs(f, times) };
}

/** One batch from prompt to last token: the prompt at once, then a pass per generated token. */
function roundMs({ prefill_ms: prefill, decode_ms: decode }: BlockTimes['non_block'], { osl }: BlockTimes): number {
  return prefill + osl * decode;
}
