/** Everything the planner shows, gathered from the two phases' plans. */
import type { Device } from '../../../engine/protocol/hardware.ts';
import type { Phase, PlanPoint, PlanResult } from '../../../engine/protocol/plan.ts';

export interface PhasePlan {
  readonly phase: Phase;
  /** By batch. */
  readonly points: readonly PlanPoint[];
}

export interface PlannerModel {
  /** Figures of model, hardware, band and notes, which both phases share. */
  readonly plan: PlanResult;
  readonly phases: readonly PhasePlan[];
  /** One device: `GPU`, or `chip` for a TPU. */
  readonly unit: Unit;
}

export type Unit = 'GPU' | 'chip';

export function unitOf(device: Pick<Device, 'kind'> | undefined): Unit {
  return device?.kind === 'gpu' ? 'GPU' : 'chip';
}

/** `4 chips`. */
export function unitsText(count: number, unit: Unit): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Undefined without plans. */
export function plannerModelOf(plans: readonly PlanResult[], devices: readonly Device[]): PlannerModel | undefined {
  const [plan] = plans;
  if (plan === undefined) return undefined;
  return {
    plan,
    phases: plans.flatMap(({ points, settings }) => settings.phases.map((phase): PhasePlan => ({ phase, points: points.filter((point) => point.phase === phase) }))),
    unit: unitOf(devices.find(({ id }) => id === plan.device)),
  };
}

export function pointAt(phases: readonly PhasePlan[], phase: Phase, batch: number): PlanPoint | undefined {
  const points = phases.find((candidate) => candidate.phase === phase)?.points ?? [];
  return points.find((point) => point.batch === batch) ?? points[0];
}

/** No layout fits for any batch of any phase. */
export function nothingFits(phases: readonly PhasePlan[]): boolean {
  return phases.every(({ points }) => points.every(({ winner }) => winner === undefined));
}

/**
 * The least number of chips, a power of two, at which the most frugal layout might have room; undefined beyond `most`.
 * Weights are divided evenly, other things not always: a guess to try, not a promise.
 */
export function chipsThatMightFit({ plan, phases }: Pick<PlannerModel, 'plan' | 'phases'>, most: number): number | undefined {
  const needs = phases.flatMap(({ points }) => points.flatMap(({ discarded }) => discarded.map((discard) => discard.least_bytes_per_chip)));
  if (needs.length === 0) return undefined;
  const usable = plan.hardware.memory_bytes * (1 - plan.settings.reserve_share);
  const wanted = (Math.min(...needs) * plan.chips) / usable;
  const chips = Math.max(2 * plan.chips, 2 ** Math.ceil(Math.log2(wanted)));
  return chips <= most ? chips : undefined;
}
