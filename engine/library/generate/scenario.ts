/**
 * One traffic and batch of a generated library: what each half of a block adds to the steady state of in-flight
 * batching, where everything is a sum over blocks. A sequence takes `osl` rounds, so a batch's runtime is `osl` times the
 * round, and batch * osl / runtime is its throughput.
 */
import type { Model } from '../../cost/model.ts';
import { operate } from '../../cost/serving.ts';
import { attentionSeconds, ffnSeconds, headSeconds } from '../../cost/sub_block.ts';
import type { Space } from './space.ts';

export interface Scenario {
  readonly batch: number;
  readonly isl: number;
  readonly osl: number;
}

/** Milliseconds by attention and FFN of the space, and outside the blocks. */
export interface PhaseCosts {
  readonly attention: Float64Array;
  readonly ffn: Float64Array;
  readonly outside: number;
}

export interface ScenarioCosts {
  /** All rounds of a sequence. */
  readonly runtime: PhaseCosts;
  /** From a request to its first token, beside the others under way. */
  readonly firstToken: PhaseCosts;
}

/** `model` is any model of the parent's shape under the deployment: its blocks do not matter. */
export function scenarioCosts(model: Model, space: Space, { batch, isl, osl }: Scenario): ScenarioCosts {
  const { kernels, shape, deployment } = model;
  const { tp } = deployment;
  const { derate, step0 } = kernels.endToEnd;
  const { mixed, extra, extraSteps, first, firstSteps } = operate(model, { isl, osl }, batch);
  const phase = (parts: readonly (readonly [times: number, step: typeof mixed])[]): PhaseCosts => {
    const used = parts.filter(([times]) => times > 0);
    const sum = (seconds: (step: typeof mixed) => number): number => used.reduce((total, [times, step]) => total + times * 1000 * derate * seconds(step), 0);
    return {
      attention: Float64Array.from(space.attentions, (attention) => sum((step) => attentionSeconds(kernels, shape, attention, tp, step))),
      ffn: Float64Array.from(space.ffns, (ffn) => sum((step) => ffnSeconds(kernels, shape, ffn, tp, step))),
      outside: sum((step) => headSeconds(kernels, shape, tp, step)) + used.reduce((total, [times]) => total + times * 1000 * step0, 0),
    };
  };
  return {
    runtime: phase([
      [osl, mixed],
      [osl * extraSteps, extra],
    ]),
    firstToken: phase([[firstSteps, first]]),
  };
}
