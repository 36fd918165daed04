/**
 * Time of one pass over all layers under a layout (arXiv 2211.05102, section 2 and appendix): multiplications, weight
 * loading, KV loading, communication and a time per layer, each over what the device attains. Collected weights are
 * counted on the network, not a second time as they pass through memory.
 */
import { bytesOf } from '../../hardware/formats.ts';
import type { Format } from '../../protocol/hardware.ts';
import type { Overlap, Terms } from '../../protocol/plan.ts';
import type { PlanHardware } from './hardware.ts';
import { chipsOf, type Layout } from './layouts.ts';
import { kvBytesPerChip } from './memory.ts';
import { blockWeights, computedHeads, sumOver, type PlannedModel } from './planned_model.ts';
import { trafficOf, type Pass } from './traffic.ts';

export interface Formats {
  readonly weights: Format;
  readonly activations: Format;
  readonly kv: Format;
}

export interface StepSettings {
  readonly formats: Formats;
  readonly terms: Terms;
  readonly overlap: Overlap;
  readonly parallel: boolean;
}

/** Seconds by cause. */
export interface StepTerms {
  readonly compute: number;
  readonly attentionCompute: number;
  readonly weights: number;
  readonly kv: number;
  readonly activationTraffic: number;
  readonly weightTraffic: number;
  readonly attentionTraffic: number;
  readonly latency: number;
}

export interface StepCost {
  readonly seconds: number;
  readonly terms: StepTerms;
  /** What ran beside something longer. */
  readonly hidden: number;
}

/** A new token per sequence with `context` tokens cached. */
export function decodePass(batch: number, context: number): Pass {
  return { batch, newTokens: 1, cachedTokens: context };
}

export function stepCost(model: PlannedModel, hardware: PlanHardware, layout: Layout, pass: Pass, settings: StepSettings): StepCost {
  const { formats, terms: counted } = settings;
  const { shares } = hardware;
  const memory = hardware.memoryBytesPerS * shares.memory;
  const network = hardware.networkBytesPerS * shares.network;
  const traffic = trafficOf({ model, layout, terms: counted, parallel: settings.parallel }, pass);
  const flops = flopsPerChip(model, layout, pass, counted);
  const cached = { batch: pass.batch, tokens: pass.cachedTokens };
  const terms: StepTerms = {
    compute: flops.matrices / (hardware.peakFlops * shares.compute),
    attentionCompute: flops.attention / (hardware.peakFlops * shares.compute),
    weights: (loadedWeights(model, counted) * bytesOf(formats.weights)) / (chipsOf(layout.mesh) * memory),
    kv: kvBytesPerChip(model, layout, cached, bytesOf(formats.kv)) / memory,
    activationTraffic: (traffic.activations * bytesOf(formats.activations)) / network,
    weightTraffic: (traffic.weights * bytesOf(formats.weights)) / network,
    attentionTraffic: (traffic.attention * bytesOf(formats.activations)) / network,
    latency: hardware.layerLatencyS * activeLayers(model),
  };
  return combined(terms, settings.overlap);
}

/** Steps one after the other. */
export function sumOfSteps(steps: readonly { readonly times: number; readonly cost: StepCost }[]): StepCost {
  const sum = (of: (cost: StepCost) => number): number => steps.reduce((total, { times, cost }) => total + times * of(cost), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    hidden: sum(({ hidden }) => hidden),
    terms: {
      compute: sum(({ terms }) => terms.compute),
      attentionCompute: sum(({ terms }) => terms.attentionCompute),
      weights: sum(({ terms }) => terms.weights),
      kv: sum(({ terms }) => terms.kv),
      activationTraffic: sum(({ terms }) => terms.activationTraffic),
      weightTraffic: sum(({ terms }) => terms.weightTraffic),
      attentionTraffic: sum(({ terms }) => terms.attentionTraffic),
      latency: sum(({ terms }) => terms.latency),
    },
  };
}

/** Tokens per second over what the peak allows at two operations per parameter and token; the paper's MFU. */
export function mfu(params: number, tokens: number, seconds: number, chips: number, peakFlops: number): number {
  return (2 * params * tokens) / (seconds * chips * peakFlops);
}

/** Operations of one chip: 2 per weight and token, 4 per query head, dimension and attended token. */
function flopsPerChip(model: PlannedModel, layout: Layout, pass: Pass, counted: Terms): { readonly matrices: number; readonly attention: number } {
  const chips = chipsOf(layout.mesh);
  const { batch, newTokens, cachedTokens } = pass;
  if (counted === 'closed_form') return { matrices: (2 * model.params * batch * newTokens) / chips, attention: 0 };
  // Sequences are whole: where the batch does not divide, the fullest chip decides.
  const sequences = Math.ceil(batch / layout.gathered) * layout.gathered;
  const head = 2 * model.vocab * model.hidden * batch;
  const heads = Math.ceil(computedHeads(model) / layout.headWays);
  const attended = sumOver(model, ({ attention, window }) => (attention.kind === 'gqa' ? attendedTokens(newTokens, cachedTokens, window) : 0));
  return {
    matrices: (2 * blockWeights(model) * sequences * newTokens + head) / chips,
    attention: 4 * heads * model.headDim * Math.ceil(batch / layout.batchWays) * attended,
  };
}

/** Pairs of a new token and one that it looks back at, itself included. */
function attendedTokens(newTokens: number, cachedTokens: number, window: number | undefined): number {
  const all = newTokens * cachedTokens + (newTokens * (newTokens + 1)) / 2;
  if (window === undefined || cachedTokens + newTokens <= window) return all;
  const growing = Math.max(0, window - cachedTokens);
  return growing * cachedTokens + (growing * (growing + 1)) / 2 + (newTokens - growing) * window;
}

/** All parameters, or the matrices that a pass multiplies with: layers and head. */
function loadedWeights(model: PlannedModel, counted: Terms): number {
  return counted === 'closed_form' ? model.params : blockWeights(model) + model.vocab * model.hidden;
}

/** A layer without attention or without FFN counts half. */
function activeLayers(model: PlannedModel): number {
  return sumOver(model, ({ attention, ffn }) => (attention.kind === 'no_op' ? 0 : 0.5) + (ffn.kind === 'no_op' ? 0 : 0.5));
}

function combined(terms: StepTerms, overlap: Overlap): StepCost {
  const compute = terms.compute + terms.attentionCompute;
  const network = terms.activationTraffic + terms.weightTraffic + terms.attentionTraffic;
  const sum = compute + terms.weights + terms.kv + network + terms.latency;
  const seconds = overlapped();
  return { seconds, terms, hidden: sum - seconds };

  function overlapped(): number {
    switch (overlap) {
      case 'none':
        return sum;
      case 'memory':
        return Math.max(compute, terms.weights) + terms.kv + network + terms.latency;
      case 'all':
        return Math.max(compute, terms.weights + terms.kv, network) + terms.latency;
    }
  }
}
