/** From the wizard's fields to a plan: every field is read by its own rule, then the whole by the plan's own schema. */
import { planSchema, type Plan, type TrainingSpec } from '../../engine/protocol/train.ts';
import type { Attention, Ffn } from '../../engine/protocol/variant.ts';
import type { RunWish } from './train_actions.ts';
import { isOfBase, ownBlock, type OpenedParent, type OwnBlock, type TrainDraft, type TrainingFields } from './train_draft.ts';
import { readCount, readCounts, readNumber, type Read } from './train_numbers.ts';
import { needsTasks, objectiveChoices } from './train_objective.ts';
import { neighbours, readSpans, type Span } from './train_spans.ts';

/** Every field that can be wrong; `limit_0_params` for the set of limits with that key. */
export type FieldName =
  | 'name' | 'folder' | 'dataPath' | 'sequence' | 'trainTokens' | 'heldOutTokens' | 'kvHeads' | 'widths' | 'spans' | 'targetDevice' | 'objective'
  | `${'parent' | 'bld' | 'gkd'}_${keyof TrainingFields}`
  | 'lm' | 'cosine' | 'kl' | `limit_${number}_${'params' | 'kv'}` | 'limits' | 'seed' | 'processes'
  | 'scoreSequences' | 'evaluateSequences' | 'taskExamples' | 'randomChildren' | 'architectures' | 'narrow' | 'experimentSeeds';

export type Problems = Readonly<Partial<Record<FieldName, string>>>;

export type Checked =
  | { readonly kind: 'ok'; readonly wish: RunWish }
  | { readonly kind: 'wrong'; readonly problems: Problems; /** Of the plan as a whole, where no field is to blame. */ readonly failure: string | undefined };

/** Of the wizard's pages, which a field is on. */
export type Page = 'parent' | 'training' | 'review';
export const PAGES: readonly Page[] = ['parent', 'training', 'review'];

export function pageOf(field: FieldName): Page {
  if (field === 'name') return 'review';
  return field === 'folder' || field === 'dataPath' ? 'parent' : 'training';
}

/** What is known beside the draft. */
export interface Known {
  /** The parent that is opened, where it was read; its own block then need not be typed. */
  readonly opened?: OpenedParent | undefined;
  /** Ids of the devices there are, where they were asked for. */
  readonly devices?: readonly string[] | undefined;
}

