/** The jobs that a plan comes to, and where in the run's folder their files are. */
import type { BlockTarget, JobSpec, ModelSource, Plan } from '../../protocol/train.ts';
import { specHash } from '../../workspace/run_folder.ts';
import { attentionId, ffnId, variantId, type Architecture, type Block, type ChosenBlock } from '../../protocol/variant.ts';

export const PATHS = {
  data: 'data',
  activations: 'activations',
  blocks: 'blocks',
  scores: 'scores',
  library: 'library.json',
  report: 'report.json',
  partialReport: 'report.partial.json',
  times: 'block_times.json',
  modelTimes: 'model_times.json',
  evaluations: 'evaluations',
  child: 'children/child',
  distilled: 'children/distilled',
  export: 'export',
} as const;

/** The parent's checkpoint: trained in the run's folder, or where the user has it. */
export function parentFolder(plan: Plan): string {
  return plan.parent.kind === 'train' ? 'parent' : plan.parent.folder;
}

export function dataJob(plan: Plan): JobSpec {
  return { id: 'data', kind: 'prepare_data', data: plan.data, folder: PATHS.data };
}

/** `vocabulary` is that of the data's tokenizer, which decides the size of embeddings and head. */
export function parentJob(plan: Plan, vocabulary: number): JobSpec | undefined {
  if (plan.parent.kind !== 'train') return undefined;
  const { architecture, training } = plan.parent;
  const fitted: Architecture = { ...architecture, shape: { ...architecture.shape, vocab_size: vocabulary } };
  return { id: 'parent', kind: 'train_parent', architecture: fitted, data: PATHS.data, training, out: parentFolder(plan) };
}

export function activationsJob(plan: Plan): JobSpec {
  return {
    id: 'activations',
    kind: 'record_activations',
    parent: parentFolder(plan),
    data: PATHS.data,
    train_sequences: plan.bld.train_sequences,
    held_out_sequences: plan.bld.held_out_sequences,
    out: PATHS.activations,
  };
}

/** Every place a block can take: single layers, then spans. */
export function places(plan: Plan, layers: number): readonly (readonly number[])[] {
  return [...Array.from({ length: layers }, (_, layer) => [layer]), ...(plan.space.spans ?? [])];
}

/** All pairs of the space, the parent's first. */
export function pairs(plan: Plan): readonly Block[] {
  return plan.space.attentions.flatMap((attention) => plan.space.ffns.map((ffn) => ({ attention, ffn })));
}

export function placeName(parentLayers: readonly number[]): string {
  const name = `layer_${parentLayers[0]}`;
  return parentLayers.length === 1 ? name : `${name}-${parentLayers.at(-1)}`;
}

/** Sub-blocks other than the parent's own; a span has no parent's own. */
function subBlockTargets(plan: Plan, own: Block | undefined): readonly BlockTarget[] {
  const attentions = plan.space.attentions.filter((attention) => own === undefined || attentionId(attention) !== attentionId(own.attention));
  const ffns = plan.space.ffns.filter((ffn) => own === undefined || ffnId(ffn) !== ffnId(own.ffn));
  return [...attentions.map((attention) => ({ part: 'attention', attention }) as const), ...ffns.map((ffn) => ({ part: 'ffn', ffn }) as const)];
}

function pairTargets(blocks: readonly Block[], own: Block | undefined): readonly BlockTarget[] {
  return blocks.filter((block) => own === undefined || variantId(block) !== variantId(own)).map((block) => ({ part: 'block', ...block }));
}

/** Sub-blocks, each beside the parent's frozen other half; spans always as pairs. */
export function decoupledJobs(plan: Plan, parent: Architecture): readonly JobSpec[] {
  return places(plan, parent.blocks.length).map((place) => {
    const own = place.length === 1 ? parent.blocks[place[0]] : undefined;
    return bldJob(plan, place, own === undefined ? pairTargets(pairs(plan), undefined) : subBlockTargets(plan, own), '');
  });
}

/** Whole blocks: `blocksAt` says which at each place. */
export function coupledJobs(plan: Plan, parent: Architecture, blocksAt: (place: readonly number[]) => readonly Block[]): readonly JobSpec[] {
  return places(plan, parent.blocks.length).flatMap((place) => {
    const own = place.length === 1 ? parent.blocks[place[0]] : undefined;
    const targets = pairTargets(blocksAt(place), own);
    return targets.length === 0 ? [] : [bldJob(plan, place, targets, 'coupled.')];
  });
}

