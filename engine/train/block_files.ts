/**
 * Where trained blocks are: a folder per layer or span with one safetensors file per sub-block (decoupled BLD) or per pair
 * (coupled BLD), so that any pair of a layer can be put together without copying. A no-op has no file, and a single layer's
 * own sub-blocks stay in the parent's checkpoint.
 */
import type { BlockTarget } from '../protocol/train.ts';
import { attentionId, ffnId, variantId } from '../protocol/variant.ts';
import { layersName } from './spans.ts';

/** `block` is a pair that was trained together. */
export type BlockPart = BlockTarget['part'];

/** `id` is that of the attention, of the FFN, or of the whole variant. */
export function subBlockPath(blocks: string, parentLayers: readonly number[], part: BlockPart, id: string): string {
  return `${blocks}/${layersName(parentLayers)}/${id.replace('/', '+')}.${part}.safetensors`;
}

/** What the layer's initialisations are made from (`Origin`). */
export function originPath(blocks: string, parentLayers: readonly number[]): string {
  return `${blocks}/${layersName(parentLayers)}/initial.safetensors`;
}

/** Losses of the layer's targets (`LayerTraining`), written last. */
export function trainingPath(blocks: string, parentLayers: readonly number[]): string {
  return `${blocks}/${layersName(parentLayers)}/bld.json`;
}

/** `kv2`, `256` or `kv2/256`. */
export function targetId(target: BlockTarget): string {
  switch (target.part) {
    case 'attention':
      return attentionId(target.attention);
    case 'ffn':
      return ffnId(target.ffn);
    case 'block':
      return variantId(target);
    default:
      return target satisfies never;
  }
}

/** `attention:kv2`, `ffn:256` or `block:kv2/256`: the name of a target in results and on curves. */
export function targetName(target: BlockTarget): string {
  return `${target.part}:${targetId(target)}`;
}
