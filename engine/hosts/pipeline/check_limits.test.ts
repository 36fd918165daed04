import { describe, expect, it } from 'vitest';
import type { Plan } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { checkLimits } from './check_limits.ts';
import { PRESET_IDS, presetPlan } from './presets.ts';

type Limits = Plan['limits'];

/** The tiny preset (8 layers of 128, kv4/384) with these limits and space. */
function check(limits: Limits, space: Partial<Plan['space']> = {}): () => void {
  const plan = presetPlan('tiny', 1);
  return () => checkLimits({ ...plan, limits, space: { ...plan.space, ...space } }, parentOf(plan));
}

function parentOf(plan: Plan): Architecture {
  if (plan.parent.kind !== 'train') throw new Error('Presets train their parents.');
  return plan.parent.architecture;
}

const GQA: Partial<Plan['space']> = {
  attentions: [
    { kind: 'gqa', kv_heads: 4 },
    { kind: 'gqa', kv_heads: 1 },
  ],
};

describe('limits of a plan', () => {
  it.each(PRESET_IDS)('can be met in the preset %s', (id) => {
    const plan = presetPlan(id, 1);
    expect(() => checkLimits(plan, parentOf(plan))).not.toThrow();
  });

  it('are refused where even the smallest child is larger, with how small it is', () => {
    // Without any block 2 x 256 x 128 for embedding and head and 128 for the norm remain, of 1,640,576:
    // a layer has 2 x 128 x 128 + 2 x 128 x 64 of attention, 3 x 128 x 384 of FFN and 2 x 128 of norms.
    const total = 65_664 + 8 * (49_152 + 147_456 + 256);
    const share = 65_664 / total;
    expect(check([{ params: share + 1e-6, kv: 0.5 }])).not.toThrow();
    expect(check([{ params: 0.9, kv: 0.9 }, { params: share - 1e-6, kv: 0.5 }])).toThrow(`No child has at most 4 % of the parent's parameters: the smallest in the search space has ${(Math.ceil(1000 * share) / 10).toFixed(1)} %.`);
  });

  it('count the KV cache of the least attention', () => {
    expect(check([{ params: 1, kv: 0.25 }], GQA)).not.toThrow();
    expect(check([{ params: 1, kv: 0.24 }], GQA)).toThrow("No child has at most 24 % of the parent's KV cache: the smallest in the search space has 25 %.");
  });

  it('count a block that stands for several layers once', () => {
    const spans = [[0, 1], [2, 3], [3, 4, 5]];
    // Four blocks at least: 0-1, 2, 3-5 and then 6, 7 are five; 0-1, 2-3, 4, 5, 6, 7 are six.
    expect(check([{ params: 1, kv: (5 / 8) * 0.25 }], { ...GQA, spans })).not.toThrow();
    expect(check([{ params: 1, kv: (5 / 8) * 0.25 - 1e-6 }], { ...GQA, spans })).toThrow('the smallest in the search space has 15.7 %');
  });
});
