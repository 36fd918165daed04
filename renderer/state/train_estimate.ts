/**
 * How much work the steps of a plan are, roughly: floating-point operations of their matrix products. Only ratios count: a
 * preset's stated time is scaled to an edited plan by them, and a run's speed so far to the steps it still has before it.
 */
import type { Plan, StepKind, StepState } from '../../engine/protocol/train.ts';

/** A training step is a forward pass and a backward one of twice its cost. */
const TRAINED = 3;
/** Of a step that does little arithmetic, in the same unit: about a second on two cores. */
const SMALL = 2e10;
/** Methods besides random ones: the search, greedy, most parameters, homogeneous. */
const METHODS = 4;

/** What a parent costs per token: one layer, and everything outside of layers. */
interface Size {
  readonly layers: number;
  readonly layer: number;
  readonly outside: number;
}

/** A parent that is opened is not known beforehand; ratios then are those of an 8-layer one. */
const UNKNOWN: Size = { layers: 8, layer: 4e5, outside: 6e4 };

export function workOf(plan: Plan): Readonly<Record<StepKind, number>> {
  const { layers, layer, outside } = sizeOf(plan);
  const whole = layers * layer + outside;
  const tokens = plan.data.sequence_length;
  const { attentions, ffns } = plan.space;
  const pairs = attentions.length * ffns.length;
  const spans = plan.space.spans?.length ?? 0;
  // In place of a span, every pair is trained whole and scored.
  const spanTargets = plan.bld.mode === 'none' ? 0 : spans * pairs;
  const training = ({ steps, batch }: { readonly steps: number; readonly batch: number }): number => steps * batch * tokens;
  const targets = { none: 0, decoupled: attentions.length + ffns.length - 2, coupled: pairs - 1, two_stage: 2 * (attentions.length + ffns.length - 2) }[plan.bld.mode];
  const tasks = (on: boolean): number => (on ? 1 + (plan.data.task_examples * 6) / Math.max(1, 4 * plan.score.sequences) : 1);
  const evaluation = (models: number, withTasks: boolean): number => SMALL + models * plan.evaluate.sequences * tokens * whole * tasks(withTasks);
  const bld = SMALL + (layers * targets + spanTargets) * TRAINED * training(plan.bld.training) * layer;
  const gkd = SMALL + (TRAINED + 1) * training(plan.gkd.training) * whole;
  return {
    data: SMALL,
    parent: SMALL + (plan.parent.kind === 'train' ? TRAINED * training(plan.parent.training) * whole : 0),
    activations: SMALL + (plan.bld.train_sequences + plan.bld.held_out_sequences) * tokens * whole,
    measure: SMALL * 2,
    bld,
    score: SMALL + (layers + spans) * pairs * plan.score.sequences * tokens * ((layers / 2) * layer + outside) * tasks(plan.score.tasks),
    library: SMALL / 4,
    search: SMALL / 4,
    evaluate: evaluation(plan.limits.length * (METHODS + plan.baselines.random), true),
    additivity: evaluation(plan.additivity.architectures, false),
    gkd,
    final: evaluation(2, true),
    export: SMALL / 4,
    ...experimentWork(plan, { bld, gkd, evaluation }),
  };
}

/** Whatever an experiment repeats, by its number of variants and seeds. */
function experimentWork(
  { experiments = [], limits }: Plan,
  { bld, gkd, evaluation }: { readonly bld: number; readonly gkd: number; readonly evaluation: (models: number, withTasks: boolean) => number },
): Record<Extract<StepKind, `experiment_${string}`>, number> {
  const seeds = (id: string): number => experiments.find((one) => one.id === id)?.seeds ?? 0;
  const children = evaluation(limits.length, false);
  return {
    experiment_baselines: seeds('baselines') * (METHODS + 1) * children,
    experiment_bld: seeds('bld') * (bld + 2 * children),
    experiment_coupled: seeds('coupled') * (4 * bld + 2 * children),
    experiment_metrics: seeds('metrics') * 5 * children,
    experiment_losses: seeds('losses') * 7 * gkd,
    experiment_budgets: seeds('budgets') * 3 * (bld + gkd),
  };
}

function sizeOf(plan: Plan): Size {
  if (plan.parent.kind === 'open') return UNKNOWN;
  const { shape, blocks } = plan.parent.architecture;
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: head, vocab_size: vocabulary } = shape;
  const { attention, ffn } = blocks[0] ?? {};
  const kv = attention?.kind === 'gqa' ? attention.kv_heads : 0;
  const width = ffn?.kind === 'swiglu' ? ffn.intermediate_size : 0;
  return { layers: blocks.length, layer: 2 * (hidden * head * (2 * heads + 2 * kv) + 3 * hidden * width), outside: 2 * hidden * vocabulary };
}

function total(work: Readonly<Record<StepKind, number>>): number {
  return Object.values(work).reduce((sum, part) => sum + part, 0);
}

/** Seconds that `plan` may take, from those of the plan it was made from. */
export function scaledSeconds(plan: Plan, base: { readonly plan: Plan; readonly estimate_s: number }): number {
  return (base.estimate_s * total(workOf(plan))) / total(workOf(base.plan));
}

/** Less done than this says nothing of the speed. */
const TOO_LITTLE = 0.05;

/** Seconds to the end of a run under way, by the speed so far; undefined where little is known of that. */
export function secondsLeft(plan: Plan, steps: readonly StepState[]): number | undefined {
  const work = workOf(plan);
  const doneShare = ({ state, progress }: StepState): number => (state === 'done' ? 1 : state === 'running' ? progress : 0);
  const done = steps.reduce((sum, step) => sum + doneShare(step) * work[step.kind], 0);
  const spent = steps.reduce((sum, step) => sum + (doneShare(step) > 0 ? step.elapsed_s : 0), 0);
  const whole = steps.reduce((sum, { kind }) => sum + work[kind], 0);
  if (done < TOO_LITTLE * whole || spent <= 0) return undefined;
  const seconds = (step: StepState): number => {
    // A step's own forecast is better than any ratio.
    if (step.state === 'running' && step.eta_s !== undefined) return step.eta_s;
    return ((1 - doneShare(step)) * work[step.kind] * spent) / done;
  };
  return steps.reduce((sum, step) => sum + seconds(step), 0);
}
