/** One layout in one situation: its pass, its time, its memory, whether it fits, and the figures shown of it. */
import { bytesOf } from '../../hardware/formats.ts';
import type { Phase, PlanCandidate, PlanSettings } from '../../protocol/plan.ts';
import type { PlanHardware } from './hardware.ts';
import { chipsOf, toPlanLayout, type Layout } from './layouts.ts';
import { bufferBytesPerChip, kvBytesPerChip, largestBatch, maxContextTokens, weightBytesPerChip } from './memory.ts';
import type { PlannedModel } from './planned_model.ts';
import { decodePass, mfu, stepCost, sumOfSteps, type StepCost } from './step.ts';
import type { Pass } from './traffic.ts';

export interface Situation {
  readonly model: PlannedModel;
  readonly hardware: PlanHardware;
  readonly settings: PlanSettings;
  readonly parallel: boolean;
}

/** Bytes on the chip that has the most. */
export interface ChipMemory {
  readonly weights: number;
  readonly kv: number;
  readonly buffers: number;
}

export interface Placed {
  readonly phase: Phase;
  readonly pass: Pass;
  readonly layout: Layout;
  /** Sequences at a time: all of the batch, or as many as there is room for. */
  readonly sequences: number;
  readonly cost: StepCost;
  readonly memory: ChipMemory;
  /** What there is no room for; undefined where the layout fits. */
  readonly lacks?: 'weights' | 'kv' | 'buffers';
}

/** The layouts that fit, the fastest first and the simpler of equals before the other; and those that do not. */
export function placeAll(
  situation: Situation,
  layouts: readonly Layout[],
  phase: Phase,
  batch: number,
): { readonly fitting: readonly Placed[]; readonly left: readonly Placed[]; readonly tokens: number } {
  const pass = passOf(situation.settings, phase, batch);
  const placed = layouts.map((layout) => place(situation, layout, phase, pass));
  const fitting = placed.filter(({ lacks }) => lacks === undefined);
  return {
    // Sorting is stable and layouts come the simpler first; sums that differ by rounding alone are equal.
    fitting: fitting.sort((a, b) => (Math.abs(a.cost.seconds - b.cost.seconds) <= 1e-12 * a.cost.seconds ? 0 : a.cost.seconds - b.cost.seconds)),
    left: placed.filter(({ lacks }) => lacks !== undefined),
    tokens: pass.batch * pass.newTokens,
  };
}

/**
 * A pass whose activations do not fit runs in pieces of whole sequences, each of which loads or collects the weights
 * again; the cost is that of all pieces.
 */
export function place(situation: Situation, layout: Layout, phase: Phase, pass: Pass): Placed {
  const { model, settings } = situation;
  const weights = weightBytesPerChip(model, chipsOf(layout.mesh), settings.formats.weights);
  const kv = kvBytesPerChip(model, layout, { batch: pass.batch, tokens: keptTokens(settings, phase) }, bytesOf(settings.formats.kv));
  const free = usableBytes(situation) - weights - kv;
  const buffers = (batch: number): number => bufferBytesPerChip(model, layout, { ...pass, batch }, settings.formats, situation.parallel);
  const room = buffers(pass.batch) <= free ? pass.batch : largestBatch((batch) => buffers(batch) <= free, pass.batch);
  const sequences = pieceSize(pass.batch, room, layout.batchWays);
  const lacks = free < 0 ? (weights > usableBytes(situation) ? 'weights' : 'kv') : room === 0 ? 'buffers' : undefined;
  return {
    phase,
    pass,
    layout,
    sequences,
    memory: { weights, kv, buffers: buffers(room === 0 ? 1 : sequences) },
    cost: costInPieces(situation, layout, pass, sequences),
    ...(lacks === undefined ? {} : { lacks }),
  };
}

