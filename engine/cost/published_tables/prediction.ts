/** Our figure for what a row asks: from the serving model, or counted from shapes; or why there is none. */
import { architectureKvBytesPerToken, architectureParams } from '../../architecture/count.ts';
import { parentArchitecture, presetArchitecture } from '../../architecture/presets.ts';
import { puzzletronMemoryMib } from '../../architecture/puzzletron_memory.ts';
import type { Hardware } from '../../hardware/calibrations.ts';
import { bytesOf } from '../../hardware/formats.ts';
import { deploymentSchema } from '../../protocol/cost.ts';
import type { Format } from '../../protocol/hardware.ts';
import type { Provenance } from '../../protocol/library.ts';
import type { PublishedBasis } from '../../protocol/published_tables.ts';
import { chosenBlock } from '../../protocol/variant.ts';
import { bandOf, provenanceOf } from '../band.ts';
import { Model, type Served } from '../model.ts';
import { largestBatch, operate } from '../serving.ts';
import { staticBatch } from '../static_batch.ts';
import { storedTables, type Asked, type ThroughputAsked } from './stored.ts';

/** Of a GPU, as NVIDIA counted when it set limits for its children; puzzle.md 1.8: both released ones land on 300,000 tokens. */
const GPU_BYTES = 80e9;

export interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly provenance: Provenance;
  readonly basis?: PublishedBasis;
  /** What the row's facts are, where the table leaves them to us. */
  readonly facts?: readonly (string | number)[];
}

export type Prediction = Figure | { readonly reason: string };

/** Everything asked but a ratio of two rows, which whoever knows the rows must form. */
export type Predictable = Exclude<Asked, { kind: 'ratio' }>;

/** Predicts rows; models are built once. */
export class Predictor {
  readonly #hardware: Hardware;
  readonly #models = new Map<string, Model>();

  constructor(hardware: Hardware) {
    this.#hardware = hardware;
  }

  predict(asked: Predictable): Prediction {
    switch (asked.kind) {
      case 'none':
        return { reason: asked.reason };
      case 'throughput':
        return this.#throughput(asked);
      case 'static_ratio':
        return this.#staticRatio(asked);
      case 'cached_tokens':
        return cachedTokens(asked.model, asked.gpus, asked.format);
      case 'params':
        return exact(architectureParams(withoutAttention(asked.model, asked.without_attention)), 'parameters of the layers');
      case 'puzzletron_memory': {
        const architecture = withoutAttention(asked.model, asked.without_attention);
        const { total } = puzzletronMemoryMib(architecture, {
          batch: asked.batch,
          prefillTokens: asked.prefill,
          generatedTokens: asked.generated,
          weightBytes: bytesOf('bf16'),
          kvBytes: bytesOf('bf16'),
        });
        return exact(total, 'memory of weights and cache by Puzzletron’s rules');
      }
      default:
        return asked satisfies never;
    }
  }

  /** In-flight batching with as many sequences as fit; at least one, since the row says that it ran. */
  #throughput({ model: id, device, format, tp, isl, osl, counted, per_gpu: perGpu }: ThroughputAsked): Prediction {
    const model = this.#model(id, device, format, format, tp);
    if (model.sequencesThatFit(isl + osl) <= 0) return { reason: 'By our memory model the weights do not fit' };
    const batch = Math.max(1, largestBatch(model, { isl, osl }).batch);
    const { outputTokS } = operate(model, { isl, osl }, batch);
    const value = (outputTokS * (counted === 'total' ? (isl + osl) / osl : 1)) / (perGpu ? tp : 1);
    return served(model, value, batch);
  }

  #staticRatio({ over, under, lengths }: Extract<Asked, { kind: 'static_ratio' }>): Prediction {
    const device = 'h100-sxm';
    const above = this.#model(over.model, device, over.format, over.kv, 1);
    const below = this.#model(under.model, device, under.format, under.kv, 1);
    const ratios = lengths.map(([isl, osl]) => requestsPerSecond(above, isl, osl, over.batch) / requestsPerSecond(below, isl, osl, under.batch));
    const value = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    return ratioOf(served(above, value, over.batch), served(below, 1, under.batch));
  }

  #model(id: string, device: string, format: Format, kv: Format, tp: number): Model {
    const key = [id, device, format, kv, tp].join(' ');
    const known = this.#models.get(key);
    if (known !== undefined) return known;
    const made = new Model(architectureOf(id), deploymentSchema.parse({ device, weights: format, activations: format, kv, tp }), this.#hardware);
    this.#models.set(key, made);
    return made;
  }
}

/** The worst that both bands allow together: their errors may point in opposite directions. */
export function ratioOf(over: Figure, under: Figure): Figure {
  return {
    value: over.value / under.value,
    low: over.low / under.high,
    high: over.high / under.low,
    provenance: over.provenance,
    ...(over.basis !== undefined && { basis: under.basis === 'carried_over' ? 'carried_over' : over.basis }),
  };
}

function served(model: Model, value: number, batch: number): Figure {
  const band = bandOf(model, batch);
  const provenance = provenanceOf(model);
  return { value, low: value * band.low, high: value * band.high, provenance, basis: provenance.kind === 'calibrated' ? 'measured' : 'carried_over' };
}

function requestsPerSecond(model: Model, isl: number, osl: number, batch: number): number {
  const { prefillSeconds, decodeSeconds } = staticBatch(model, isl, osl, batch);
  return batch / (prefillSeconds + decodeSeconds);
}

function cachedTokens(id: string, gpus: number, format: Format): Figure {
  const architecture = architectureOf(id);
  const params = architectureParams(architecture);
  const kvBytes = architectureKvBytesPerToken(architecture, bytesOf(format));
  const tokens = (gpus * GPU_BYTES - params * bytesOf(format)) / kvBytes;
  return { ...exact(tokens, `(${gpus} × 80e9 bytes - weights) / bytes of keys and values per token`), facts: [params, kvBytes] };
}

function exact(value: number, what: string): Figure {
  return { value, low: value, high: value, provenance: { kind: 'exact', source: `${what}, counted` } };
}

/** @throws Error where the file names a model that nobody knows: a mistake in the product's own data. */
function architectureOf(id: string): Served {
  const preset = presetArchitecture(id);
  if (preset !== undefined) return preset;
  const known = storedTables().models.find((model) => model.id === id);
  if (known === undefined) throw new Error(`assets/published/tables.json: no model ${id}`);
  return parentArchitecture(known);
}

function withoutAttention(id: string, layers: readonly number[]): Served {
  const architecture = architectureOf(id);
  return {
    ...architecture,
    blocks: architecture.blocks.map((block, layer) =>
      layers.includes(layer) ? chosenBlock(block.parent_layers, { attention: { kind: 'no_op' }, ffn: block.ffn }) : block,
    ),
  };
}
