/**
 * Whether a library can express an architecture, so that its costs and score are known; and if not, why, by what
 * is missing rather than layer by layer.
 */
import type { LibraryView } from '../protocol/library.ts';
import { attentionId, ffnId, type Architecture, type Attention, type Ffn } from '../protocol/variant.ts';
import { layerRanges } from './layer_ranges.ts';

export type Expression =
  /** Index of the library's choice for each block, in order of depth. */
  | { readonly kind: 'expressed'; readonly choices: number[] }
  | { readonly kind: 'inexpressible'; readonly reasons: string[] };

/** Where the library offers a variant for the same layers more than once, the first is taken. */
export function express(architecture: Architecture, view: LibraryView): Expression {
  const differences = parentDifferences(architecture, view);
  if (differences.length > 0) return { kind: 'inexpressible', reasons: differences };
  const choiceByKey = new Map<string, number>();
  for (const [choice, variantIndex] of view.variant.entries()) {
    const key = choiceKey(view.first_layer[choice], view.last_layer[choice], view.variants[variantIndex]?.id);
    if (!choiceByKey.has(key)) choiceByKey.set(key, choice);
  }
  const choices: number[] = [];
  const missing: Architecture['blocks'][number][] = [];
  for (const block of architecture.blocks) {
    const choice = choiceByKey.get(choiceKey(block.parent_layers[0], block.parent_layers.at(-1), block.variant));
    if (choice === undefined) missing.push(block);
    else choices.push(choice);
  }
  return missing.length === 0 ? { kind: 'expressed', choices } : { kind: 'inexpressible', reasons: explain(missing, view) };
}

function choiceKey(first: number | undefined, last: number | undefined, variant: string | undefined): string {
  return `${first}-${last} ${variant}`;
}

/** Differences that leave nothing to compare layer by layer. */
function parentDifferences(architecture: Architecture, view: LibraryView): string[] {
  const { parent } = view.header;
  const layers = architecture.blocks.reduce((sum, block) => sum + block.parent_layers.length, 0);
  if (layers !== parent.num_hidden_layers) return [`it has ${layers} layers, the library's parent ${parent.num_hidden_layers}`];
  const { shape } = parent;
  const differences =
    shape === undefined
      ? []
      : (['hidden_size', 'num_attention_heads', 'head_dim', 'vocab_size'] as const)
          .filter((key) => shape[key] !== architecture.shape[key])
          .map((key) => `${key} is ${architecture.shape[key]}, the library's parent has ${shape[key]}`);
  if (differences.length === 0 && architecture.external) return ["its layers are its own and do not correspond to the parent's"];
  return differences;
}

/** One reason for each sub-block that the library lacks altogether, and one for each variant absent in places. */
function explain(missing: readonly Architecture['blocks'][number][], view: LibraryView): string[] {
  const attentions = new Set(view.variants.map((variant) => attentionId(variant.attention)));
  const ffns = new Set(view.variants.map((variant) => ffnId(variant.ffn)));
  const layersByReason = new Map<string, number[]>();
  for (const { attention, ffn, variant, parent_layers: layers } of missing) {
    const facts: string[] = [];
    if (!attentions.has(attentionId(attention))) facts.push(`${attentionName(attention)} is not in this library`);
    if (!ffns.has(ffnId(ffn))) facts.push(`${ffnName(ffn)} is not in this library`);
    if (facts.length === 0) {
      facts.push(layers.length === 1 ? `${variant} is not offered there` : `${variant} is not offered for such a span of layers`);
    }
    for (const fact of facts) layersByReason.set(fact, [...(layersByReason.get(fact) ?? []), ...layers]);
  }
  return [...layersByReason].map(([fact, layers]) => `${fact}: ${layerRanges(layers)}`);
}

function attentionName(attention: Attention): string {
  switch (attention.kind) {
    case 'gqa':
      return `attention with ${attention.kv_heads} KV head${attention.kv_heads === 1 ? '' : 's'}`;
    case 'linear':
      return 'linear attention';
    case 'no_op':
      return 'leaving out attention';
  }
}

function ffnName(ffn: Ffn): string {
  switch (ffn.kind) {
    case 'swiglu':
      return `an FFN of width ${ffn.intermediate_size}`;
    case 'linear':
      return 'a linear FFN';
    case 'no_op':
      return 'leaving out the FFN';
  }
}
