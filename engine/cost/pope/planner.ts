/**
 * Chooses how to split a model over chips by phase and batch (arXiv 2211.05102, section 3.5): every layout is costed,
 * those that do not fit into memory are left out, and the fastest is taken, which at a given number of chips and batch
 * is also the cheapest per token.
 */
import { BUILT_IN, type Hardware } from '../../hardware/calibrations.ts';
import { bytesOf } from '../../hardware/formats.ts';
import type { Device } from '../../protocol/hardware.ts';
import {
  planSettingsSchema,
  type Phase,
  type PlanDiscard,
  type PlanPoint,
  type PlanResult,
  type PlanRunnerUp,
  type PlanSettingsInput,
} from '../../protocol/plan.ts';
import { bandOf, notesOf } from './caveats.ts';
import { placeAll, toCandidate, type Placed, type Situation } from './candidates.ts';
import { onFrontier, staircase } from './curve.ts';
import { planHardware, type PlanHardware } from './hardware.ts';
import { layoutsFor, type Layout } from './layouts.ts';
import { PAPER } from './paper.ts';
import { executedParams, kvElementsPerToken, type PlannedModel } from './planned_model.ts';
import { whyNothingFits, whySlower, whyWinner } from './why.ts';

export interface PlanInput extends PlanSettingsInput {
  readonly model: PlannedModel;
  readonly device: Device;
  /** Calibrations, and the devices that they are of; those of the product where absent. */
  readonly known?: Hardware;
}

/**
 * @throws WorkbenchError or ZodError (`bad_input`) for settings that contradict each other or a device without a peak
 * for the formats.
 */
export function plan({ model, device, known = BUILT_IN, ...rest }: PlanInput): PlanResult {
  const settings = planSettingsSchema.parse(rest);
  const hardware = planHardware(device, settings, known);
  const mesh = settings.mesh === undefined ? undefined : { x: settings.mesh[0], y: settings.mesh[1], z: settings.mesh[2] };
  const layouts = layoutsFor(settings.chips, model, mesh);
  const parallel = settings.block === undefined ? model.parallelBlock : settings.block === 'parallel';
  const situation: Situation = { model, hardware, settings, parallel };
  const batches = [...new Set(settings.batches)].sort((a, b) => a - b);
  const points = [...new Set(settings.phases)].flatMap((phase) => onFrontier(batches.map((batch) => pointAt(situation, layouts, phase, batch))));
  return {
    model: {
      name: model.name,
      params: model.params,
      executed_params: executedParams(model),
      layers: model.layers,
      hidden: model.hidden,
      ffn: model.ffn,
      heads: model.heads,
      head_dim: model.headDim,
      kv_heads: model.kvHeads,
      kv_bytes_per_token: kvElementsPerToken(model) * bytesOf(settings.formats.kv),
      parallel_block: parallel,
    },
    device: device.id,
    chips: settings.chips,
    hardware: toWire(hardware),
    settings,
    layouts: layouts.length,
    points,
    staircase: staircase(points),
    provenance: { kind: 'estimated', source: `formulas of ${PAPER.paper} over the device table` },
    band: bandOf(device, settings),
    notes: notesOf(device, settings, model),
  };
}

function pointAt(situation: Situation, layouts: readonly Layout[], phase: Phase, batch: number): Omit<PlanPoint, 'on_frontier'> {
  const { fitting, left, tokens } = placeAll(situation, layouts, phase, batch);
  const [winner] = fitting;
  const base = { phase, batch, tokens, discarded: discards(left) };
  if (winner === undefined) return { ...base, why: whyNothingFits(base.discarded, situation.hardware.memoryBytes, situation.settings), runners_up: [] };
  const others = bestOfEachKind(fitting, winner).slice(0, situation.settings.runners_up);
  return {
    ...base,
    winner: toCandidate(situation, winner),
    why: whyWinner(winner, others[0]),
    runners_up: others.map(
      (other): PlanRunnerUp => ({
        ...toCandidate(situation, other),
        slower_by: other.cost.seconds / winner.cost.seconds - 1,
        why: whySlower(winner, other),
      }),
    ),
  };
}

/** The fastest of every pair of FFN layout and attention division but the winner's, in order of time. */
function bestOfEachKind(fitting: readonly Placed[], winner: Placed): readonly Placed[] {
  const seen = new Set([kindOf(winner)]);
  return fitting.filter((placed) => {
    const known = seen.has(kindOf(placed));
    seen.add(kindOf(placed));
    return !known;
  });
}

function kindOf({ layout }: Placed): string {
  return `${layout.ffn} ${layout.attention}`;
}

/** By what a layout lacks room for first: weights, then keys and values, then the buffers of a single sequence. */
function discards(left: readonly Placed[]): PlanDiscard[] {
  return (['weights', 'kv', 'buffers'] as const).flatMap((reason) => {
    const needs = left.filter((placed) => placed.lacks === reason).map(({ memory }) => memory.weights + memory.kv + memory.buffers);
    return needs.length === 0 ? [] : [{ reason, layouts: needs.length, least_bytes_per_chip: Math.min(...needs) }];
  });
}

function toWire(hardware: PlanHardware): PlanResult['hardware'] {
  return {
    peak_tflops: hardware.peakFlops / 1e12,
    compute_format: hardware.computeFormat,
    memory_bytes: hardware.memoryBytes,
    memory_gb_s: hardware.memoryBytesPerS / 1e9,
    network_gb_s: hardware.networkBytesPerS / 1e9,
    shares: hardware.shares,
    layer_latency_us: hardware.layerLatencyS * 1e6,
  };
}

