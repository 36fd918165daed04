/**
 * A model on its hardware: memory per device and the time of one step, from distinct blocks rather than layers. Layers of
 * equal sub-blocks and formats are counted once and multiplied.
 */
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import type { Deployment } from '../protocol/cost.ts';
import type { Architecture, ModelShape } from '../protocol/variant.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { kernelsFor, type Kernels } from './kernels.ts';
import { groupsOf, layersOf, type Layer, type LayerGroups } from './layers.ts';
import { attentionBytes, cacheBytesPerToken, ffnBytes, tableBytes } from './memory.ts';
import { balancedStages, type Stage } from './stages.ts';
import { attentionSeconds, ffnSeconds, headSeconds, tokensOf, type Step } from './sub_block.ts';

/** Work space: bytes per token of the largest step and value of the residual stream. */
const ACTIVATION_BYTES = 12;
/** Handing a micro-batch to the next stage takes this long before its first byte arrives. */
const HOP_S = 5e-6;
/** The residual stream is bf16. */
const HOP_BYTES = 2;
/** What stages are balanced for where nothing is known of the traffic. */
const USUAL_STEP: Step = { sequences: 64, tokensPerSequence: 1, context: 1024, prefillTokens: 64, prompt: 1024 };

export type Served = Pick<Architecture, 'name' | 'shape' | 'blocks'>;

export class Model {
  readonly name: string;
  readonly shape: ModelShape;
  readonly deployment: Deployment;
  /** For what lies outside the layers, and the end-to-end constants. */
  readonly kernels: Kernels;
  readonly layers: readonly Layer[];
  readonly stages: readonly Stage[];
  readonly #groups: readonly LayerGroups[];
  readonly #architecture: Served;
  readonly #hardware: Hardware;

  /**
   * In the given stages; `pipelinedModel` chooses the best ones for a traffic.
   * @throws WorkbenchError `bad_input` for an unknown device, calibration or format, or more stages than layers.
   */
  constructor(architecture: Served, deployment: Deployment, hardware: Hardware = BUILT_IN, stages?: readonly Stage[]) {
    const { shape, blocks } = architecture;
    if (deployment.pp > blocks.length) {
      throw new WorkbenchError('bad_input', `${architecture.name} has ${blocks.length} layers, too few for ${deployment.pp} stages.`, { hint: 'Lower pp.' });
    }
    if (deployment.tp > shape.num_attention_heads) {
      throw new WorkbenchError('bad_input', `${architecture.name} has ${shape.num_attention_heads} attention heads, too few for tp ${deployment.tp}.`, { hint: 'Lower tp.' });
    }
    this.#architecture = architecture;
    this.#hardware = hardware;
    this.name = architecture.name;
    this.shape = shape;
    this.deployment = deployment;
    this.kernels = kernelsFor(deployment, hardware);
    this.layers = layersOf(blocks, deployment, this.kernels, hardware);
    this.stages = stages ?? this.#balance();
    this.#groups = this.stages.map(({ first, end }) => groupsOf(this.layers.slice(first, end)));
  }

  /** The same model cut into other stages. */
  inStages(stages: readonly Stage[]): Model {
    return new Model(this.#architecture, this.deployment, this.#hardware, stages);
  }

  /** Seconds of one step in a stage: its layers' kernels, and the head in the last one; overheads not included. */
  stageSeconds(stage: number, step: Step): number {
    const { tp } = this.deployment;
    const groups = this.#groups[stage];
    if (groups === undefined) return 0;
    let sum = stage === this.stages.length - 1 ? this.headSeconds(step) : 0;
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

  /** Seconds of one micro-batch on its way through all stages, one after the other. */
  passSeconds(step: Step): number {
    const { derate, step0 } = this.kernels.endToEnd;
    let sum = 0;
    for (let stage = 0; stage < this.stages.length; stage++) sum += this.stageSeconds(stage, step);
    return derate * sum + this.stages.length * (step0 + this.hopSeconds(step));
  }

  /** Sending the residual stream to the next stage. */
  hopSeconds(step: Step): number {
    if (this.stages.length === 1) return 0;
    return HOP_S + (HOP_BYTES * tokensOf(step) * this.shape.hidden_size) / (this.kernels.device.link.gb_s_per_direction * 1e9);
  }

  /** Seconds of one layer's kernels in one step. */
  layerSeconds(layer: number, step: Step): number {
    const { block, kernels } = this.layers[layer] ?? {};
    if (block === undefined || kernels === undefined) return 0;
    const { tp } = this.deployment;
    return attentionSeconds(kernels, this.shape, block.attention, tp, step) + ffnSeconds(kernels, this.shape, block.ffn, tp, step);
  }

  /** Seconds of the head in one step. */
  headSeconds(step: Step): number {
    return headSeconds(this.kernels, this.shape, this.deployment.tp, step);
  }

  /** Bytes of weights on each device of a stage. */
  stageWeights(stage: number): number {
    const { first, end } = this.stages[stage] ?? { first: 0, end: 0 };
    let bytes = this.tableWeights(first, end);
    for (let layer = first; layer < end; layer++) bytes += this.layerWeights(layer);
    return bytes;
  }

  /** Bytes of embeddings and head on each device of a stage of these layers. */
  tableWeights(first: number, end: number): number {
    return tableBytes(this.shape, this.deployment.tp, { first: first === 0, last: end === this.layers.length });
  }

  /** Bytes of one layer's weights on each device. */
  layerWeights(layer: number): number {
    const { block, formats } = this.layers[layer] ?? {};
    if (block === undefined || formats === undefined) return 0;
    const { tp } = this.deployment;
    return attentionBytes(this.shape, block.attention, formats.weights, tp) + ffnBytes(this.shape, block.ffn, formats.weights, tp);
  }

  /** Bytes of keys and values per cached token on each device. */
  layerKv(layer: number): number {
    const { block, formats } = this.layers[layer] ?? {};
    return block === undefined || formats === undefined ? 0 : cacheBytesPerToken(this.shape, block.attention, formats.kv, this.deployment.tp);
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
    return this.cacheBytesBeside(this.stageWeights(stage));
  }

  /** The same beside this many bytes of weights. */
  cacheBytesBeside(weights: number): number {
    const free = this.kernels.device.memory_bytes - weights - this.reserveBytes - this.activationBytes;
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

  #balance(): readonly Stage[] {
    if (this.deployment.pp === 1) return [{ first: 0, end: this.layers.length }];
    const seconds = this.layers.map((_, layer) => this.layerSeconds(layer, USUAL_STEP));
    return balancedStages(seconds, this.deployment.pp, 0, this.headSeconds(USUAL_STEP));
  }
}
