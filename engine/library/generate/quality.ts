/**
 * Scores of every choice of a generated library: from the prior, or carried over from a library with scores of its own.
 * What is carried over is each layer's harm of changing one half only, at the same relative depth and relative size;
 * halves are added, and sizes between measured ones interpolated. It is an estimate however good the other library is.
 */
import type { LibraryView, Provenance } from '../../protocol/library.ts';
import type { Attention, Ffn, ParentModel } from '../../protocol/variant.ts';
import { attentionLoss, ffnLoss, layerSensitivity } from './prior.ts';
import type { Space } from './space.ts';

/** `attention[layer][a] + ffn[layer][f]` is the score of a block; attentions and FFNs as in the space. */
export interface Quality {
  readonly column: { readonly id: string; readonly label: string; readonly unit: string };
  readonly provenance: Provenance;
  readonly attention: readonly Float64Array[];
  readonly ffn: readonly Float64Array[];
}

export function priorQuality(parent: ParentModel, space: Space): Quality {
  const layers = Array.from({ length: parent.num_hidden_layers }, (_, layer) => layerSensitivity(layer, parent.num_hidden_layers));
  const attentionLosses = space.attentions.map((attention) => attentionLoss(attention, parent.num_key_value_heads));
  const ffnLosses = space.ffns.map((ffn) => ffnLoss(ffn, parent.intermediate_size));
  return {
    column: { id: 'kl_div', label: 'KL divergence', unit: 'nats' },
    provenance: {
      kind: 'estimated',
      source:
        'prior from published per-layer choices (Puzzle, Nemotron-51B and Super-49B), scaled so that the 51B sums to its published KL of 0.19: ' +
        'sensitivity of the layer times loss of the variant, attention plus FFN; no model was run',
    },
    attention: layers.map(({ attention }) => Float64Array.from(attentionLosses, (loss) => attention * loss)),
    ffn: layers.map(({ ffn }) => Float64Array.from(ffnLosses, (loss) => ffn * loss)),
  };
}

/** A point of a half's curve: relative size (1 is the parent's, 0 is nothing) and harm. */
type Curve = readonly (readonly [size: number, harm: number])[];

/** Undefined where the other library has no lower-is-better score, or does not say what its parent's blocks are. */
export function carriedQuality(parent: ParentModel, space: Space, from: LibraryView): Quality | undefined {
  const wanted = from.header.columns.findIndex(({ id }) => id === from.header.default_objective);
  const column = from.header.columns[wanted];
  const scores = from.values[wanted];
  const donor = from.header.parent;
  if (column === undefined || scores === undefined || column.better !== 'lower' || donor.variants.length !== donor.num_hidden_layers) return undefined;
  const byLayer = Array.from({ length: donor.num_hidden_layers }, (_, layer) => curvesOf(from, scores, layer));
  if (byLayer.some((curves) => curves === undefined)) return undefined;
  const known = byLayer.flatMap((curves) => (curves === undefined ? [] : [curves]));
  // Harm adds up over layers: giving up the same share of a deeper or shallower parent is taken to harm as much.
  const scale = donor.num_hidden_layers / parent.num_hidden_layers;
  const at = (layer: number) => known[Math.round((layer * (known.length - 1)) / Math.max(1, parent.num_hidden_layers - 1))] ?? known[0];
  const layers = Array.from({ length: parent.num_hidden_layers }, (_, layer) => at(layer));
  return {
    column: { id: column.id, label: column.label, unit: column.unit },
    provenance: {
      kind: 'estimated',
      source: `carried over from ${from.header.name} (${column.provenance.source}) to blocks of the same relative depth and size, halves added up; not measured on this parent`,
    },
    attention: layers.map((curves) => Float64Array.from(space.attentions, (attention) => scale * harmOf(curves?.attention ?? [], attentionSize(attention, parent.num_key_value_heads)))),
    ffn: layers.map((curves) => Float64Array.from(space.ffns, (ffn) => scale * harmOf(curves?.ffn ?? [], ffnSize(ffn, parent.intermediate_size)))),
  };
}

/** Sizes are logarithmic for KV heads, from 1 for the parent's down to 0.5 for one head; a linear map counts as 0.2 of a full half. */
const ONE_KV_HEAD = 0.5;
const LINEAR_SIZE = 0.2;

function attentionSize(attention: Attention, parentHeads: number): number {
  switch (attention.kind) {
    case 'gqa':
      return parentHeads === 1 ? 1 : 1 - (1 - ONE_KV_HEAD) * (Math.log2(parentHeads / attention.kv_heads) / Math.log2(parentHeads));
    case 'linear':
      return LINEAR_SIZE;
    case 'no_op':
      return 0;
  }
}

function ffnSize(ffn: Ffn, parentWidth: number): number {
  switch (ffn.kind) {
    case 'swiglu':
      return ffn.intermediate_size / parentWidth;
    case 'linear':
      return LINEAR_SIZE / 4;
    case 'no_op':
      return 0;
  }
}

/** The harm of changing one half of `layer` while the other stays the parent's. */
function curvesOf(view: LibraryView, scores: Float64Array, layer: number): { readonly attention: Curve; readonly ffn: Curve } | undefined {
  const own = view.header.parent.variants[layer];
  const parent = view.variants.find(({ id }) => id === own);
  if (parent?.attention.kind !== 'gqa' || parent.ffn.kind !== 'swiglu') return undefined;
  const [attentionOwn = '', ffnOwn = ''] = parent.id.split('/');
  const attention: [number, number][] = [[1, 0]];
  const ffn: [number, number][] = [[1, 0]];
  let base = 0;
  for (const [choice, first] of view.first_layer.entries()) {
    const variant = view.variants[view.variant[choice] ?? -1];
    if (first !== layer || view.last_layer[choice] !== layer || variant === undefined) continue;
    const [a = '', f = ''] = variant.id.split('/');
    const harm = scores[choice] ?? 0;
    if (a === attentionOwn && f === ffnOwn) base = harm;
    else if (f === ffnOwn) attention.push([attentionSize(variant.attention, parent.attention.kv_heads), harm]);
    else if (a === attentionOwn) ffn.push([ffnSize(variant.ffn, parent.ffn.intermediate_size), harm]);
  }
  const sorted = (curve: readonly (readonly [number, number])[]): Curve => curve.map(([size, harm]) => [size, size === 1 ? 0 : Math.max(0, harm - base)] as const).sort((x, y) => x[0] - y[0]);
  return attention.length > 1 && ffn.length > 1 ? { attention: sorted(attention), ffn: sorted(ffn) } : undefined;
}

/** Linear between measured sizes; below the smallest as much as it harms. */
function harmOf(curve: Curve, size: number): number {
  const after = curve.findIndex(([known]) => known >= size);
  const right = curve[after] ?? curve.at(-1);
  const left = after > 0 ? curve[after - 1] : right;
  if (right === undefined || left === undefined) return 0;
  return right[0] === left[0] ? right[1] : left[1] + ((right[1] - left[1]) * (size - left[0])) / (right[0] - left[0]);
}
