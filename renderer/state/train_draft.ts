/**
 * The wizard's fields, as typed, made from a plan: a preset's, or that of an earlier run. What it does not show stays as the
 * plan has it. `train_check.ts` makes a plan of it again.
 */
import type { ExperimentId, Plan, TensorBackend, TrainingSpec } from '../../engine/protocol/train.ts';
import type { Architecture, Attention, Ffn } from '../../engine/protocol/variant.ts';
import { freeNumber } from './train_numbers.ts';
import { spanChoiceOf, spansText, type SpanChoice } from './train_spans.ts';

/** Steps, batch and learning rate of one of the three trainings. */
export interface TrainingFields {
  readonly steps: string;
  readonly batch: string;
  readonly rate: string;
}

/** One set of limits, in percent of the parent. */
export interface LimitFields {
  readonly key: number;
  readonly params: string;
  readonly kv: string;
}

export type BldMode = Plan['bld']['mode'];
export const BLD_MODES: readonly { readonly value: BldMode; readonly label: string }[] = [
  { value: 'decoupled', label: 'Decoupled' },
  { value: 'coupled', label: 'Coupled' },
  { value: 'two_stage', label: 'Two-stage' },
  { value: 'none', label: 'None' },
];

export interface TrainDraft {
  /** What the draft began as. */
  readonly base: Plan;
  readonly name: string;
  readonly parent: 'train' | 'open';
  /** Checkpoint folder of a parent that is opened. */
  readonly folder: string;
  readonly data: 'generated' | 'files';
  readonly dataPath: string;
  readonly sequence: string;
  readonly trainTokens: string;
  readonly heldOutTokens: string;
  /** KV heads of attention variants and widths of FFN variants, lists; without the parent's own where that is known. */
  readonly kvHeads: string;
  readonly linearAttention: boolean;
  readonly noAttention: boolean;
  readonly widths: string;
  readonly linearFfn: boolean;
  readonly noFfn: boolean;
  readonly spanChoice: SpanChoice;
  /** Read where `spanChoice` is `own`. */
  readonly spans: string;
  /** Id of the device whose runtimes stand beside those measured here. */
  readonly targetDevice: string;
  /** Id of the score that the search minimises. */
  readonly objective: string;
  readonly parentTraining: TrainingFields;
  readonly bldMode: BldMode;
  readonly bld: TrainingFields;
  readonly gkd: TrainingFields;
  readonly lm: string;
  readonly cosine: string;
  readonly kl: string;
  readonly limits: readonly LimitFields[];
  /** Key of the set that the distilled child obeys. */
  readonly chosen: number;
  readonly seed: string;
  /** Empty: as many as suit the device. */
  readonly processes: string;
  readonly backend: TensorBackend | '';
  readonly scoreSequences: string;
  readonly evaluateSequences: string;
  readonly taskExamples: string;
  readonly randomChildren: string;
  readonly architectures: string;
  readonly narrow: string;
  readonly experiments: readonly ExperimentId[];
  readonly experimentSeeds: string;
}

