import { expect, test } from 'vitest';
import type { PlanPoint, PlanResult } from '../../../engine/protocol/plan.ts';
import { chipsThatMightFit, nothingFits, type PhasePlan } from './planner_model.ts';

const GB = 1e9;
const plan = (chips: number): PlanResult => ({ chips, hardware: { memory_bytes: 32 * GB }, settings: { reserve_share: 0 } }) as PlanResult;
const lacking = (least: number): readonly PhasePlan[] => [
  { phase: 'decode', points: [{ discarded: [{ reason: 'weights', layouts: 3, least_bytes_per_chip: least }] } as unknown as PlanPoint] },
];

test('the next power of two at which the weights have room', () => {
  // 8 chips of 32 GB need 140 GB each: 1,120 GB in all, which 35 chips hold.
  expect(chipsThatMightFit({ plan: plan(8), phases: lacking(140 * GB) }, 256)).toBe(64);
  expect(chipsThatMightFit({ plan: plan(8), phases: lacking(33 * GB) }, 256)).toBe(16);
  expect(chipsThatMightFit({ plan: plan(64), phases: lacking(200 * GB) }, 256)).toBeUndefined();
  expect(nothingFits(lacking(1))).toBe(true);
});
