/**
 * Which stages a pipeline is best cut into for one traffic. The slowest stage sets the pace and the fullest one the number
 * of sequences, and in a child with unequal layers these are different stages (KV per stage 1.7 times the mean for
 * Nemotron-51B in 8 even stages; costmodel.md 6.5), so that both are looked at: for each of several numbers of
 * sequences the fastest partition that holds them, and of all these, and of even stages, the one that serves most.
 */
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import type { CostTraffic, Deployment } from '../protocol/cost.ts';
import { Model, type Served } from './model.ts';
import { largestBatch, operate } from './serving.ts';
import { cheapestStages, evenStages, prefixSums, type Stage } from './stages.ts';

/** Of the most sequences that any stages hold. */
const FULLNESS = [1, 0.95, 0.9, 0.8, 0.7, 0.5];
/** Halvings in the search for the most sequences that fit. */
const HALVINGS = 24;

/** @throws WorkbenchError `bad_input` as `Model` does. */
export function pipelinedModel(architecture: Served, deployment: Deployment, traffic: CostTraffic, hardware: Hardware = BUILT_IN): Model {
  if (deployment.pp === 1) return new Model(architecture, deployment, hardware);
  const usual = new Model(architecture, deployment, hardware);
  let best = { model: usual, fits: -1, served: -1 };
  for (const model of [usual, ...[evenStages(usual.layers.length, deployment.pp), ...partitions(usual, traffic)].map((stages) => usual.inStages(stages))]) {
    const rated = { model, ...ratingOf(model, traffic) };
    if (rated.fits > best.fits || (rated.fits === best.fits && rated.served > best.served)) best = rated;
  }
  return best.model;
}

/** Whether the wanted batch fits, or how much of one sequence where none is wanted; and generated tokens per second. */
function ratingOf(model: Model, traffic: CostTraffic): { readonly fits: number; readonly served: number } {
  const sequences = model.sequencesThatFit(traffic.isl + traffic.osl);
  const fits = traffic.batch === undefined ? Math.min(1, sequences) : sequences >= traffic.batch ? 1 : 0;
  return { fits, served: operate(model, traffic, traffic.batch ?? Math.max(1, largestBatch(model, traffic).batch)).outputTokS };
}

function partitions(model: Model, traffic: CostTraffic): readonly (readonly Stage[])[] {
  const { pp } = model.deployment;
  const layers = model.layers.length;
  const tokens = traffic.isl + traffic.osl;
  const weights = prefixSums(model.layers.map((_, layer) => model.layerWeights(layer)));
  const kv = prefixSums(model.layers.map((_, layer) => model.layerKv(layer)));
  const between = (sums: readonly number[], first: number, end: number): number => (sums[end] ?? 0) - (sums[first] ?? 0);
  const holds = (batch: number, first: number, end: number): boolean => {
    const free = model.cacheBytesBeside(between(weights, first, end) + model.tableWeights(first, end));
    return free > 0 && batch * tokens * between(kv, first, end) <= free;
  };
  /** The most sequences that some partition holds; below one where not even one is held. */
  const most = largest((batch) => holdsAll(layers, pp, (first, end) => holds(batch, first, end)), Math.max(1, model.kernels.endToEnd.max_batch * pp));
  const batches = traffic.batch === undefined ? FULLNESS.map((share) => share * most) : [Math.min(traffic.batch, most)];
  return batches.flatMap((batch) => {
    const { mixed, extra, extraSteps } = operate(model, traffic, Math.max(1, batch));
    const roundOf = (seconds: (step: typeof mixed) => number): number => seconds(mixed) + (extraSteps > 0 ? extraSteps * seconds(extra) : 0);
    const seconds = prefixSums(model.layers.map((_, layer) => roundOf((step) => model.layerSeconds(layer, step))));
    const head = roundOf((step) => model.headSeconds(step));
    const found = cheapestStages(layers, pp, (first, end) => (holds(batch, first, end) ? between(seconds, first, end) + (end === layers ? head : 0) : Infinity));
    return found === undefined ? [] : [found];
  });
}

/** Whether `pp` stages of whole layers suffice where each takes as many as it can hold. */
function holdsAll(layers: number, pp: number, holds: (first: number, end: number) => boolean): boolean {
  let first = 0;
  for (let stage = 0; stage < pp && first < layers; stage++) {
    let end = first;
    while (end < layers && holds(first, end + 1)) end++;
    first = end;
  }
  return first === layers;
}

/** The largest number up to `most` that `works` for, which works for all smaller ones; 0 where none does. */
function largest(works: (value: number) => boolean, most: number): number {
  if (works(most)) return most;
  let [low, high] = [0, most];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (works(middle)) low = middle;
    else high = middle;
  }
  return low;
}
