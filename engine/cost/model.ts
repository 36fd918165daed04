/**
 * A model on its hardware: memory per device and the time of one step, from distinct blocks rather than layers. Layers of
 * equal sub-blocks and formats are counted once and multiplied.
 */
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import { bytesOf } from '../hardware/formats.ts';
import type { Deployment } from '../protocol/cost.ts';
import type { Format } from '../protocol/hardware.ts';
import type { Architecture, Attention, ChosenBlock, Ffn, ModelShape } from '../protocol/variant.ts';
import { attentionId, ffnId } from '../protocol/variant.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { attentionParams, ffnParams } from '../architecture/count.ts';
import { kernelsFor, type Kernels } from './kernels.ts';
import { balancedStages, type Stage } from './stages.ts';
import { attentionSeconds, ffnSeconds, headSeconds, headsPerDevice, tokensOf, type Step } from './sub_block.ts';

/** Embeddings and head stay in bf16 in quantised checkpoints (TensorRT-LLM and ModelOpt leave them out). */
const OUTSIDE_BYTES = 2;
/** Work space: bytes per token of the largest step and value of the residual stream. */
const ACTIVATION_BYTES = 12;

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

/** Sub-blocks of one kind in one stage. */
interface Group<T> {
  readonly part: T;
  readonly kernels: Kernels;
  count: number;
}

interface StageGroups {
  readonly attentions: readonly Group<Attention>[];
  readonly ffns: readonly Group<Ffn>[];
}

export type Served = Pick<Architecture, 'name' | 'shape' | 'blocks'>;

export class Model {
  readonly name: string;
  readonly shape: ModelShape;
  readonly deployment: Deployment;
  /** For what lies outside the layers, and the end-to-end constants. */
  readonly kernels: Kernels;
  readonly layers: readonly Layer[];
  readonly stages: readonly Stage[];
  readonly #groups: readonly StageGroups[];

  /** @throws WorkbenchError `bad_input` for an unknown device, calibration or format, or more stages than layers. */
  constructor(architecture: Served, deployment: Deployment, hardware: Hardware = BUILT_IN) {
    const { shape, blocks } = architecture;
    if (deployment.pp > blocks.length) {
      throw new WorkbenchError('bad_input', `${architecture.name} has ${blocks.length} layers, too few for ${deployment.pp} stages.`, { hint: 'Lower pp.' });
    }
    if (deployment.tp > shape.num_attention_heads) {
      throw new WorkbenchError('bad_input', `${architecture.name} has ${shape.num_attention_heads} attention heads, too few for tp ${deployment.tp}.`, { hint: 'Lower tp.' });
    }
    this.name = architecture.name;
    this.shape = shape;
    this.deployment = deployment;
    this.kernels = kernelsFor(deployment, hardware);
    this.layers = layersOf(blocks, deployment, this.kernels, hardware);
    this.stages = this.#balance();
    this.#groups = this.stages.map(({ first, end }) => groupsOf(this.layers.slice(first, end)));
  }

  /** Seconds of one step in a stage: its layers' kernels, and the head in the last one; overheads not included. */
  stageSeconds(stage: number, step: Step): number {
    const { tp } = this.deployment;
    const groups = this.#groups[stage];
    if (groups === undefined) return 0;
    let sum = stage === this.stages.length - 1 ? headSeconds(this.kernels, this.shape, tp, step) : 0;
    for (const { part, kernels, count } of groups.attentions) sum += count * attentionSeconds(kernels, this.shape, part, tp, step);
    for (const { part, kernels, count } of groups.ffns) sum += count * ffnSeconds(kernels, this.shape, part, tp, step);
    return sum;
  }

  /**
   * Seconds between two steps of one micro-batch `step` where as many micro-batches as stages are under way: the slowest
   * stage with its overheads, and the hop to the next one.
   */
  stepSeconds(step: Step): number {
    const { derate, step0 } = this.kernels.endToEnd;
    let slowest = 0;
    for (let stage = 0; stage < this.stages.length; stage++) slowest = Math.max(slowest, this.stageSeconds(stage, step));
    return derate * slowest + step0 + this.hopSeconds(step);
  }

  /** Sending the residual stream to the next stage. */
  hopSeconds(step: Step): number {
    if (this.stages.length === 1) return 0;
    return 5e-6 + (tokensOf(step) * this.shape.hidden_size * 2) / (this.kernels.device.link.gb_s_per_direction * 1e9);
  }

