import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../hardware/calibrations.ts';
import type { Plan } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { checkPlan } from './check_plan.ts';
import { PRESET_IDS, presetPlan } from './presets.ts';

function parentOf(plan: Plan): Architecture {
  if (plan.parent.kind !== 'train') throw new Error('Presets train their parents.');
  return plan.parent.architecture;
}

/** The tiny preset (8 layers, kv4/384) with something else in it. */
function plan(change: (tiny: Plan) => Partial<Plan>): () => void {
  const tiny = presetPlan('tiny', 1);
  return () => checkPlan({ ...tiny, ...change(tiny) }, parentOf(tiny), BUILT_IN);
}

describe('a plan', () => {
  it.each(PRESET_IDS)('of the preset %s is fine', (id) => {
    const preset = presetPlan(id, 1);
    expect(() => checkPlan(preset, parentOf(preset), BUILT_IN)).not.toThrow();
  });

  it('may score by tasks where it has some', () => {
    expect(plan(() => ({ objective: 'task_copy_drop' }))).not.toThrow();
    expect(plan(({ score }) => ({ objective: 'task_copy_drop', score: { ...score, tasks: false } }))).toThrow(/objective: expected one of the scores kl_div, .*, found task_copy_drop\.$/);
  });

  it.each<[string, (tiny: Plan) => Partial<Plan>, RegExp]>([
    ['an unknown device', () => ({ target_device: 'abacus' }), /abacus/],
    ['an unknown score', () => ({ objective: 'beauty' }), /the plan, objective: expected one of .*kl_div.* found beauty\.$/],
    ['limits that are not there', () => ({ chosen_limit: 5 }), /the plan, chosen_limit: expected a number below 5, .* found 5\.$/],
    ['KV heads that do not divide the parent’s', ({ space }) => ({ space: { ...space, attentions: [...space.attentions, { kind: 'gqa', kv_heads: 3 }] } }), /space\.attentions\[5\]: expected the parent's kv4, .* found kv3\.$/],
    ['an FFN wider than the parent’s', ({ space }) => ({ space: { ...space, ffns: [{ kind: 'swiglu', intermediate_size: 385 }, ...space.ffns] } }), /space\.ffns\[0\]: expected the parent's 384, .* found 385\.$/],
    ['a space without the parent’s attention', ({ space }) => ({ space: { ...space, attentions: space.attentions.slice(1) } }), /space\.attentions: expected the parent's own kv4 among them/],
    ['a space without the parent’s FFN', ({ space }) => ({ space: { ...space, ffns: space.ffns.slice(1) } }), /space\.ffns: expected the parent's own 384 among them/],
    ['a span beyond the last layer', ({ space }) => ({ space: { ...space, spans: [[7, 8]] } }), /Layers 7, 8 are no consecutive layers of a parent with 8/],
  ])('with %s is refused', (_, change, message) => {
    expect(plan(change)).toThrow(message);
  });
});
