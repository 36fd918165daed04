/**
 * What a block's initialisation needs beside the parent's weights: the layer it starts from and the contributions of that
 * layer's channels. It is kept next to trained blocks, so that "without BLD" can be put together from the same folder.
 */
import { badInput } from '../protocol/errors.ts';
import type { Files } from '../transformer/files.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { readTensors, writeTensors } from '../transformer/tensor_file.ts';
import { originPath } from './block_files.ts';
import { contributionsPath, mostActiveLayer, readContributions, type LayerContribution } from './channel_contribution.ts';
import { layersInWords } from './spans.ts';

export interface Origin {
  /** Layer of the parent whose weights the block's are made from. */
  readonly layer: number;
  /** Contribution of each channel of that layer's FFN; absent where nobody measured it or there are none. */
  readonly channels: Float32Array<ArrayBuffer> | undefined;
}

export function originFrom(contributions: readonly LayerContribution[], parentLayers: readonly number[], file: string): Origin {
  const layer = mostActiveLayer(contributions, parentLayers, file);
  return { layer, channels: contributions[layer]?.channels };
}

export function writeOrigin(files: Files, blocks: string, parentLayers: readonly number[], { layer, channels }: Origin): Promise<void> {
  const tensors: HostWeights = channels === undefined ? {} : { channels: { shape: [channels.length], data: channels } };
  return writeTensors(files, originPath(blocks, parentLayers), tensors, { layer: String(layer) });
}

/**
 * From a folder of blocks, or from one of recorded activations. A single layer starts from itself even where nothing is
 * recorded. @throws WorkbenchError `bad_input` for a span of which nothing is known.
 */
export async function readOrigin(files: Files, blocks: string, parentLayers: readonly number[]): Promise<Origin> {
  const own = originPath(blocks, parentLayers);
  if (await files.exists(own)) {
    const { tensors, metadata } = await readTensors(files, own);
    const layer = Number(metadata['layer']);
    if (!parentLayers.includes(layer)) throw badInput(own, '__metadata__.layer', `one of the layers ${parentLayers.join(', ')}`, metadata['layer'] ?? 'nothing');
    return { layer, channels: tensors['channels']?.data };
  }
  const all = contributionsPath(blocks);
  if (await files.exists(all)) return originFrom(await readContributions(files, blocks), parentLayers, all);
  const [layer = 0] = parentLayers;
  if (parentLayers.length === 1) return { layer, channels: undefined };
  throw badInput(blocks, '', `where a block for ${layersInWords(parentLayers)} starts from`, 'nothing', "Record the parent's activations and train blocks for these layers first.");
}
