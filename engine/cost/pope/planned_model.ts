/**
 * The planner's view of a model: groups of equal layers, so that a heterogeneous child is counted layer by layer and
 * a uniform model needs one group. PaLM's presets follow the paper (arXiv 2211.05102, section on the setup).
 */
import { architectureParams } from '../../architecture/count.ts';
import { slidingWindowOf } from '../../architecture/sliding_window.ts';
import type { Architecture, Attention, Ffn } from '../../protocol/variant.ts';
import { PAPER, type PaperModel } from './paper.ts';

/** Equal layers; the FFN's width is `intermediate_size` whether or not it has a gate. */
export interface LayerGroup {
  readonly count: number;
  readonly attention: Attention;
  readonly ffn: Ffn;
  /** Tokens that attention looks back at most; absent where it sees all. */
  readonly window?: number;
}

export interface PlannedModel {
  readonly name: string;
  /** As published, embeddings included; what MFU counts. */
  readonly params: number;
  readonly layers: number;
  /** E of the paper. */
  readonly hidden: number;
  /** F of the paper; mean over all layers. */
  readonly ffn: number;
  readonly heads: number;
  /** Query heads that are computed, where heads are padded to a number that divides over the chips. */
  readonly paddedHeads?: number;
  readonly headDim: number;
  /** The most that any layer has; 0 without attention. */
  readonly kvHeads: number;
  /** Attention and FFN side by side on one input, as in PaLM. */
  readonly parallelBlock: boolean;
  /** Three FFN matrices instead of two. */
  readonly swiglu: boolean;
  readonly vocab: number;
  readonly groups: readonly LayerGroup[];
}

/** From any architecture; its layers run attention and FFN in sequence, as the Llama family does. */
export function plannedModel(architecture: Architecture): PlannedModel {
  const { shape, blocks, name } = architecture;
  const groups = new Map<string, LayerGroup>();
  for (const { variant, attention, ffn, parent_layers: layers } of blocks) {
    const window = slidingWindowOf(shape, layers[0] ?? 0);
    const key = `${variant} ${window ?? ''}`;
    groups.set(key, { attention, ffn, count: (groups.get(key)?.count ?? 0) + 1, ...(window === undefined ? {} : { window }) });
  }
  return withSums({
    name,
    params: architectureParams(architecture),
    hidden: shape.hidden_size,
    heads: shape.num_attention_heads,
    headDim: shape.head_dim,
    parallelBlock: false,
    swiglu: true,
    vocab: shape.vocab_size,
    groups: [...groups.values()],
  });
}

/** `palm-8b`, `palm-62b` and `palm-540b`. */
export function palmModel(id: string): PlannedModel | undefined {
  const found = PAPER.models.find((model) => model.id === id);
  return found === undefined ? undefined : fromPaper(found);
}

export function palmIds(): readonly string[] {
  return PAPER.models.map(({ id }) => id);
}

/** The same model with other keys and values, such as the multi-head PaLM 540B of the paper's Table 1. */
export function withAttention(model: PlannedModel, kvHeads: number, headDim: number): PlannedModel {
  return withSums({
    ...model,
    headDim,
    groups: model.groups.map((group) => ({ ...group, attention: { kind: 'gqa', kv_heads: kvHeads } })),
  });
}

export function computedHeads(model: PlannedModel): number {
  return model.paddedHeads ?? model.heads;
}

/** Weights of the attention matrices of one layer, padding included; norms left aside. */
export function attentionWeights(model: PlannedModel, attention: Attention): number {
  switch (attention.kind) {
    case 'gqa':
      return 2 * model.hidden * model.headDim * (computedHeads(model) + attention.kv_heads);
    case 'linear':
      return model.hidden ** 2;
    case 'no_op':
      return 0;
  }
}

/** Weights of the FFN matrices of one layer; norms left aside. */
export function ffnWeights(model: PlannedModel, ffn: Ffn): number {
  switch (ffn.kind) {
    case 'swiglu':
      return (model.swiglu ? 3 : 2) * model.hidden * ffn.intermediate_size;
    case 'linear':
      return model.hidden ** 2;
    case 'no_op':
      return 0;
  }
}

/** Matrix weights of all layers, padding included. */
export function blockWeights(model: PlannedModel): number {
  return sumOver(model, ({ attention, ffn }) => attentionWeights(model, attention) + ffnWeights(model, ffn));
}

/** Parameters held in memory: the published ones and those of padded heads. */
export function executedParams(model: PlannedModel): number {
  const padded = computedHeads(model) - model.heads;
  return model.params + sumOver(model, ({ attention }) => (attention.kind === 'gqa' ? 2 * model.hidden * model.headDim * padded : 0));
}

/** Keys and values of one token in all layers, elements, short of any window. */
export function kvElementsPerToken(model: PlannedModel): number {
  return sumOver(model, ({ attention }) => (attention.kind === 'gqa' ? 2 * attention.kv_heads * model.headDim : 0));
}

export function sumOver(model: Pick<PlannedModel, 'groups'>, of: (group: LayerGroup) => number): number {
  return model.groups.reduce((sum, group) => sum + group.count * of(group), 0);
}

function fromPaper(paper: PaperModel): PlannedModel {
  return withSums({
    name: paper.name,
    params: paper.params,
    hidden: paper.hidden,
    heads: paper.heads,
    ...(paper.padded_heads === undefined ? {} : { paddedHeads: paper.padded_heads }),
    headDim: paper.head_dim,
    parallelBlock: true,
    swiglu: true,
    vocab: paper.vocab,
    groups: [
      {
        count: paper.layers,
        attention: { kind: 'gqa', kv_heads: paper.kv_heads },
        ffn: { kind: 'swiglu', intermediate_size: paper.ffn },
      },
    ],
  });
}

function withSums(model: Omit<PlannedModel, 'layers' | 'ffn' | 'kvHeads'>): PlannedModel {
  const layers = sumOver(model, () => 1);
  return {
    ...model,
    layers,
    ffn: sumOver(model, ({ ffn }) => (ffn.kind === 'swiglu' ? ffn.intermediate_size : 0)) / layers,
    kvHeads: Math.max(0, ...model.groups.map(({ attention }) => (attention.kind === 'gqa' ? attention.kv_heads : 0))),
  };
}