  /** Bytes of weights on each device of a stage. */
  stageWeights(stage: number): number {
    const { first, end } = this.stages[stage] ?? { first: 0, end: 0 };
    let bytes = 0;
    for (let layer = first; layer < end; layer++) bytes += this.layerWeights(layer);
    const table = (OUTSIDE_BYTES * this.shape.vocab_size * this.shape.hidden_size) / this.deployment.tp;
    const last = stage === this.stages.length - 1;
    // A head that shares the embeddings needs them again where it is on another device.
    const tables = (stage === 0 ? 1 : 0) + (last && !(this.shape.tie_word_embeddings && stage === 0) ? 1 : 0);
    return bytes + tables * table;
  }

  /** Bytes of one layer's weights on each device; KV heads beyond one per device are divided, fewer are repeated. */
  layerWeights(layer: number): number {
    const { block, formats } = this.layers[layer] ?? {};
    if (block === undefined || formats === undefined) return 0;
    const { tp } = this.deployment;
    const hidden = this.shape.hidden_size;
    const norm = OUTSIDE_BYTES * hidden;
    const bytes = bytesOf(formats.weights);
    const { attention, ffn } = block;
    const attentionBytes =
      attention.kind === 'no_op' ? 0 : ((attentionParams(this.shape, repeated(this.shape, attention, tp)) - hidden) * bytes) / tp + norm;
    const ffnBytes = ffn.kind === 'no_op' ? 0 : ((ffnParams(this.shape, ffn) - hidden) * bytes) / tp + norm;
    return attentionBytes + ffnBytes;
  }

  /** Bytes of keys and values per cached token on each device. */
  layerKv(layer: number): number {
    const { block, formats } = this.layers[layer] ?? {};
    if (block?.attention.kind !== 'gqa' || formats === undefined) return 0;
    return 2 * headsPerDevice(this.shape, block.attention.kv_heads, this.deployment.tp).kvHeads * this.shape.head_dim * bytesOf(formats.kv);
  }

  stageKv(stage: number): number {
    const { first, end } = this.stages[stage] ?? { first: 0, end: 0 };
    let bytes = 0;
    for (let layer = first; layer < end; layer++) bytes += this.layerKv(layer);
    return bytes;
  }

  get reserveBytes(): number {
    return this.deployment.reserve_bytes ?? this.kernels.endToEnd.reserve_bytes;
  }

  get activationBytes(): number {
    return ACTIVATION_BYTES * this.kernels.endToEnd.max_tokens * this.shape.hidden_size;
  }

  /** Bytes that the KV cache may take on a device of a stage; negative where the weights do not fit. */
  kvCacheBytes(stage: number): number {
    const free = this.kernels.device.memory_bytes - this.stageWeights(stage) - this.reserveBytes - this.activationBytes;
    return free > 0 ? this.kernels.endToEnd.kv_fraction * free : free;
  }

  /** Sequences of `tokens` tokens that fit on every stage at once, not rounded; 0 where the weights do not fit. */
  sequencesThatFit(tokens: number): number {
    let fit = Infinity;
    for (let stage = 0; stage < this.stages.length; stage++) {
      const free = this.kvCacheBytes(stage);
      if (free <= 0) return 0;
      const kv = this.stageKv(stage);
      if (kv > 0) fit = Math.min(fit, free / (kv * tokens));
    }
    return fit;
  }

  /** By the time of a step of 64 sequences with 1,024 cached tokens: the balance hardly depends on it. */
  #balance(): readonly Stage[] {
    const { pp, tp } = this.deployment;
    if (pp === 1) return [{ first: 0, end: this.layers.length }];
    const step: Step = { sequences: 64, tokensPerSequence: 1, context: 1024, prefillTokens: 64, prompt: 1024 };
    const seconds = this.layers.map(
      ({ block, kernels }) => attentionSeconds(kernels, this.shape, block.attention, tp, step) + ffnSeconds(kernels, this.shape, block.ffn, tp, step),
    );
    return balancedStages(seconds, pp, 0, headSeconds(this.kernels, this.shape, tp, step));
  }
}

/** What one device's share times `tp` would be: fewer KV heads than devices are repeated. */
function repeated(shape: ModelShape, attention: Attention, tp: number): Attention {
  return attention.kind === 'gqa' ? { kind: 'gqa', kv_heads: headsPerDevice(shape, attention.kv_heads, tp).kvHeads * tp } : attention;
}

function layersOf(blocks: readonly ChosenBlock[], deployment: Deployment, kernels: Kernels, hardware: Hardware): readonly Layer[] {
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

function groupsOf(layers: readonly Layer[]): StageGroups {
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
