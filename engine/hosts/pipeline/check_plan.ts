/**
 * What a plan can be known to fail with before anything is trained: blocks that cannot be made from the parent's, spans that
 * are none, an unknown device or score. Each would be found by the step it belongs to, hours later.
 */
import type { Hardware } from '../../hardware/calibrations.ts';
import { badInput } from '../../protocol/errors.ts';
import { TASKS, type Plan } from '../../protocol/train.ts';
import { attentionId, ffnId, type Architecture, type Attention, type Ffn } from '../../protocol/variant.ts';
import { scoreIds } from '../../train/library.ts';
import { spanOf } from '../../train/spans.ts';
import { targetCosts } from './target_costs.ts';

const PLACE = 'the plan';

/** `parent` is the architecture to be trained, or that of the checkpoint. @throws WorkbenchError `bad_input` naming place and remedy */
export function checkPlan(plan: Plan, parent: Architecture, hardware: Hardware): void {
  checkSpace(plan, parent);
  for (const span of plan.space.spans ?? []) spanOf(span, parent.blocks.length);
  const { limits, chosen_limit: chosen } = plan;
  if (chosen >= limits.length) throw badInput(PLACE, 'chosen_limit', `a number below ${limits.length}, the sets of limits, counted from 0`, String(chosen));
  const tasks = plan.score.tasks && plan.data.source.kind === 'generated' ? TASKS : [];
  const scores = scoreIds(tasks);
  if (!scores.includes(plan.objective)) throw badInput(PLACE, 'objective', `one of the scores ${scores.join(', ')}`, plan.objective);
  // Knows devices, and whether they compute such a model.
  targetCosts(plan, parent, hardware);
}

function checkSpace({ space }: Plan, { blocks: [own] }: Architecture): void {
  if (own === undefined) return;
  const attentions = `the parent's ${attentionId(own.attention)}, fewer KV heads that divide it, linear or no_op`;
  const ffns = `the parent's ${ffnId(own.ffn)}, narrower ones, linear or no_op`;
  space.attentions.forEach((attention, i) => {
    if (!comesFrom(attention, own.attention)) throw badInput(PLACE, `space.attentions[${i}]`, attentions, attentionId(attention));
  });
  space.ffns.forEach((ffn, i) => {
    if (!isNarrower(ffn, own.ffn)) throw badInput(PLACE, `space.ffns[${i}]`, ffns, ffnId(ffn));
  });
  if (!space.attentions.some((attention) => attentionId(attention) === attentionId(own.attention))) {
    throw badInput(PLACE, 'space.attentions', `the parent's own ${attentionId(own.attention)} among them`, space.attentions.map(attentionId).join(', '));
  }
  if (!space.ffns.some((ffn) => ffnId(ffn) === ffnId(own.ffn))) throw badInput(PLACE, 'space.ffns', `the parent's own ${ffnId(own.ffn)} among them`, space.ffns.map(ffnId).join(', '));
}

function comesFrom(attention: Attention, own: Attention): boolean {
  return attention.kind !== 'gqa' || (own.kind === 'gqa' && own.kv_heads % attention.kv_heads === 0);
}

function isNarrower(ffn: Ffn, own: Ffn): boolean {
  return ffn.kind !== 'swiglu' || (own.kind === 'swiglu' && ffn.intermediate_size <= own.intermediate_size);
}
