import { describe, expect, it } from 'vitest';
import type { Plan } from '../../protocol/train.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { inWords, planDifferences } from './plan_differences.ts';

const PLAN = presetPlan('smoke', 1);
const words = (change: Partial<Plan>): string => inWords(planDifferences(PLAN, { ...PLAN, ...change }));

describe('differences of plans', () => {
  it('are none for the same plan, whatever experiments it has and however its fields are ordered', () => {
    const reversed = Object.fromEntries(Object.entries(PLAN).reverse()) as Plan;
    expect(planDifferences(PLAN, { ...reversed, experiments: [{ id: 'bld', seeds: 3 }] })).toEqual([]);
  });

  it('name the place and both values', () => {
    if (PLAN.parent.kind !== 'train') throw new Error('The smoke preset trains its parent.');
    expect(words({ parent: { ...PLAN.parent, training: { ...PLAN.parent.training, steps: 200 } } })).toBe('parent.training.steps: 160 there, 200 asked for');
    expect(words({ limits: PLAN.limits.map((set, i) => (i === 2 ? { ...set, kv: 0.25 } : set)) })).toBe('limits[2].kv: 0.7 there, 0.25 asked for');
    expect(words({ objective: 'lm_loss' })).toBe('objective: "kl_div" there, "lm_loss" asked for');
  });

  it('count lists of different lengths', () => {
    expect(words({ limits: PLAN.limits.slice(0, 2) })).toBe('limits: 5 entries there, 2 asked for');
  });

  it('say where a field is missing', () => {
    expect(words({ space: { ...PLAN.space, spans: [[0, 1]] } })).toBe('space.spans: nothing there, [[0,1]] asked for');
  });

  it('do not compare the fields of a parent that is trained with those of one that is opened', () => {
    expect(words({ parent: { kind: 'open', folder: '/models/llama' } })).toBe('parent.kind: "train" there, "open" asked for');
  });

  it('are the first few, and how many more there are', () => {
    const seeds = inWords(planDifferences(PLAN, presetPlan('smoke', 2)));
    expect(seeds).toBe('seed: 1 there, 2 asked for; data.seed: 1 there, 2 asked for; parent.training.seed: 1 there, 2 asked for; and 2 more');
  });
});
