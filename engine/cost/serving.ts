/**
 * In-flight batching in its steady state: with b sequences active, every step generates one token (or several, where
 * drafts are checked) for each and admits b / osl prompts, which is b * isl / osl prompt tokens beside them. What exceeds
 * the step's token budget becomes steps of prompt tokens only. Compared with a step-by-step simulation this is off by
 * 1.3 % in the median.
 */
import type { CostTraffic, Deployment } from '../protocol/cost.ts';
import type { Model } from './model.ts';
import type { Step } from './sub_block.ts';

/** Closer to all of the time, the wait of a queue without end says nothing about one of so many sequences. */
const MOST_BUSY = 0.95;

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
  /** Seconds that the slowest stage is busy with one micro-batch. */
  readonly stepSeconds: number;
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
  const { prefillTokens, extraSteps, extraTokens } = admitted((micro * isl * generated) / osl, micro * queries, model.kernels.endToEnd.max_tokens);
  const context = isl + osl / 2;
  const mixed: Step = { sequences: micro, tokensPerSequence: queries, context, prefillTokens, prompt: isl };
  const extra: Step = { sequences: 0, tokensPerSequence: 1, context: 0, prefillTokens: extraTokens, prompt: isl };
  const beside = (extraSteps > 0 ? extraSteps * model.stepSeconds(extra) : 0) + draftSeconds(model, mixed);
  const underWay = Math.min(stages, batch / micro);
  // A stage serves all micro-batches in turn; where they are few, each is back as soon as it has passed all stages.
  const stepSeconds = model.stepSeconds(mixed) + beside;
  const roundSeconds = Math.max(underWay * stepSeconds, model.passSeconds(mixed) + beside);
  const { first, firstSteps } = firstToken(model, isl, micro, context);
  return {
    batch,
    mixed,
    extra,
    extraSteps,
    first,
    firstSteps,
    stepSeconds,
    roundSeconds,
    tokensPerStep: generated,
    outputTokS: (batch * generated) / roundSeconds,
    ttftMs: 1000 * firstSteps * model.stepSeconds(first),
    itlMs: (1000 * roundSeconds) / generated,
  };
}

/** What drafting adds to a step: each draft costs its share of a step that generates one token per sequence. */
function draftSeconds(model: Model, mixed: Step): number {
  const { speculation } = model.deployment;
  if (speculation === undefined) return 0;
  return speculation.draft_tokens * speculation.draft_cost * model.stepSeconds({ ...mixed, tokensPerSequence: 1, prefillTokens: 0 });
}

/**
 * How `tokens` prompt tokens are processed where a step takes `budget` tokens, `generating` of which are already taken:
 * in the mixed step, and in equal steps of prompt tokens only behind it (a fraction where not every round needs one).
 */
function admitted(tokens: number, generating: number, budget: number): { readonly prefillTokens: number; readonly extraSteps: number; readonly extraTokens: number } {
  const room = budget - generating;
  if (tokens <= room) return { prefillTokens: tokens, extraSteps: 0, extraTokens: 0 };
  if (room >= budget / 2) return { prefillTokens: room, extraSteps: tokens / room - 1, extraTokens: room };
  // With hardly any room left, steps of prompt tokens only are filled to the budget instead.
  const prefillTokens = Math.max(0, room);
  return { prefillTokens, extraSteps: (tokens - prefillTokens) / budget, extraTokens: budget };
}

/**
 * Milliseconds that a prompt waits in the mean for those of other sequences, where each of the point's sequences asks
 * again as soon as it is served: a queue with random arrivals and equal service times (Pollaczek-Khinchine), busy with the
 * others' prompts. A prompt that hardly lengthens the step it joins keeps nobody waiting.
 */
export function promptWaitMs(model: Model, { isl, osl }: Pick<CostTraffic, 'isl' | 'osl'>, point: OperatingPoint): number {
  if (isl === 0 || point.batch <= 1) return 0;
  const { batch, first, firstSteps } = point;
  const chunks = firstSteps - model.stages.length + 1;
  const own = 1000 * chunks * Math.max(0, model.stepSeconds(first) - model.stepSeconds({ ...first, prefillTokens: 0 }));
  const promptsPerMs = point.outputTokS / osl / 1000;
  const busy = Math.min(MOST_BUSY, ((batch - 1) / batch) * promptsPerMs * own);
  return Math.min((busy * own) / (2 * (1 - busy)), (batch - 1) * own);
}

/** A prompt that is admitted at once, beside the sequences already under way; waiting is not counted. */
function firstToken(model: Model, isl: number, micro: number, context: number): { readonly first: Step; readonly firstSteps: number } {
  const stages = model.stages.length;
  if (isl === 0) return { first: { sequences: micro, tokensPerSequence: 1, context, prefillTokens: 0, prompt: 0 }, firstSteps: stages };
  const others = Math.max(0, micro - 1);
  const chunks = Math.ceil(isl / Math.max(1, model.kernels.endToEnd.max_tokens - others));
  return { first: { sequences: others, tokensPerSequence: 1, context, prefillTokens: isl / chunks, prompt: isl }, firstSteps: chunks + stages - 1 };
}
