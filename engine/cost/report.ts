/** Everything the workbench says about serving one model: memory, throughput, latencies, and where the time goes. */
import { architectureParams } from '../architecture/count.ts';
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import type { CostReport, CostTraffic, Deployment, KernelCost, LayerCost, LoadPoint } from '../protocol/cost.ts';
import { bandOf, provenanceOf } from './band.ts';
import { architectureKvBytes } from './kv.ts';
import type { Model, Served } from './model.ts';
import { notesOf } from './notes.ts';
import { pipelinedModel } from './pipeline.ts';
import { largestBatch, operate, promptWaitMs, type OperatingPoint } from './serving.ts';
import { visitAttention, visitFfn, type Step } from './sub_block.ts';

/** Concurrency beyond the largest batch that the load curve still shows, as a multiple of it. */
const OVERLOADS = [1.25, 1.5, 2];

/**
 * In the stages that serve the traffic best, where there are several.
 * @throws WorkbenchError `bad_input` as `Model` does.
 */
export function costReport(architecture: Served, deployment: Deployment, traffic: CostTraffic, hardware: Hardware = BUILT_IN): CostReport {
  return reportOf(pipelinedModel(architecture, deployment, traffic, hardware), traffic);
}

export function reportOf(model: Model, traffic: CostTraffic): CostReport {
  const { deployment, kernels } = model;
  const { tp, pp, dp } = deployment;
  const largest = largestBatch(model, traffic);
  const batch = traffic.batch ?? largest.batch;
  const point = batch >= 1 ? operate(model, traffic, batch) : undefined;
  const gpus = tp * pp * dp;
  const perCopy = point?.outputTokS ?? 0;
  const output = dp * perCopy;
  const total = (output * (traffic.isl + traffic.osl)) / traffic.osl;
  const fullest = leastOf(model, (stage) => model.kvCacheBytes(stage) / Math.max(1, model.stageKv(stage)));
  const kernelsIn = kernelsOnce(model);
  const price = deployment.price_per_device_hour;
  return {
    name: model.name,
    params: architectureParams({ shape: model.shape, blocks: model.layers.map(({ block }) => block) }),
    kv_bytes_per_token: architectureKvBytes(model),
    output_tok_s: output,
    output_tok_s_per_gpu: output / gpus,
    total_tok_s: total,
    total_tok_s_per_gpu: total / gpus,
    ttft_ms: point?.ttftMs ?? 0,
    itl_ms: point?.itlMs ?? 0,
    batch: batch >= 1 ? batch : 0,
    max_batch: largest.batch,
    batch_limit: traffic.batch === undefined ? largest.limit : 'asked',
    gpus,
    memory: {
      device_bytes: kernels.device.memory_bytes,
      weights_bytes_per_gpu: model.stageWeights(fullest),
      kv_bytes_per_token_per_gpu: model.stageKv(fullest),
      reserve_bytes: model.reserveBytes,
      activations_bytes: model.activationBytes,
      kv_cache_bytes_per_gpu: Math.max(0, model.kvCacheBytes(fullest)),
    },
    step_ms: stepParts(model, point, kernelsIn),
    stages: model.stages.map(({ first, end }, stage) => ({
      first_layer: first,
      last_layer: end - 1,
      step_ms: point === undefined ? 0 : 1000 * kernels.endToEnd.derate * model.stageSeconds(stage, point.mixed),
      weights_bytes_per_gpu: model.stageWeights(stage),
    })),
    layers: layerCosts(model, point, kernelsIn),
    curve: loadCurve(model, traffic, largest.batch, gpus),
    tokens_per_step: point?.tokensPerStep ?? 1,
    ...(price !== undefined && output > 0 && { price_per_million_output_tokens: (price * gpus * 1e6) / (3600 * output) }),
    provenance: provenanceOf(model),
    band: bandOf(model, batch),
    notes: notesOf(model, largest.batch, traffic),
  };
}

/** The stage for which `figure` is smallest. */
function leastOf(model: Model, figure: (stage: number) => number): number {
  let least = { stage: 0, value: Infinity };
  for (let stage = 0; stage < model.stages.length; stage++) {
    const value = figure(stage);
    if (value < least.value) least = { stage, value };
  }
  return least.stage;
}