function bldJob(plan: Plan, place: readonly number[], targets: readonly BlockTarget[], prefix: string): JobSpec {
  return {
    id: `bld.${prefix}${placeName(place)}`,
    kind: 'distil_blocks',
    parent: parentFolder(plan),
    data: PATHS.data,
    activations: PATHS.activations,
    parent_layers: [...place],
    targets: [...targets],
    // Orders of batches differ from layer to layer, so that no layer profits from another's luck.
    training: { ...plan.bld.training, seed: (plan.bld.training.seed + 7919 * place[0] + 104_729 * (place.length - 1)) >>> 0 },
    out: PATHS.blocks,
  };
}

/** How two-stage BLD scores the sub-blocks of its first stage, to choose the pairs of the second. */
export const FIRST_STAGE_SCORES = { trained: true, out: 'stage_1/scores', prefix: 'stage_1.' } as const;

/** `out` is where scores go, `trained` false scores initialisations. */
export function scoreJobs(plan: Plan, layers: number, { trained, out, prefix }: { readonly trained: boolean; readonly out: string; readonly prefix: string }): readonly JobSpec[] {
  return places(plan, layers).map((place) => ({
    id: `score.${prefix}${placeName(place)}`,
    kind: 'score_blocks',
    parent: parentFolder(plan),
    data: PATHS.data,
    activations: PATHS.activations,
    blocks: PATHS.blocks,
    trained,
    parent_layers: [...place],
    variants: pairs(plan).map(variantId),
    sequences: plan.score.sequences,
    tasks: plan.score.tasks,
    out: `${out}/${placeName(place)}.json`,
  }));
}

export function measureJob(plan: Plan): JobSpec {
  return {
    id: 'measure',
    kind: 'measure_blocks',
    parent: parentFolder(plan),
    attentions: [...plan.space.attentions],
    ffns: [...plan.space.ffns],
    ...plan.measure,
    out: PATHS.times,
  };
}

/** Parent and distilled child from end to end, where block times were measured: same batch, lengths and repeats. */
export function measureModelsJob(plan: Plan, choices: readonly ChosenBlock[]): JobSpec {
  return {
    id: 'throughput',
    kind: 'measure_models',
    models: [
      { name: 'parent', folder: parentFolder(plan) },
      { name: 'child', folder: PATHS.distilled, fingerprint: specHash(choices) },
    ],
    ...plan.measure,
    out: PATHS.modelTimes,
  };
}

/** The parent with blocks in its place; those that BLD trained, unless the plan has none. */
export function composed(plan: Plan, choices: readonly ChosenBlock[], trained = plan.bld.mode !== 'none'): ModelSource {
  return { kind: 'composed', parent: parentFolder(plan), blocks: PATHS.blocks, trained, choices: [...choices] };
}

export interface NamedModel {
  readonly name: string;
  readonly source: ModelSource;
}

/** Held-out sequences by which blocks are kept and scored; models are judged by those behind them. */
export function decidingSequences(plan: Plan): number {
  return Math.max(plan.bld.held_out_sequences, plan.score.sequences);
}

/** One job per `share` of the models, so that every process has some. Models that begin alike stay together. */
export function evaluateJobs(plan: Plan, id: string, models: readonly NamedModel[], { jobs, tasks }: { readonly jobs: number; readonly tasks: boolean }): readonly JobSpec[] {
  const share = Math.ceil(models.length / Math.max(1, Math.min(jobs, models.length)));
  return Array.from({ length: Math.ceil(models.length / share) }, (_, i) => ({
    id: `${id}.${i}`,
    kind: 'evaluate',
    parent: parentFolder(plan),
    data: PATHS.data,
    models: models.slice(i * share, (i + 1) * share).map(({ name, source }) => ({ name, source })),
    sequences: plan.evaluate.sequences,
    first_sequence: decidingSequences(plan),
    tasks,
    out: `${PATHS.evaluations}/${id}.${i}.json`,
  }));
}

export function assembleJob(plan: Plan, choices: readonly ChosenBlock[]): JobSpec {
  return { id: 'assemble', kind: 'assemble', source: composed(plan, choices), name: 'child', out: PATHS.child };
}

export function distilJob(plan: Plan, choices: readonly ChosenBlock[]): JobSpec {
  return {
    id: 'gkd',
    kind: 'distil_child',
    parent: parentFolder(plan),
    child: PATHS.child,
    child_fingerprint: specHash(choices),
    data: PATHS.data,
    loss: plan.gkd.loss,
    training: plan.gkd.training,
    out: PATHS.distilled,
  };
}

export function exportJob({ form, dtype }: Plan['export']): JobSpec {
  const plain = form === 'hugging_face' && dtype === 'F32';
  return { id: plain ? 'export' : `export.${form}.${dtype.toLowerCase()}`, kind: 'export', model: PATHS.distilled, form, dtype, out: plain ? PATHS.export : `${PATHS.export}-${form}-${dtype.toLowerCase()}` };
}