/** Pieces as few and as equal as possible; multiples of the ways that divide the batch, where there is room for one. */
function pieceSize(batch: number, room: number, ways: number): number {
  if (room === 0 || room >= batch) return batch;
  const unit = room >= ways ? ways : 1;
  const pieces = Math.ceil(batch / (room - (room % unit)));
  return Math.ceil(batch / pieces / unit) * unit;
}

function costInPieces({ model, hardware, settings, parallel }: Situation, layout: Layout, pass: Pass, sequences: number): StepCost {
  const { formats, terms, overlap } = settings;
  const cost = (batch: number): StepCost => stepCost(model, hardware, layout, { ...pass, batch }, { formats, terms, overlap, parallel });
  const whole = Math.floor(pass.batch / sequences);
  const rest = pass.batch - whole * sequences;
  if (rest === 0) return whole === 1 ? cost(sequences) : sumOfSteps([{ times: whole, cost: cost(sequences) }]);
  return sumOfSteps([
    { times: whole, cost: cost(sequences) },
    { times: 1, cost: cost(rest) },
  ]);
}

export function toCandidate(situation: Situation, { phase, pass, layout, sequences, cost, memory }: Placed): PlanCandidate {
  const { model, hardware, settings } = situation;
  const chips = chipsOf(layout.mesh);
  const tokens = pass.batch * pass.newTokens;
  const { terms } = cost;
  const contextTokens = maxContextTokens(model, layout, pass.batch, settings.kv_memory_share * hardware.memoryBytes, settings.formats.kv);
  return {
    layout: toPlanLayout(layout),
    passes: Math.ceil(pass.batch / sequences),
    step_ms: cost.seconds * 1e3,
    mfu: mfu(model.params, tokens, cost.seconds, chips, hardware.peakFlops),
    chip_seconds_per_token: (chips * cost.seconds) / tokens,
    tok_s: tokens / cost.seconds,
    breakdown_ms: {
      compute: terms.compute * 1e3,
      attention_compute: terms.attentionCompute * 1e3,
      weights: terms.weights * 1e3,
      kv: terms.kv * 1e3,
      activation_traffic: terms.activationTraffic * 1e3,
      weight_traffic: terms.weightTraffic * 1e3,
      attention_traffic: terms.attentionTraffic * 1e3,
      latency: terms.latency * 1e3,
      hidden: cost.hidden * 1e3,
    },
    memory_per_chip: {
      weights_bytes: memory.weights,
      kv_bytes: memory.kv,
      buffers_bytes: memory.buffers,
      reserve_bytes: hardware.memoryBytes - usableBytes(situation),
      capacity_bytes: hardware.memoryBytes,
    },
    max_batch: maxBatch(situation, layout, phase, memory.weights),
    ...(contextTokens === undefined ? {} : { max_context_tokens: contextTokens }),
  };
}

/** Beside the buffers of one sequence, at the least. */
function maxBatch(situation: Situation, layout: Layout, phase: Phase, weights: number): number {
  const { model, settings, parallel } = situation;
  const one = bufferBytesPerChip(model, layout, passOf(settings, phase, 1), settings.formats, parallel);
  const free = usableBytes(situation) - weights - one;
  const tokens = keptTokens(settings, phase);
  return largestBatch((batch) => kvBytesPerChip(model, layout, { batch, tokens }, bytesOf(settings.formats.kv)) <= free);
}

/** A decode step stands for all of a generation: half of its tokens are cached. */
function passOf({ isl, osl, cached_tokens: cached }: PlanSettings, phase: Phase, batch: number): Pass {
  switch (phase) {
    case 'prefill':
      return { batch, newTokens: isl, cachedTokens: cached };
    case 'decode':
      return decodePass(batch, cached + isl + osl / 2);
  }
}

/** Tokens per sequence with keys and values at the end of the phase. */
function keptTokens({ isl, osl, cached_tokens: cached }: PlanSettings, phase: Phase): number {
  return cached + isl + (phase === 'decode' ? osl : 0);
}

function usableBytes({ hardware, settings }: Situation): number {
  return hardware.memoryBytes * (1 - settings.reserve_share);
}
