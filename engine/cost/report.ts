/** Everything the workbench says about serving one model: memory, throughput, latencies, and where the time goes. */
import { architectureParams } from '../architecture/count.ts';
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import type { CostReport, CostTraffic, Deployment, KernelCost, LayerCost, LoadPoint } from '../protocol/cost.ts';
import { bandOf, provenanceOf } from './band.ts';
import { Model, type Served } from './model.ts';
import { largestBatch, operate, type OperatingPoint } from './serving.ts';
import { headSeconds, headsPerDevice, visitAttention, visitFfn } from './sub_block.ts';
import { architectureKvBytes } from './kv.ts';

/** Concurrency beyond the largest batch that the load curve still shows, as a multiple of it. */
const OVERLOADS = [1.25, 1.5, 2];

/** @throws WorkbenchError `bad_input` as `Model` does. */
export function costReport(architecture: Served, deployment: Deployment, traffic: CostTraffic, hardware: Hardware = BUILT_IN): CostReport {
  return reportOf(new Model(architecture, deployment, hardware), traffic);
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
  const fullest = model.stages.map((_, stage) => ({ stage, free: model.kvCacheBytes(stage) / Math.max(1, model.stageKv(stage)) })).sort((a, b) => a.free - b.free)[0]?.stage ?? 0;
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
      weights_bytes_per_gpu: Math.max(...model.stages.map((_, stage) => model.stageWeights(stage))),
      kv_bytes_per_token_per_gpu: Math.max(...model.stages.map((_, stage) => model.stageKv(stage))),
      reserve_bytes: model.reserveBytes,
      activations_bytes: model.activationBytes,
      kv_cache_bytes_per_gpu: Math.max(0, model.kvCacheBytes(fullest)),
    },
    step_ms: stepParts(model, point),
    stages: model.stages.map(({ first, end }, stage) => ({
      first_layer: first,
      last_layer: end - 1,
      step_ms: point === undefined ? 0 : 1000 * kernels.endToEnd.derate * model.stageSeconds(stage, point.mixed),
      weights_bytes_per_gpu: model.stageWeights(stage),
    })),
    layers: layerCosts(model, point),
    curve: loadCurve(model, traffic, largest.batch, gpus),
    tokens_per_step: point?.tokensPerStep ?? 1,
    ...(price !== undefined && output > 0 && { price_per_million_output_tokens: (price * gpus * 1e6) / (3600 * output) }),
    provenance: provenanceOf(model),
    band: bandOf(model, batch),
    notes: notesOf(model, largest.batch, traffic),
  };
}

/** Where the slowest stage's time goes in the round in which every sequence generates once. */
function stepParts(model: Model, point: OperatingPoint | undefined): CostReport['step_ms'] {
  const parts = { total: 0, gemm: 0, attention: 0, all_reduce: 0, element_wise: 0, outside: 0, overhead: 0 };
  if (point === undefined) return parts;
  const { derate } = model.kernels.endToEnd;
  const slowest = model.stages.map((_, stage) => ({ stage, seconds: model.stageSeconds(stage, point.mixed) })).sort((a, b) => b.seconds - a.seconds)[0]?.stage ?? 0;
  const { first, end } = model.stages[slowest] ?? { first: 0, end: 0 };
  for (const [step, times] of [[point.mixed, 1], [point.extra, point.extraSteps]] as const) {
    if (times === 0) continue;
    for (let layer = first; layer < end; layer++) {
      for (const { kind, microseconds } of kernelsOf(model, layer, step).kernels) {
        const key = kind === 'decode_attention' || kind === 'prefill_attention' ? 'attention' : kind;
        parts[key] += (times * derate * microseconds) / 1000;
      }
    }
    if (slowest === model.stages.length - 1) parts.outside += times * derate * 1000 * headSeconds(model.kernels, model.shape, model.deployment.tp, step);
  }
  parts.total = (1000 * point.roundSeconds) / model.stages.length;
  parts.overhead = parts.total - parts.gemm - parts.attention - parts.all_reduce - parts.element_wise - parts.outside;
  return parts;
}

function layerCosts(model: Model, point: OperatingPoint | undefined): LayerCost[] {
  return model.layers.map(({ block }, layer) => {
    const kernels = point === undefined ? { attention: 0, ffn: 0, kernels: [] } : kernelsOf(model, layer, point.mixed);
    return {
      layer,
      variant: block.variant,
      stage: model.stages.findIndex(({ first, end }) => first <= layer && layer < end),
      attention_us: kernels.attention,
      ffn_us: kernels.ffn,
      kernels: kernels.kernels,
      weights_bytes: model.layerWeights(layer),
      kv_bytes_per_token: model.layerKv(layer),
    };
  });
}

function kernelsOf(model: Model, layer: number, step: OperatingPoint['mixed']): { attention: number; ffn: number; kernels: KernelCost[] } {
  const entry = model.layers[layer];
  if (entry === undefined) return { attention: 0, ffn: 0, kernels: [] };
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

/** From one sequence to twice what fits; beyond it requests wait, which shows in TTFT only. */
function loadCurve(model: Model, traffic: CostTraffic, largest: number, gpus: number): LoadPoint[] {
  if (largest < 1) return [];
  const { dp } = model.deployment;
  const batches: number[] = [];
  for (let batch = 1; batch < largest; batch = Math.max(batch + 1, Math.round(batch * 1.35))) batches.push(batch);
  batches.push(largest);
  const pointAt = (batch: number, waiting: number): LoadPoint => {
    const point = operate(model, traffic, batch);
    const output = dp * point.outputTokS;
    return {
      batch: batch + waiting,
      output_tok_s: output,
      output_tok_s_per_gpu: output / gpus,
      output_tok_s_per_user: 1000 / point.itlMs,
      ttft_ms: point.ttftMs + (1000 * waiting * traffic.osl) / point.outputTokS,
      itl_ms: point.itlMs,
      fits: waiting === 0,
    };
  };
  return [...batches.map((batch) => pointAt(batch, 0)), ...OVERLOADS.map((load) => pointAt(largest, Math.ceil((load - 1) * largest)))];
}

function notesOf(model: Model, largest: number, { isl, osl, batch }: CostTraffic): string[] {
  const notes: string[] = [];
  const { shape, deployment, kernels } = model;
  const steep = model.layers.flatMap(({ block }, layer) => {
    if (block.attention.kind !== 'gqa') return [];
    const { heads, kvHeads } = headsPerDevice(shape, block.attention.kv_heads, deployment.tp);
    return heads / kvHeads >= 32 ? [layer] : [];
  });
  if (steep.length > 0 && kernels.groupPath !== undefined) {
    notes.push(
      `KV-head cliff: ${steep.length} ${steep.length === 1 ? 'layer has' : 'layers have'} 32 or more query heads per KV head on a device, where the attention kernel of ` +
        `${kernels.calibration?.backend ?? 'the serving program'} reads the cache without reuse and is slower than with more KV heads. A property of that program, which can be switched off.`,
    );
  }
  if (largest < 1) notes.push(`The weights leave no room for one sequence of ${isl + osl} tokens on ${kernels.device.name}.`);
  else if (batch !== undefined && batch > largest) notes.push(`Only ${largest} sequences of ${isl + osl} tokens fit; the figures say what ${batch} would take if they did.`);
  if (deployment.pp > 1 && (batch ?? largest) < deployment.pp) notes.push(`${batch ?? largest} sequences do not keep ${deployment.pp} stages busy.`);
  return notes;
}
