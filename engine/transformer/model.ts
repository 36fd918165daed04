/**
 * A model that runs layer by layer. Where it is *resident*, weights are uploaded once and stay until `dispose`. Otherwise one
 * block at a time is on the device: it is uploaded, does its work for every batch of the pass, and goes, while hidden states
 * wait in ordinary memory; so models many times larger than the device's memory run.
 */
import * as tf from '@tensorflow/tfjs-core';
import { architectureParams } from '../architecture/count.ts';
import type { Architecture, ChosenBlock, ModelShape } from '../protocol/variant.ts';
import { embed, type RopeTables } from '../tensor/ops/index.ts';
import { forwardBlock } from './block.ts';
import { disposeWeights, downloadTensor, upload, uploadBlock, type DeviceWeights } from './device_weights.ts';
import { logitsOf, openHead, type Head, type OpenHead } from './head.ts';
import type { HostTensor } from './host_tensor.ts';
import type { ModelSource } from './model_source.ts';
import { disposeRope, ropeTables } from './rope.ts';
import { checkBatch, sequencesOf, uploadIds, type TokenBatch } from './token_batch.ts';
import { refuseLongerThanWindow, refuseUnsupported } from './unsupported.ts';

/** What the weights of a resident model may take: little enough for the wasm heap and small GPUs, with room to work. */
const RESIDENT_LIMIT_BYTES = 1.5 * 2 ** 30;

/** Whether a model is better kept resident than taken block by block. */
export function fitsResident(architecture: Pick<Architecture, 'shape' | 'blocks'>): boolean {
  return architectureParams(architecture) * Float32Array.BYTES_PER_ELEMENT <= RESIDENT_LIMIT_BYTES;
}

export interface PassOptions {
  /** First layer to run; hidden states that enter it come from `input`. 0 where absent. */
  readonly from?: number;
  /** The layer before which to stop; all layers run where absent. */
  readonly to?: number;
  /** States [B, T, H] that enter layer `from`, by batch; the pass disposes them. Embeddings where absent. */
  readonly input?: (batch: number) => tf.Tensor3D | Promise<tf.Tensor3D>;
  /**
   * Called with the states [B, T, H] at each boundary from `from` to `to`: boundary i enters layer i, and the last one
   * leaves the last layer. They are disposed of afterwards. Batches come in order at each boundary, and boundaries in order
   * for each batch; nothing else is promised.
   */
  readonly onBoundary?: (boundary: number, batch: number, x: tf.Tensor3D) => void | Promise<void>;
  /** Awaited once per layer and batch. */
  readonly breathe?: () => Promise<void>;
}

export class Model {
  readonly architecture: Architecture;
  readonly resident: boolean;
  readonly source: ModelSource;
  readonly #blocks = new Map<number, DeviceWeights>();
  #head: OpenHead | undefined;
  #embedding: tf.Tensor2D | undefined;
  #rope: { readonly length: number; readonly tables: RopeTables } | undefined;

  /** Uploads nothing yet. @throws WorkbenchError `bad_input` where the model is of a kind that cannot be run. */
  constructor(source: ModelSource, options: { readonly resident: boolean }) {
    const { architecture, config } = source;
    refuseUnsupported({ ...architecture, ...(config !== undefined && { config }) });
    this.architecture = architecture;
    this.source = source;
    this.resident = options.resident;
  }

  get shape(): ModelShape {
    return this.architecture.shape;
  }

  get layers(): number {
    return this.architecture.blocks.length;
  }

  blockAt(layer: number): ChosenBlock {
    const block = this.architecture.blocks[layer];
    if (block === undefined) throw new RangeError(`The model has ${this.layers} layers; there is no layer ${layer}.`);
    return block;
  }

  /** Does `use` with the layer's weights on the device; they are not `use`'s to dispose of, and only there until it is done. */
  async withBlock<T>(layer: number, use: (weights: DeviceWeights, block: ChosenBlock) => T | Promise<T>): Promise<T> {
    const block = this.blockAt(layer);
    const weights = this.#blocks.get(layer) ?? uploadBlock(await this.source.block(layer));
    if (this.resident) {
      this.#blocks.set(layer, weights);
      return use(weights, block);
    }
    try {
      return await use(weights, block);
    } finally {
      disposeWeights(weights);
    }
  }

  /** The same for final norm and head. A large head is there in pieces only, see `openHead`. */
  async withHead<T>(use: (head: Head) => T | Promise<T>): Promise<T> {
    const head = this.#head ?? (await this.#openHead());
    if (this.resident) {
      this.#head = head;
      return use(head);
    }
    try {
      return await use(head);
    } finally {
      head.dispose();
    }
  }