export function checkDraft(draft: TrainDraft, { opened, devices }: Known = {}): Checked {
  const problems: Partial<Record<FieldName, string>> = {};
  /** The value, or a stand-in where there is none; nothing is made of it then. */
  const take = <T>(field: FieldName, read: Read<T>, instead: T): T => {
    if (read.kind === 'ok') return read.value;
    problems[field] = read.why;
    return instead;
  };
  const { base } = draft;
  const seed = take('seed', readCount(draft.seed, 0, 0xffff_ffff), 0);
  const training = (part: 'parent' | 'bld' | 'gkd', fields: TrainingFields, before: TrainingSpec): TrainingSpec => {
    const steps = take(`${part}_steps`, readCount(fields.steps, 1, 10_000_000), 1);
    const rate = take(`${part}_rate`, readNumber(fields.rate, (value) => value > 0 && value < 1, 'a learning rate above 0 and below 1, such as 0.002'), 0.001);
    return {
      ...before,
      steps,
      batch: take(`${part}_batch`, readCount(fields.batch, 1, 65_536), 1),
      learning_rate: rate,
      final_learning_rate: rate * (before.final_learning_rate / before.learning_rate),
      warmup_steps: Math.min(Math.round((before.warmup_steps * steps) / before.steps), steps),
      seed,
    };
  };
  const path = (field: 'folder' | 'dataPath', text: string, what: string): string => take(field, readPath(text, what), 'x');
  const share = (field: FieldName, text: string): number => take(field, readNumber(text, (value) => value > 0 && value <= 100, 'a percentage above 0, at most 100'), 100) / 100;
  const count = (field: FieldName, text: string, least: number, most?: number): number => take(field, readCount(text, least, most), least);

  const parent: Plan['parent'] =
    draft.parent === 'open'
      ? { kind: 'open', folder: path('folder', draft.folder, 'the checkpoint folder') }
      : base.parent.kind === 'train'
        ? { kind: 'train', architecture: base.parent.architecture, training: training('parent', draft.parentTraining, base.parent.training) }
        : base.parent;
  const own = parent.kind === 'open' ? opened : ownBlock({ parent });
  const attentions = take('kvHeads', readAttentions(draft, own), []);
  const ffns = take('widths', readFfns(draft, own), []);
  const spans = take('spans', readDraftSpans(draft, own), []);
  const weight = (field: 'lm' | 'cosine' | 'kl', text: string): number => take(field, readNumber(text, (value) => value >= 0, 'a weight from 0 on'), 1);
  const loss = { lm: weight('lm', draft.lm), cosine: weight('cosine', draft.cosine), kl: weight('kl', draft.kl) };
  if (loss.lm + loss.cosine + loss.kl === 0) problems.kl = 'One weight at least must be above 0.';
  if (draft.limits.length === 0) problems.limits = 'One set of limits is needed at least.';
  const architectures = count('architectures', draft.architectures, 2, 100_000);
  const narrow = count('narrow', draft.narrow, 0, 100_000);
  if (narrow > architectures) problems.narrow ??= 'At most as many as there are in all.';
  const fromFiles = draft.data === 'files';
  const { tokenizer: before, ...data } = base.data;
  const tokenizer = parent.kind === 'open' ? ((isOfBase(draft, parent.folder) ? before : undefined) ?? `${parent.folder.replace(/[\\/]+$/, '')}/tokenizer.json`) : undefined;
  // Its own vocabulary is what its weights stand for: no other tokenizer would do.
  if (parent.kind === 'open' && opened?.hasTokenizer === false && !(isOfBase(draft, parent.folder) && before !== undefined)) {
    problems.folder ??= 'The folder has no tokenizer.json, so text cannot be put into this parent’s tokens. Put the model’s own there: download it with the model, or write it with save_pretrained of a fast tokenizer of Transformers. Then press Next again.';
  }
  const taskExamples = count('taskExamples', draft.taskExamples, 0, 1_000_000);
  const ofTasks = base.score.tasks && !fromFiles && taskExamples > 0;
  if (!objectiveChoices(ofTasks).some(({ id }) => id === draft.objective)) problems.objective = objectiveProblem(draft, base.score.tasks);
  if (devices !== undefined && !devices.includes(draft.targetDevice)) problems.targetDevice = `There is no device “${draft.targetDevice}” any more. Choose another, or add it under Devices and calibrations.`;
  const seeds = draft.experiments.length === 0 ? 1 : count('experimentSeeds', draft.experimentSeeds, 1, 20);

  const plan = {
    ...base,
    seed,
    data: {
      ...data,
      source: fromFiles ? { kind: 'files', path: path('dataPath', draft.dataPath, 'the text file or folder') } : { kind: 'generated' },
      sequence_length: count('sequence', draft.sequence, 8, 1_000_000),
      train_tokens: count('trainTokens', draft.trainTokens, 1),
      held_out_tokens: count('heldOutTokens', draft.heldOutTokens, 1),
      task_examples: taskExamples,
      ...(tokenizer !== undefined && { tokenizer }),
      seed,
    },
    parent,
    space: { attentions, ffns, ...(spans.length > 0 && { spans: spans.map((span) => [...span]) }) },
    bld: { ...base.bld, mode: draft.bldMode, training: training('bld', draft.bld, base.bld.training) },
    score: { ...base.score, sequences: count('scoreSequences', draft.scoreSequences, 1, 1_000_000) },
    target_device: draft.targetDevice,
    objective: draft.objective,
    limits: draft.limits.map(({ key, params, kv }) => ({ params: share(`limit_${key}_params`, params), kv: share(`limit_${key}_kv`, kv) })),
    chosen_limit: Math.max(0, draft.limits.findIndex(({ key }) => key === draft.chosen)),
    baselines: { random: count('randomChildren', draft.randomChildren, 0, 1000) },
    additivity: { architectures, narrow },
    gkd: { loss, training: training('gkd', draft.gkd, base.gkd.training) },
    evaluate: { sequences: count('evaluateSequences', draft.evaluateSequences, 1, 1_000_000) },
    experiments: draft.experiments.length === 0 ? undefined : draft.experiments.map((id) => ({ id, seeds })),
  };
  const name = draft.name.trim();
  if (name === '') problems.name = 'Give the run a name.';
  else if (name.length > 120) problems.name = 'At most 120 characters.';
  const processes = draft.processes.trim() === '' ? undefined : count('processes', draft.processes, 1, 256);
  if (Object.keys(problems).length > 0) return { kind: 'wrong', problems, failure: undefined };
  const parsed = planSchema.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { kind: 'wrong', problems, failure: `${issue?.path.join('.') ?? 'plan'}: ${issue?.message ?? 'not understood'}` };
  }
  return { kind: 'ok', wish: { plan: parsed.data, name, processes, backend: draft.backend === '' ? undefined : draft.backend } };
}

