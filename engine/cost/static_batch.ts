/** All sequences begin and end together: one prefill, then a decode step per generated token, as in a fixed-batch benchmark. */
import type { Model } from './model.ts';
import type { Step } from './sub_block.ts';

export interface StaticBatch {
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
}

/** `batch` prompts of `isl` tokens in steps of at most the token budget, then `osl` - 1 steps at the mean context. */
export function staticBatch(model: Model, isl: number, osl: number, batch: number): StaticBatch {
  const stages = model.stages.length;
  const tokens = batch * isl;
  const chunks = Math.max(1, Math.ceil(tokens / model.kernels.endToEnd.max_tokens));
  const prefill: Step = { sequences: 0, tokensPerSequence: 1, context: 0, prefillTokens: tokens / chunks, prompt: isl };
  const decode: Step = { sequences: Math.max(1, batch / stages), tokensPerSequence: 1, context: isl + osl / 2, prefillTokens: 0, prompt: 0 };
  return {
    prefillSeconds: (chunks + stages - 1) * model.stepSeconds(prefill),
    decodeSeconds: (osl - 1) * stages * model.stepSeconds(decode),
  };
}
