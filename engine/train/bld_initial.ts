/**
 * What a block starts from in distillation: the parent's weights, made into the variant, or for a pair the halves that were
 * trained alone before (the second of Puzzle's two stages, arXiv 2411.19146).
 */
import type { BlockTarget, JobOf } from '../protocol/train.ts';
import { attentionId, ffnId, type Block, type ModelShape } from '../protocol/variant.ts';
import type { Files } from '../transformer/files.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { readTensors } from '../transformer/tensor_file.ts';
import { subBlockPath, targetName } from './block_files.ts';
import { initialiseAttention } from './initialise_attention.ts';
import { initialiseFfn } from './initialise_ffn.ts';

/** The layer of the parent that a block is made from. */
export interface Original {
  readonly shape: ModelShape;
  readonly block: Block;
  readonly own: HostWeights;
  /** Contributions of its FFN's channels. */
  readonly channels: Float32Array<ArrayBuffer> | undefined;
}

/**
 * Weights of the halves that the target trains, by name relative to the layer. A pair takes halves of earlier jobs, not those
 * of its own: they may or may not be there, depending on where it was stopped before.
 * @throws WorkbenchError `bad_input` where the variant cannot be made from the parent's.
 */
export async function initialWeights({ out, parent_layers: layers, targets }: JobOf<'distil_blocks'>, files: Files, target: BlockTarget, original: Original): Promise<HostWeights> {
  const { shape, block, own, channels } = original;
  const half = async (part: 'attention' | 'ffn', id: string, fresh: () => Promise<HostWeights>): Promise<HostWeights> => {
    const path = subBlockPath(out, layers, part, id);
    const isEarlier = target.part === 'block' && !targets.some((other) => targetName(other) === `${part}:${id}`);
    return isEarlier && (await files.exists(path)) ? (await readTensors(files, path)).tensors : fresh();
  };
  const attention = target.part === 'ffn' ? {} : await half('attention', attentionId(target.attention), () => initialiseAttention(shape, block.attention, own, target.attention));
  const ffn = target.part === 'attention' ? {} : await half('ffn', ffnId(target.ffn), () => initialiseFfn(block.ffn, own, target.ffn, channels));
  return { ...attention, ...ffn };
}