/** A path as it was pasted, perhaps in quotation marks. */
export function pathOf(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, '$2');
}

function readPath(text: string, what: string): Read<string> {
  const value = pathOf(text);
  if (value === '') return { kind: 'wrong', why: `Type or paste the path of ${what}.` };
  // Relative ones would be taken from the run's own folder.
  if (!/^([\\/]|[a-z]:[\\/])/i.test(value)) return { kind: 'wrong', why: 'Give the whole path, from the root of the disk on.' };
  return { kind: 'ok', value };
}

/** The parent's own first. */
function readAttentions({ kvHeads, linearAttention, noAttention }: TrainDraft, own: OwnBlock | undefined): Read<Attention[]> {
  const read = readCounts(kvHeads);
  if (read.kind !== 'ok') return read;
  const typed = read.value.filter((heads) => heads !== own?.kvHeads);
  if (own === undefined && typed.length === 0) return { kind: 'wrong', why: 'Type the parent’s own number of KV heads first, then smaller ones.' };
  const most = own?.kvHeads ?? typed[0] ?? 1;
  const odd = typed.find((heads) => heads > most || most % heads !== 0);
  if (odd !== undefined) return { kind: 'wrong', why: `${odd} does not divide the parent’s ${most} KV heads; heads are merged in equal groups.` };
  const variants: Attention[] = [most, ...typed.filter((heads) => heads !== most)].map((kv_heads) => ({ kind: 'gqa', kv_heads }));
  if (linearAttention) variants.push({ kind: 'linear' });
  if (noAttention) variants.push({ kind: 'no_op' });
  return { kind: 'ok', value: variants };
}

function readFfns({ widths, linearFfn, noFfn }: TrainDraft, own: OwnBlock | undefined): Read<Ffn[]> {
  const read = readCounts(widths);
  if (read.kind !== 'ok') return read;
  const typed = read.value.filter((width) => width !== own?.width);
  if (own === undefined && typed.length === 0) return { kind: 'wrong', why: 'Type the parent’s own FFN width first, then smaller ones.' };
  const most = own?.width ?? typed[0] ?? 1;
  const wide = typed.find((width) => width > most);
  if (wide !== undefined) return { kind: 'wrong', why: `${wide} is wider than the parent’s ${most}.` };
  const variants: Ffn[] = [most, ...typed.filter((width) => width !== most)].map((intermediate_size) => ({ kind: 'swiglu', intermediate_size }));
  if (linearFfn) variants.push({ kind: 'linear' });
  if (noFfn) variants.push({ kind: 'no_op' });
  return { kind: 'ok', value: variants };
}

/** None where there are none, or where the parent is not known yet. */
function readDraftSpans({ spanChoice, spans }: TrainDraft, own: OwnBlock | undefined): Read<readonly Span[]> {
  switch (spanChoice) {
    case 'none':
      return { kind: 'ok', value: [] };
    case 'pairs':
      if (own === undefined) return { kind: 'wrong', why: 'The parent’s layers are not known yet; go back and open its folder, or type the spans.' };
      return own.layers < 2 ? { kind: 'wrong', why: 'A parent of one layer has no neighbours.' } : { kind: 'ok', value: neighbours(own.layers) };
    case 'own':
      return readSpans(spans, own?.layers);
    default:
      return spanChoice satisfies never;
  }
}

function objectiveProblem({ objective, data }: TrainDraft, scored: boolean): string {
  if (!needsTasks(objective)) return `“${objective}” is no score of a block. Choose one of the list.`;
  if (data === 'files') return 'Own text has no tasks to score blocks on. Choose a score on held-out text.';
  return scored ? 'Blocks are scored on no tasks while there are 0 examples per task. Choose a score on held-out text, or more examples.' : 'This plan scores no tasks. Choose a score on held-out text.';
}