export function draftOf(plan: Plan, name: string): TrainDraft {
  const { data, parent, space, bld, gkd, limits } = plan;
  const own = ownBlock(plan);
  const kvHeads = space.attentions.flatMap((attention) => (attention.kind === 'gqa' && attention.kv_heads !== own?.kvHeads ? [attention.kv_heads] : []));
  const widths = space.ffns.flatMap((ffn) => (ffn.kind === 'swiglu' && ffn.intermediate_size !== own?.width ? [ffn.intermediate_size] : []));
  const has = (list: readonly (Attention | Ffn)[], kind: string): boolean => list.some((variant) => variant.kind === kind);
  return {
    base: plan,
    name,
    parent: parent.kind,
    folder: parent.kind === 'open' ? parent.folder : '',
    data: data.source.kind,
    dataPath: data.source.kind === 'files' ? data.source.path : '',
    sequence: String(data.sequence_length),
    trainTokens: freeNumber(data.train_tokens),
    heldOutTokens: freeNumber(data.held_out_tokens),
    kvHeads: kvHeads.join(', '),
    linearAttention: has(space.attentions, 'linear'),
    noAttention: has(space.attentions, 'no_op'),
    widths: widths.join(', '),
    linearFfn: has(space.ffns, 'linear'),
    noFfn: has(space.ffns, 'no_op'),
    spanChoice: spanChoiceOf(space.spans, own?.layers),
    spans: spansText(space.spans ?? []),
    targetDevice: plan.target_device,
    objective: plan.objective,
    parentTraining: parent.kind === 'train' ? fieldsOf(parent.training) : { steps: '1', batch: '16', rate: '0.001' },
    bldMode: bld.mode,
    bld: fieldsOf(bld.training),
    gkd: fieldsOf(gkd.training),
    lm: String(gkd.loss.lm),
    cosine: String(gkd.loss.cosine),
    kl: String(gkd.loss.kl),
    limits: limits.map(({ params, kv }, key) => ({ key, params: percent(params), kv: percent(kv) })),
    chosen: plan.chosen_limit,
    seed: String(plan.seed),
    processes: '',
    backend: '',
    scoreSequences: String(plan.score.sequences),
    evaluateSequences: String(plan.evaluate.sequences),
    taskExamples: String(data.task_examples),
    randomChildren: String(plan.baselines.random),
    architectures: String(plan.additivity.architectures),
    narrow: String(plan.additivity.narrow),
    experiments: (plan.experiments ?? []).map(({ id }) => id),
    experimentSeeds: String(plan.experiments?.[0]?.seeds ?? 3),
  };
}

function fieldsOf({ steps, batch, learning_rate: rate }: TrainingSpec): TrainingFields {
  return { steps: String(steps), batch: String(batch), rate: String(rate) };
}

function percent(share: number): string {
  return String(Number((100 * share).toPrecision(6)));
}

export interface OwnBlock {
  readonly kvHeads: number;
  readonly width: number;
  /** How many layers are such blocks. */
  readonly layers: number;
}

/** What is known of a parent that is opened. */
export interface OpenedParent extends OwnBlock {
  readonly hasTokenizer: boolean;
}

/** A checkpoint folder that was read, with what would suit it as a search space. */
export interface FoundParent {
  readonly folder: string;
  readonly kvHeads: string;
  readonly widths: string;
}

/** What finding a parent changes: its folder as read, and proposals for the space unless `draft` was made for that very parent. */
export function parentChange(draft: TrainDraft, { folder, kvHeads, widths }: FoundParent): Partial<TrainDraft> {
  return isOfBase(draft, folder) ? { folder } : { folder, kvHeads, widths };
}

/** Whether `folder` is the opened parent of the plan that the draft began as. */
export function isOfBase({ base: { parent } }: TrainDraft, folder: string): boolean {
  return parent.kind === 'open' && parent.folder === folder;
}

/** The block that every layer of the parent is, where that is known before anything runs. */
export function ownBlock({ parent }: Pick<Plan, 'parent'>): OwnBlock | undefined {
  return parent.kind === 'train' ? blockOf(parent.architecture) : undefined;
}

export function blockOf({ blocks }: Architecture): OwnBlock | undefined {
  const { attention, ffn } = blocks[0] ?? {};
  return attention?.kind === 'gqa' && ffn?.kind === 'swiglu' ? { kvHeads: attention.kv_heads, width: ffn.intermediate_size, layers: blocks.length } : undefined;
}

/** One more set of limits, a tenth below the smallest. */
export function withLimit(draft: TrainDraft): TrainDraft {
  const key = Math.max(-1, ...draft.limits.map((limit) => limit.key)) + 1;
  const last = Number(draft.limits.at(-1)?.params);
  const next = String(Number.isFinite(last) && last > 10 ? Math.round(last - 10) : 50);
  return { ...draft, limits: [...draft.limits, { key, params: next, kv: next }] };
}

export function withoutLimit(draft: TrainDraft, key: number): TrainDraft {
  const limits = draft.limits.filter((limit) => limit.key !== key);
  return { ...draft, limits, chosen: draft.chosen === key ? (limits[0]?.key ?? 0) : draft.chosen };
}
