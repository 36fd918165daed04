/**
 * The weights of one chosen block: the parent's own sub-blocks from its checkpoint, all others from the folder of trained
 * blocks, or made anew where their initialisations are asked for. A pair that was trained together comes before its halves.
 */
import { badInput } from '../protocol/errors.ts';
import { attentionId, ffnId, type Block, type ChosenBlock } from '../protocol/variant.ts';
import type { Files } from '../transformer/files.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import type { ModelSource } from '../transformer/model_source.ts';
import { readTensors } from '../transformer/tensor_file.ts';
import { blockWeightShapes, weightsOf, type SubBlock } from '../transformer/weights.ts';
import { subBlockPath } from './block_files.ts';
import { initialiseAttention } from './initialise_attention.ts';
import { initialiseFfn } from './initialise_ffn.ts';
import { readOrigin } from './initialise_origin.ts';
import { layersInWords } from './spans.ts';

export interface BlockSource {
  readonly files: Files;
  readonly parent: Pick<ModelSource, 'architecture' | 'block'>;
  /** Folder of trained blocks. */
  readonly blocks: string;
  /** False takes every variant's initialisation. */
  readonly trained: boolean;
}

/** Where the halves of a block come from; equal words mean equal weights. */
export interface BlockOrigins {
  readonly attention: string;
  readonly ffn: string;
}

type Choice = Pick<ChosenBlock, 'parent_layers' | 'attention' | 'ffn' | 'variant'>;

/** Whether the half is the parent's own, which has no file; a block for several layers has no half of the parent's. */
export function isParents(parent: BlockSource['parent'], { parent_layers: layers, ...block }: Pick<Choice, 'parent_layers'> & Block, part: SubBlock): boolean {
  const [layer = 0] = layers;
  const own = parent.architecture.blocks[layer];
  if (layers.length !== 1 || own === undefined) return false;
  return part === 'attention' ? attentionId(own.attention) === attentionId(block.attention) : ffnId(own.ffn) === ffnId(block.ffn);
}

/** For work that two blocks may share. */
export async function blockOrigins(source: BlockSource, choice: Choice): Promise<BlockOrigins> {
  const { attention, ffn } = await halves(source, choice);
  const word = (half: Half, id: string): string => (half.kind === 'file' ? half.path : `${half.kind} ${id}`);
  return { attention: word(attention, attentionId(choice.attention)), ffn: word(ffn, ffnId(choice.ffn)) };
}

/**
 * By names relative to the layer, in the order of `blockWeightShapes`.
 * @throws WorkbenchError `bad_input` where a sub-block is wanted that was not trained, or a file holds another one's weights.
 */
export async function readBlock(source: BlockSource, choice: Choice): Promise<HostWeights> {
  const { attention, ffn } = await halves(source, choice);
  const found = { ...(await readHalf(source, choice, 'attention', attention)), ...(await readHalf(source, choice, 'ffn', ffn)) };
  return Object.fromEntries(
    Object.entries(blockWeightShapes(source.parent.architecture.shape, choice)).map(([name, shape]) => {
      const tensor = found[name];
      if (tensor === undefined || tensor.shape.join() !== shape.join()) {
        const half = name.startsWith('input_layernorm') || name.startsWith('self_attn') ? attention : ffn;
        const file = half.kind === 'file' ? half.path : layersInWords(choice.parent_layers);
        throw badInput(file, name, `a tensor of ${shape.join(' x ')}`, tensor === undefined ? 'none' : tensor.shape.join(' x '), 'Train blocks for this layer again.');
      }
      return [name, { shape, data: tensor.data }];
    }),
  );
}

type Half = { readonly kind: 'none' | 'parent' | 'initial' } | { readonly kind: 'file'; readonly path: string };

async function halves(source: BlockSource, choice: Choice): Promise<Readonly<Record<SubBlock, Half>>> {
  const { files, parent, blocks, trained } = source;
  const { parent_layers: layers, attention, ffn } = choice;
  const bothParents = isParents(parent, choice, 'attention') && isParents(parent, choice, 'ffn');
  const bothNone = attention.kind === 'no_op' && ffn.kind === 'no_op';
  const pair = subBlockPath(blocks, layers, 'block', choice.variant);
  const paired = trained && !bothParents && !bothNone && (await files.exists(pair));
  const half = (part: SubBlock, absent: boolean, id: string): Half => {
    if (absent) return { kind: 'none' };
    if (paired) return { kind: 'file', path: pair };
    if (isParents(parent, choice, part)) return { kind: 'parent' };
    return trained ? { kind: 'file', path: subBlockPath(blocks, layers, part, id) } : { kind: 'initial' };
  };
  return { attention: half('attention', attention.kind === 'no_op', attentionId(attention)), ffn: half('ffn', ffn.kind === 'no_op', ffnId(ffn)) };
}

async function readHalf({ files, parent, blocks }: BlockSource, choice: Choice, part: SubBlock, half: Half): Promise<HostWeights> {
  const { parent_layers: layers } = choice;
  switch (half.kind) {
    case 'none':
      return {};
    case 'parent':
      return weightsOf(await parent.block(layers[0] ?? 0), part);
    case 'file': {
      if (!(await files.exists(half.path))) {
        throw badInput(half.path, '', `trained weights for ${choice.variant} in place of ${layersInWords(layers)}`, 'no such file', 'Train this sub-block, or use initialisations.');
      }
      return weightsOf((await readTensors(files, half.path)).tensors, part);
    }
    case 'initial': {
      const { layer, channels } = await readOrigin(files, blocks, layers);
      const own = parent.architecture.blocks[layer];
      if (own === undefined) throw new RangeError(`The parent has no layer ${layer}.`);
      const weights = await parent.block(layer);
      return part === 'attention'
        ? initialiseAttention(parent.architecture.shape, own.attention, weights, choice.attention)
        : initialiseFfn(own.ffn, weights, choice.ffn, channels);
    }
    default:
      return half satisfies never;
  }
}
