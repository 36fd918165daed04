/**
 * The layout of Puzzletron (NVIDIA Model Optimizer): one safetensors file per sub-block in `subblocks_safetensors`, an index
 * over them, a configuration with `block_configs`, and `replacement_library.json`, which says for each layer of the parent
 * what replaces it and where its weights are.
 */
import type { Architecture } from '../protocol/variant.ts';
import { SUB_BLOCKS_FOLDER, type WeightFile } from '../transformer/checkpoint_write.ts';
import { puzzletronBlocks } from '../transformer/hf_config.ts';
import type { PlannedTensor } from '../transformer/safetensors_write.ts';
import { modelWeightNames, subBlockOf, type SubBlock } from '../transformer/weights.ts';

export const REPLACEMENT_LIBRARY_FILE = 'replacement_library.json';

/** Every sub-block that has weights in a file of its own, final norm and head together; in the order of `tensors`. */
export function inSubBlocks(tensors: readonly PlannedTensor[]): readonly WeightFile[] {
  const files = new Map<string, PlannedTensor[]>();
  for (const tensor of tensors) {
    const name = `${SUB_BLOCKS_FOLDER}/${fileOf(tensor.name)}.safetensors`;
    files.set(name, [...(files.get(name) ?? []), tensor]);
  }
  return [...files].map(([name, of]) => ({ name, tensors: of }));
}

/** One entry per block; paths are relative to the exported folder. */
export function replacementLibrary(architecture: Architecture): readonly object[] {
  const configs = puzzletronBlocks(architecture);
  return architecture.blocks.map((block, layer) => ({
    parent_layer_indices: architecture.external ? [layer] : block.parent_layers,
    child_block_configs: [configs[layer]],
    weight_paths: [
      ...(block.attention.kind === 'no_op' ? [] : [pathOf(layer, 'attention')]),
      ...(block.ffn.kind === 'no_op' ? [] : [pathOf(layer, 'ffn')]),
    ],
  }));
}

function pathOf(layer: number, part: SubBlock): string {
  return `${SUB_BLOCKS_FOLDER}/block_${layer}_${part}.safetensors`;
}

function fileOf(name: string): string {
  if (name === modelWeightNames.embedding) return 'embeddings';
  const match = /^model\.layers\.(\d+)\.(.+)$/.exec(name);
  const [, layer, rest] = match ?? [];
  return layer === undefined || rest === undefined ? 'lm_head' : `block_${layer}_${subBlockOf(rest)}`;
}
