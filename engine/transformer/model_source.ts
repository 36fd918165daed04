/** Where a model's weights come from, piece by piece: a checkpoint on disk, memory, or a composition of several. */
import { WorkbenchError } from '../protocol/errors.ts';
import type { Architecture } from '../protocol/variant.ts';
import type { HostTensor, HostWeights } from './host_tensor.ts';
import { initialModelWeights, initialWeights, modelWeightNames } from './weights.ts';

export interface ModelSource {
  readonly architecture: Architecture;
  /** Fields of the configuration file beyond the architecture, where there is one. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Weights of the architecture's block `index`, by name relative to the layer. */
  block(index: number): Promise<HostWeights>;
  /** [V, H] */
  embedding(): Promise<HostTensor>;
  /** Rows of the embedding by token id, [ids, H]. */
  embeddingRows(ids: ArrayLike<number>): Promise<HostTensor>;
  /** [H] */
  finalNorm(): Promise<HostTensor>;
  /** [V, H]; the embedding where the model ties them. */
  head(): Promise<HostTensor>;
  /** Rows `from` to `to` (not included) of the head. */
  headRows(from: number, to: number): Promise<HostTensor>;
}

/** A model whose weights are all in memory. `outside` holds embedding, final norm and head by their full names. */
export class MemorySource implements ModelSource {
  readonly architecture: Architecture;
  readonly blocks: readonly HostWeights[];
  readonly outside: HostWeights;

  constructor(architecture: Architecture, blocks: readonly HostWeights[], outside: HostWeights) {
    this.architecture = architecture;
    this.blocks = blocks;
    this.outside = outside;
  }

  /** A new model with random weights; `normal` gives standard normal numbers. */
  static initialised(architecture: Architecture, normal: () => number): MemorySource {
    const { shape, blocks } = architecture;
    const outside = initialModelWeights(shape, normal);
    return new MemorySource(architecture, blocks.map((block) => initialWeights(shape, block, blocks.length, normal)), outside);
  }

  block(index: number): Promise<HostWeights> {
    const block = this.blocks[index];
    return block === undefined ? Promise.reject(new RangeError(`There is no layer ${index}.`)) : Promise.resolve(block);
  }

  embedding(): Promise<HostTensor> {
    return this.#tensor(modelWeightNames.embedding);
  }

  async embeddingRows(ids: ArrayLike<number>): Promise<HostTensor> {
    const { shape, data } = await this.embedding();
    const width = shape[1] ?? 0;
    const rows = new Float32Array(ids.length * width);
    for (const [row, id] of Array.from(ids).entries()) rows.set(data.subarray(id * width, (id + 1) * width), row * width);
    return { shape: [ids.length, width], data: rows };
  }

  finalNorm(): Promise<HostTensor> {
    return this.#tensor(modelWeightNames.finalNorm);
  }

  head(): Promise<HostTensor> {
    return this.#tensor(this.architecture.shape.tie_word_embeddings ? modelWeightNames.embedding : modelWeightNames.head);
  }

  async headRows(from: number, to: number): Promise<HostTensor> {
    const { shape, data } = await this.head();
    const width = shape[1] ?? 0;
    return { shape: [to - from, width], data: data.slice(from * width, to * width) };
  }

  #tensor(name: string): Promise<HostTensor> {
    const tensor = this.outside[name];
    if (tensor === undefined) return Promise.reject(new WorkbenchError('internal', `The model in memory has no ${name}.`));
    return Promise.resolve(tensor);
  }
}
