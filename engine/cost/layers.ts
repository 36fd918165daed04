/** Layers with the number formats and kernels of each, and what of them is alike: costs are worked out once for that. */
import type { Hardware } from '../hardware/calibrations.ts';
import type { Deployment } from '../protocol/cost.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Format } from '../protocol/hardware.ts';
import { attentionId, ffnId, type Attention, type ChosenBlock, type Ffn } from '../protocol/variant.ts';
import { kernelsFor, type Kernels } from './kernels.ts';

export interface LayerFormats {
  readonly weights: Format;
  readonly activations: Format;
  readonly kv: Format;
}

export interface Layer {
  readonly block: ChosenBlock;
  readonly formats: LayerFormats;
  readonly kernels: Kernels;
}

/** Equal sub-blocks in one number format. */
interface Group<T> {
  readonly part: T;
  readonly kernels: Kernels;
  count: number;
}

export interface LayerGroups {
  readonly attentions: readonly Group<Attention>[];
  readonly ffns: readonly Group<Ffn>[];
}

/** @throws WorkbenchError `bad_input` where `layer_formats` names a layer that there is not. */
export function layersOf(blocks: readonly ChosenBlock[], deployment: Deployment, kernels: Kernels, hardware: Hardware): readonly Layer[] {
  const { weights, activations, kv } = deployment;
  const usual: LayerFormats = { weights, activations, kv };
  const formats = blocks.map((): LayerFormats => usual);
  const known = new Map<string, Kernels>();
  for (const { layers, ...other } of deployment.layer_formats) {
    for (const layer of layers) {
      const before = formats[layer];
      if (before === undefined) {
        throw new WorkbenchError('bad_input', `layer_formats names layer ${layer}, and the model has ${blocks.length}.`, { hint: 'Layers count from 0.' });
      }
      formats[layer] = { ...before, ...other };
    }
  }
  return blocks.map((block, layer) => {
    const own = formats[layer] ?? usual;
    if (own === usual) return { block, formats: own, kernels };
    const key = `${own.weights} ${own.activations} ${own.kv}`;
    const made = known.get(key) ?? kernelsFor({ ...deployment, ...own }, hardware);
    known.set(key, made);
    return { block, formats: own, kernels: made };
  });
}

export function groupsOf(layers: readonly Layer[]): LayerGroups {
  return {
    attentions: grouped(layers, ({ block }) => block.attention, attentionId),
    ffns: grouped(layers, ({ block }) => block.ffn, ffnId),
  };
}

function grouped<T>(layers: readonly Layer[], partOf: (layer: Layer) => T, idOf: (part: T) => string): Group<T>[] {
  const groups: (Group<T> & { readonly id: string })[] = [];
  for (const layer of layers) {
    const part = partOf(layer);
    const id = idOf(part);
    const known = groups.find((group) => group.id === id && group.kernels === layer.kernels);
    if (known === undefined) groups.push({ id, part, kernels: layer.kernels, count: 1 });
    else known.count++;
  }
  return groups;
}
