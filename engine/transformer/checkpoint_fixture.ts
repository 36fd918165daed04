/** For tests: models of any small shape, with weights that tell where they belong. */
import { chosenBlock, type Architecture, type Block, type ModelShape } from '../protocol/variant.ts';
import type { WeightSource } from './checkpoint.ts';
import { elementCount, type HostTensor } from './host_tensor.ts';
import { blockWeightShapes, modelWeightNames, modelWeightShapes } from './weights.ts';

export const TINY_SHAPE: ModelShape = {
  hidden_size: 8,
  num_attention_heads: 4,
  head_dim: 2,
  vocab_size: 10,
  tie_word_embeddings: false,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
};

export const FULL: Block = { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 256 } };

export function architectureOf(blocks: readonly Block[], shape: Partial<ModelShape> = {}): Architecture {
  return {
    id: 'tiny',
    name: 'Tiny',
    external: false,
    shape: { ...TINY_SHAPE, ...shape },
    blocks: blocks.map((block, layer) => chosenBlock([layer], block)),
    source: 'test',
  };
}

/** Weights that differ in every element and every tensor, with bits that only float32 can hold. */
export function sourceOf({ shape, blocks }: Architecture): WeightSource {
  const outside = modelWeightShapes(shape);
  const part = (name: string): Promise<HostTensor> => {
    const sizes = outside[name];
    if (sizes === undefined) throw new RangeError(`The model has no ${name} of its own.`);
    return Promise.resolve(filled(name, sizes));
  };
  return {
    embedding: () => part(modelWeightNames.embedding),
    finalNorm: () => part(modelWeightNames.finalNorm),
    head: () => part(modelWeightNames.head),
    block: (layer) => {
      const block = blocks[layer];
      if (block === undefined) throw new RangeError(`There is no layer ${layer}.`);
      const shapes = Object.entries(blockWeightShapes(shape, block));
      return Promise.resolve(Object.fromEntries(shapes.map(([name, sizes]) => [name, filled(`${layer}.${name}`, sizes)])));
    },
  };
}

function filled(name: string, shape: readonly number[]): HostTensor {
  let seed = 7;
  for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) | 0;
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(seed + i)) };
}