/** Where the slowest stage's time goes in the round in which every sequence generates once. */
function stepParts(model: Model, point: OperatingPoint | undefined, kernelsIn: KernelsIn): CostReport['step_ms'] {
  const parts = { total: 0, gemm: 0, attention: 0, all_reduce: 0, element_wise: 0, outside: 0, overhead: 0 };
  if (point === undefined) return parts;
  const { derate } = model.kernels.endToEnd;
  const slowest = leastOf(model, (stage) => -model.stageSeconds(stage, point.mixed));
  const { first, end } = model.stages[slowest] ?? { first: 0, end: 0 };
  for (const [step, times] of [[point.mixed, 1], [point.extra, point.extraSteps]] as const) {
    if (times === 0) continue;
    for (let layer = first; layer < end; layer++) {
      for (const { kind, microseconds } of kernelsIn(layer, step).kernels) {
        const key = kind === 'decode_attention' || kind === 'prefill_attention' ? 'attention' : kind;
        parts[key] += (times * derate * microseconds) / 1000;
      }
    }
    if (slowest === model.stages.length - 1) parts.outside += times * derate * 1000 * model.headSeconds(step);
  }
  parts.total = 1000 * point.stepSeconds;
  parts.overhead = parts.total - parts.gemm - parts.attention - parts.all_reduce - parts.element_wise - parts.outside;
  return parts;
}

function layerCosts(model: Model, point: OperatingPoint | undefined, kernelsIn: KernelsIn): LayerCost[] {
  const stageOf = model.stages.flatMap(({ first, end }, stage) => Array.from({ length: end - first }, () => stage));
  return model.layers.map(({ block }, layer) => {
    const { attention, ffn, kernels } = point === undefined ? NO_KERNELS : kernelsIn(layer, point.mixed);
    return {
      layer,
      variant: block.variant,
      stage: stageOf[layer] ?? 0,
      attention_us: attention,
      ffn_us: ffn,
      kernels: [...kernels],
      weights_bytes: model.layerWeights(layer),
      kv_bytes_per_token: model.layerKv(layer),
    };
  });
}

/** Kernels of a layer, microseconds; those of attention and of the FFN summed up. */
interface LayerKernels {
  readonly attention: number;
  readonly ffn: number;
  readonly kernels: readonly KernelCost[];
}
type KernelsIn = (layer: number, step: Step) => LayerKernels;
const NO_KERNELS: LayerKernels = { attention: 0, ffn: 0, kernels: [] };

/** Works layers of equal blocks and formats out once per step. */
function kernelsOnce(model: Model): KernelsIn {
  const known = new Map<Step, Map<unknown, Map<string, LayerKernels>>>();
  return (layer, step) => {
    const entry = model.layers[layer];
    if (entry === undefined) return NO_KERNELS;
    const { block, kernels } = entry;
    const ofStep = known.get(step) ?? new Map<unknown, Map<string, LayerKernels>>();
    const ofKernels = ofStep.get(kernels) ?? new Map<string, LayerKernels>();
    const costs = ofKernels.get(block.variant) ?? kernelsOf(model, layer, step);
    known.set(step, ofStep.set(kernels, ofKernels.set(block.variant, costs)));
    return costs;
  };
}

function kernelsOf(model: Model, layer: number, step: Step): LayerKernels {
  const entry = model.layers[layer];
  if (entry === undefined) return NO_KERNELS;
  const found: KernelCost[] = [];
  const visit = (name: string, kind: KernelCost['kind'], seconds: number): void => {
    found.push({ name, kind, microseconds: 1e6 * seconds });
  };
  visitAttention(entry.kernels, model.shape, entry.block.attention, model.deployment.tp, step, visit);
  const attention = sum(found);
  visitFfn(entry.kernels, model.shape, entry.block.ffn, model.deployment.tp, step, visit);
  return { attention, ffn: sum(found) - attention, kernels: found };
}

function sum(kernels: readonly KernelCost[]): number {
  return kernels.reduce((total, { microseconds }) => total + microseconds, 0);
}

/** From one sequence to twice what fits; requests wait for each other's prompts, and beyond it for a place. */
function loadCurve(model: Model, traffic: CostTraffic, largest: number, gpus: number): LoadPoint[] {
  if (largest < 1) return [];
  const { dp } = model.deployment;
  const batches: number[] = [];
  for (let batch = 1; batch < largest; batch = Math.max(batch + 1, Math.round(batch * 1.35))) batches.push(batch);
  batches.push(largest);
  const pointAt = (batch: number, waiting: number): LoadPoint => {
    const point = operate(model, traffic, batch);
    const output = dp * point.outputTokS;
    const waitMs = promptWaitMs(model, traffic, point) + (1000 * waiting * traffic.osl) / point.outputTokS;
    return {
      batch: batch + waiting,
      output_tok_s: output,
      output_tok_s_per_gpu: output / gpus,
      output_tok_s_per_user: 1000 / point.itlMs,
      ttft_ms: point.ttftMs + waitMs,
      wait_ms: waitMs,
      itl_ms: point.itlMs,
      fits: waiting === 0,
    };
  };
  return [...batches.map((batch) => pointAt(batch, 0)), ...OVERLOADS.map((load) => pointAt(largest, Math.ceil((load - 1) * largest)))];
}