  /** Rotary tables of the positions of a sequence; they stay the model's, even where a tidy surrounds the call. */
  rope(length: number): RopeTables {
    if (this.#rope?.length === length) return this.#rope.tables;
    const { cos, sin } = ropeTables(this.shape, length);
    const tables = { cos: tf.keep(cos), sin: tf.keep(sin) };
    if (this.#rope !== undefined) disposeRope(this.#rope.tables);
    this.#rope = { length, tables };
    return tables;
  }

  /** Embeddings of the tokens, [B, T, H]; the caller disposes them. @throws WorkbenchError `bad_input` for stray ids. */
  async embed(batch: TokenBatch): Promise<tf.Tensor3D> {
    checkBatch(batch, this.shape.vocab_size);
    if (!this.resident) {
      const rows = await this.source.embeddingRows(batch.ids);
      return upload({ ...rows, shape: [sequencesOf(batch), batch.length, this.shape.hidden_size] }) as tf.Tensor3D;
    }
    const table = await this.#embeddingTable();
    return tf.tidy(() => embed(table, uploadIds(batch)));
  }

  /** Runs layers `from` to `to` on all batches and disposes of what comes out: see `onBoundary`. */
  async pass(batches: readonly TokenBatch[], options: PassOptions = {}): Promise<void> {
    if (this.resident || batches.length === 1) {
      for (const [index, batch] of batches.entries()) (await this.#deep(batch, index, options)).dispose();
    } else await this.#wide(batches, options);
  }

  /** States [B, T, H] that leave layer `to` - 1 for one batch; the caller disposes them. */
  hiddenStates(batch: TokenBatch, options: PassOptions = {}): Promise<tf.Tensor3D> {
    return this.#deep(batch, 0, options);
  }

  /** Logits [B, T, V] of one batch; the caller disposes them. */
  async logits(batch: TokenBatch): Promise<tf.Tensor3D> {
    const x = await this.hiddenStates(batch);
    try {
      return await this.withHead((head) => logitsOf(this.shape, head, x));
    } finally {
      x.dispose();
    }
  }

  /** Frees everything on the device. */
  dispose(): void {
    for (const weights of this.#blocks.values()) disposeWeights(weights);
    this.#blocks.clear();
    this.#head?.dispose();
    this.#head = undefined;
    this.#embedding?.dispose();
    this.#embedding = undefined;
    if (this.#rope !== undefined) disposeRope(this.#rope.tables);
    this.#rope = undefined;
  }

  /** One batch through all layers. */
  async #deep(batch: TokenBatch, index: number, options: PassOptions): Promise<tf.Tensor3D> {
    const { from = 0, to = this.layers } = options;
    let x = await this.#start(batch, index, options);
    try {
      await options.onBoundary?.(from, index, x);
      for (let layer = from; layer < to; layer++) {
        x = await this.withBlock(layer, (weights, block) => this.#advance(block, weights, x));
        await options.onBoundary?.(layer + 1, index, x);
        await options.breathe?.();
      }
    } catch (thrown) {
      x.dispose();
      throw thrown;
    }
    return x;
  }

  /** One layer for all batches, then the next. */
  async #wide(batches: readonly TokenBatch[], options: PassOptions): Promise<void> {
    const { from = 0, to = this.layers } = options;
    const waiting: HostTensor[] = [];
    const finish = async (x: tf.Tensor3D, boundary: number, index: number): Promise<void> => {
      try {
        await options.onBoundary?.(boundary, index, x);
        if (boundary < to) waiting[index] = await downloadTensor(x);
      } finally {
        x.dispose();
      }
    };
    for (const [index, batch] of batches.entries()) await finish(await this.#start(batch, index, options), from, index);
    for (let layer = from; layer < to; layer++) {
      await this.withBlock(layer, async (weights, block) => {
        for (const [index, host] of waiting.entries()) {
          await finish(this.#advance(block, weights, upload(host) as tf.Tensor3D), layer + 1, index);
          await options.breathe?.();
        }
      });
    }
  }

  async #start(batch: TokenBatch, index: number, { from = 0, to = this.layers, input }: PassOptions): Promise<tf.Tensor3D> {
    if (from < 0 || from > to || to > this.layers) throw new RangeError(`Layers ${from} to ${to} are none of ${this.layers}.`);
    if (from > 0 && input === undefined) throw new RangeError(`States that enter layer ${from} are needed.`);
    refuseLongerThanWindow(this.architecture, batch.length);
    return input === undefined ? this.embed(batch) : input(index);
  }

  /** The layer's output; `x` is disposed of. */
  #advance(block: ChosenBlock, weights: DeviceWeights, x: tf.Tensor3D): tf.Tensor3D {
    const y = forwardBlock(this.shape, block, weights, x, this.rope(x.shape[1]));
    x.dispose();
    return y;
  }

  async #embeddingTable(): Promise<tf.Tensor2D> {
    this.#embedding ??= upload(await this.source.embedding()) as tf.Tensor2D;
    return this.#embedding;
  }

  async #openHead(): Promise<OpenHead> {
    if (!this.resident || !this.shape.tie_word_embeddings) return openHead(this.shape, this.source, this.resident ? Infinity : undefined);
    const head = await this.#embeddingTable();
    const finalNorm = upload(await this.source.finalNorm()) as tf.Tensor1D;
    return { finalNorm, head, dispose: () => finalNorm.dispose() };
  }
}
