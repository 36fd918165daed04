/**
 * In-flight batching in its steady state: with b sequences active, every step generates one token (or several, where
 * drafts are checked) for each and admits b / osl prompts, which is b * isl / osl prompt tokens beside them. What exceeds
 * the step's token budget becomes steps of prompt tokens only. Compared with a step-by-step simulation this is off by
 * 1.3 % in the median.
 */
import type { CostTraffic, Deployment } from '../protocol/cost.ts';
import type { Model } from './model.ts';
import type { Step } from './sub_block.ts';

export interface OperatingPoint {
  /** Sequences under way in one copy of the model. */
  readonly batch: number;
  /** What one micro-batch does in a step, and in a step of prompt tokens only. */
  readonly mixed: Step;
  readonly extra: Step;
  /** What the steps of one new prompt do, and how many there are until its first token. */
  readonly first: Step;
  readonly firstSteps: number;
  /** Steps of prompt tokens only, per mixed one; a fraction where they are not always needed. */
  readonly extraSteps: number;
  /** Seconds in which every sequence generates once. */
  readonly roundSeconds: number;
  readonly tokensPerStep: number;
  /** Generated tokens per second of one copy. */
  readonly outputTokS: number;
  readonly ttftMs: number;
  readonly itlMs: number;
}

/**
 * Generated tokens per sequence and step where each of `draft_tokens` drafts is accepted with the same chance and the
 * first rejected one is replaced: (1 - a^(g+1)) / (1 - a) (Leviathan et al., arXiv 2211.17192, equation 1).
 */
export function tokensPerStep(speculation: Deployment['speculation']): number {
  if (speculation === undefined) return 1;
  const { draft_tokens: drafts, acceptance } = speculation;
  return acceptance === 1 ? drafts + 1 : (1 - acceptance ** (drafts + 1)) / (1 - acceptance);
}

/** Most sequences of the traffic's length that fit, and what stops there; whole numbers. */
export function largestBatch(model: Model, { isl, osl }: Pick<CostTraffic, 'isl' | 'osl'>): { readonly batch: number; readonly limit: 'memory' | 'program' } {
  const fit = Math.floor(model.sequencesThatFit(isl + osl));
  const program = model.kernels.endToEnd.max_batch * model.stages.length;
  return fit < program ? { batch: fit, limit: 'memory' } : { batch: program, limit: 'program' };
}

/** `batch` sequences under way, at least one. */
export function operate(model: Model, { isl, osl }: Pick<CostTraffic, 'isl' | 'osl'>, batch: number): OperatingPoint {
  const { speculation } = model.deployment;
  const generated = tokensPerStep(speculation);
  const queries = speculation === undefined ? 1 : speculation.draft_tokens + 1;
  const stages = model.stages.length;
  // Micro-batches keep all stages busy; fewer sequences than stages leave some idle.
  const micro = Math.max(1, batch / stages);
  const { prefillTokens, extraSteps } = admitted(model, isl, osl, micro, queries, generated);
  const context = isl + osl / 2;
  const mixed: Step = { sequences: micro, tokensPerSequence: queries, context, prefillTokens, prompt: isl };
  const extra: Step = { sequences: 0, tokensPerSequence: 1, context: 0, prefillTokens, prompt: isl };
  const draft = speculation === undefined ? 1 : 1 + speculation.draft_tokens * speculation.draft_cost;
  const stepSeconds = draft * model.stepSeconds(mixed) + (extraSteps > 0 ? extraSteps * model.stepSeconds(extra) : 0);
  const roundSeconds = stages * stepSeconds;
  const active = Math.min(batch, micro * stages);
  const { first, firstSteps } = firstToken(model, isl, micro, context);
  return {
    batch: active,
    mixed,
    extra,
    extraSteps,
    first,
    firstSteps,
    roundSeconds,
    tokensPerStep: generated,
    outputTokS: (active * generated) / roundSeconds,
    ttftMs: 1000 * firstSteps * model.stepSeconds(first),
    itlMs: (1000 * roundSeconds) / generated,
  };
}

/** Prompt tokens per mixed step, and how many steps of prompt tokens only follow each. */
function admitted(
  model: Model,
  isl: number,
  osl: number,
  micro: number,
  queries: number,
  generated: number,
): { readonly prefillTokens: number; readonly extraSteps: number } {
  const tokens = (micro * isl * generated) / osl;
  const budget = model.kernels.endToEnd.max_tokens;
  const room = budget - micro * queries;
  if (tokens <= room) return { prefillTokens: tokens, extraSteps: 0 };
  const chunks = room > 0 ? Math.max(1, tokens / room) : Math.ceil(tokens / budget) + 1;
  return { prefillTokens: tokens / chunks, extraSteps: chunks - 1 };
}

/** A prompt that is admitted at once, beside the sequences already under way; waiting is not counted. */
function firstToken(model: Model, isl: number, micro: number, context: number): { readonly first: Step; readonly firstSteps: number } {
  const stages = model.stages.length;
  if (isl === 0) return { first: { sequences: micro, tokensPerSequence: 1, context, prefillTokens: 0, prompt: 0 }, firstSteps: stages };
  const others = Math.max(0, micro - 1);
  const chunks = Math.ceil(isl / Math.max(1, model.kernels.endToEnd.max_tokens - others));
  return { first: { sequences: others, tokensPerSequence: 1, context, prefillTokens: isl / chunks, prompt: isl }, firstSteps: chunks + stages - 1 };
}
