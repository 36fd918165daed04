/**
 * The maps of layers by variants: how well each block was distilled (BLD), and what each does to the whole model in its
 * parent's place (replace-1). Made from the live cells of a run and, where they are there, from its result files.
 */
import { attentionId, ffnId, parseVariantId, type Attention, type Ffn } from '../../engine/protocol/variant.ts';
import type { LayerScores, LayerTraining, Plan, Quality } from '../../engine/protocol/train.ts';
import type { RunJob } from '../../engine/protocol/train_api.ts';
import { ownBlock } from './train_draft.ts';
import { cellKey, type RunView } from './train_run.ts';

export type CellState =
  /** Nothing is known of it yet. */
  | 'waiting'
  | 'running'
  | 'done'
  /** The parent's own block: nothing to do. */
  | 'own'
  /** The run does without it. */
  | 'absent';

export interface HeatCell {
  readonly layer: number;
  readonly row: string;
  readonly state: CellState;
  readonly value: number | undefined;
  /** What it began with, where that is known. */
  readonly first: number | undefined;
  /** It has no weights to train. */
  readonly fixed: boolean;
}

export interface HeatRow {
  /** The target `attention:kv2`, or the variant `kv2/256`. */
  readonly id: string;
  readonly label: string;
  readonly group: 'attention' | 'ffn' | 'block';
  /** Rows of a group with the same word here stand closer together. */
  readonly section?: string;
}

export interface HeatData {
  readonly layers: number;
  readonly rows: readonly HeatRow[];
  /** Row by row. */
  readonly cells: readonly HeatCell[];
}

type Known = Pick<RunView, 'plan' | 'cells' | 'curves' | 'jobs' | 'progress'>;

// --------------------------------------------------------------------------------------------------------- BLD

export function trainingMap(view: Known, trainings: readonly LayerTraining[]): HeatData {
  const layers = layersOf(view, trainings);
  const files = new Map(single(trainings).flatMap((training) => training.targets.map((target) => [`${training.parent_layers[0]} ${target.target}`, target] as const)));
  const seen = [...view.cells.values()].flatMap((cell) => (cell.measure === 'nmse' ? [cell.target] : []));
  const rows = inOrder([...plannedTargets(view.plan), ...seen, ...single(trainings).flatMap(({ targets }) => targets.map(({ target }) => target))], view.plan);
  const states = layerStates(view, 'distil_blocks');
  const over = view.progress.steps.find(({ kind }) => kind === 'bld')?.state === 'done';
  const firsts = firstOfCurves(view);
  const cells = rows.flatMap((row) =>
    Array.from({ length: layers }, (_, layer): HeatCell => {
      const file = files.get(`${layer} ${row.id}`);
      const cell = view.cells.get(cellKey({ measure: 'nmse', layer, target: row.id }));
      const value = cell?.value ?? file?.final_nmse;
      const running = states.get(layer) === 'running';
      return {
        layer,
        row: row.id,
        state: running ? 'running' : value !== undefined ? 'done' : over ? 'absent' : 'waiting',
        value,
        first: file?.initial_nmse ?? cell?.first ?? firsts.get(`${layer} ${row.id}`),
        fixed: file === undefined ? row.id.endsWith(':no_op') || row.id === 'block:no_op/no_op' : file.steps === 0,
      };
    }),
  );
  return { layers, rows, cells };
}

/** First training error of each target that is or was under way, `LAYER TARGET`. */
function firstOfCurves({ curves }: Known): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  for (const { step, series, parentLayers, values } of curves.values()) {
    if (step === 'bld' && parentLayers.length === 1 && values.length > 0) firsts.set(`${parentLayers[0]} ${series}`, values[0]);
  }
  return firsts;
}

/** Sub-blocks, or pairs where the plan trains those; without the parent's own. */
function plannedTargets(plan: Plan): readonly string[] {
  const { attentions, ffns } = plan.space;
  const own = ownIds(plan);
  switch (plan.bld.mode) {
    case 'none':
      return [];
    case 'coupled':
      return variantsOf(plan).filter((variant) => variant !== `${own.attention}/${own.ffn}`).map((variant) => `block:${variant}`);
    case 'decoupled':
    case 'two_stage':
      return [
        ...attentions.map(attentionId).filter((id) => id !== own.attention).map((id) => `attention:${id}`),
        ...ffns.map(ffnId).filter((id) => id !== own.ffn).map((id) => `ffn:${id}`),
      ];
    default:
      return plan.bld.mode satisfies never;
  }
}

/** What the run trains: attention and FFN apart, as pairs, or first the one and then the other; spans are pairs. */
export function trainedWord({ bld, space }: Pick<Plan, 'bld' | 'space'>): 'sub-blocks' | 'blocks' | 'sub-blocks and blocks' {
  if (bld.mode === 'coupled') return 'blocks';
  return bld.mode === 'two_stage' || (space.spans ?? []).length > 0 ? 'sub-blocks and blocks' : 'sub-blocks';
}

// ------------------------------------------------------------------------------------------------------ scores

export interface ScoreMeasure {
  readonly id: string;
  readonly label: string;
  /** Smaller than nothing means better than the parent. */
  readonly of: (quality: Quality, parent: Quality, nmse: number) => number | undefined;
}

/** All are 0 for the parent's own block, and lower is better. */
export const SCORE_MEASURES: readonly ScoreMeasure[] = [
  { id: 'kl_div', label: 'KL from the parent', of: ({ kl_div: kl }) => kl },
  { id: 'lm_loss', label: 'LM loss, increase', of: (quality, parent) => quality.lm_loss - parent.lm_loss },
  { id: 'top_1', label: 'Top-1 accuracy, drop', of: (quality, parent) => parent.top_1 - quality.top_1 },
  { id: 'top_10', label: 'Top-10 accuracy, drop', of: (quality, parent) => parent.top_10 - quality.top_10 },
  { id: 'hidden_cosine', label: 'Hidden states, cosine distance', of: ({ hidden_cosine: cosine }) => cosine },
  { id: 'tasks', label: 'Task accuracy, mean drop', of: (quality, parent) => differenceOf(meanOf(parent.tasks), meanOf(quality.tasks)) },
  { id: 'nmse', label: 'Normalised MSE of the block', of: (_quality, _parent, nmse) => nmse },
];

function meanOf(tasks: Quality['tasks']): number | undefined {
  const values = Object.values(tasks);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function differenceOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

/** While scoring only KL is told; the other measures are in the files. */
export function scoreMap(view: Known, scores: readonly LayerScores[], measure: ScoreMeasure): HeatData {
  const layers = layersOf(view, scores);
  const files = new Map<string, number | undefined>();
  for (const { parent_layers: [layer, ...more], parent, variants } of scores) {
    if (more.length > 0) continue;
    for (const { variant, quality, nmse } of variants) files.set(`${layer} ${variant}`, measure.of(quality, parent, nmse));
  }
  const own = ownIds(view.plan);
  const states = layerStates(view, 'score_blocks');
  const over = view.progress.steps.find(({ kind }) => kind === 'score')?.state === 'done';
  const rows = variantsOf(view.plan).map((id): HeatRow => ({ id, label: id.replaceAll('no_op', 'none'), group: 'block', section: id.split('/')[0] }));
  const cells = rows.flatMap(({ id }) =>
    Array.from({ length: layers }, (_, layer): HeatCell => {
      const told = measure.id === 'kl_div' ? view.cells.get(cellKey({ measure: 'kl_div', layer, target: id }))?.value : undefined;
      const value = files.get(`${layer} ${id}`) ?? told;
      const isOwn = id === `${own.attention}/${own.ffn}`;
      const running = states.get(layer) === 'running';
      return { layer, row: id, state: isOwn ? 'own' : value !== undefined ? 'done' : running ? 'running' : over ? 'absent' : 'waiting', value, first: undefined, fixed: false };
    }),
  );
  return { layers, rows, cells };
}

// ------------------------------------------------------------------------------------------------------ shared

function single<T extends LayerTraining | LayerScores>(list: readonly T[]): readonly T[] {
  return list.filter(({ parent_layers: place }) => place.length === 1);
}

function layersOf(view: Known, files: readonly { readonly parent_layers: readonly number[] }[]): number {
  if (view.plan.parent.kind === 'train') return view.plan.parent.architecture.blocks.length;
  const named = [...[...view.cells.values()].map(({ layer }) => layer), ...view.jobs.flatMap(({ parent_layers: place = [] }) => place), ...files.flatMap(({ parent_layers: place }) => place)];
  return named.reduce((most, layer) => Math.max(most, layer + 1), 0);
}

function layerStates({ jobs, progress }: Known, kind: string): ReadonlyMap<number, RunJob['state']> {
  const states = new Map<number, RunJob['state']>();
  if (progress.state !== 'running') return states;
  for (const job of jobs) if (job.kind === kind && job.parent_layers?.length === 1) states.set(job.parent_layers[0], job.state);
  return states;
}

/** Where the parent is opened its own variants come first in the space. */
function ownIds(plan: Plan): { readonly attention: string; readonly ffn: string } {
  const own = ownBlock(plan);
  const first = <T extends Attention | Ffn>(list: readonly T[], id: (variant: T) => string): string => (list[0] === undefined ? '' : id(list[0]));
  return own === undefined
    ? { attention: first(plan.space.attentions, attentionId), ffn: first(plan.space.ffns, ffnId) }
    : { attention: `kv${own.kvHeads}`, ffn: String(own.width) };
}

function variantsOf({ space }: Plan): readonly string[] {
  return space.attentions.flatMap((attention) => space.ffns.map((ffn) => `${attentionId(attention)}/${ffnId(ffn)}`));
}

const GROUPS: readonly HeatRow['group'][] = ['attention', 'ffn', 'block'];

function inOrder(targets: readonly string[], plan: Plan): readonly HeatRow[] {
  const pairs = variantsOf(plan);
  const rank = (id: string): number => {
    const name = id.slice(id.indexOf(':') + 1);
    const block = parseVariantId(name);
    return block === undefined ? 0 : pairs.indexOf(name);
  };
  const rows = [...new Set(targets)].map((id): HeatRow => {
    const [part, name] = [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)];
    return { id, label: name.replaceAll('no_op', 'none'), group: GROUPS.find((group) => group === part) ?? 'block', ...(name.includes('/') && { section: name.split('/')[0] }) };
  });
  // Stable: within a group as the plan lists them.
  return rows.sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || (a.group === 'block' ? rank(a.id) - rank(b.id) : 0));
}

/** In words, for tooltips and assistive technology: `attention kv2`, `FFN 256`, `block kv2/256`. */
export function rowName({ group, label }: Pick<HeatRow, 'group' | 'label'>): string {
  return `${group === 'ffn' ? 'FFN' : group} ${label === 'none' ? 'no-op' : label.replaceAll('none', 'no-op')}`;
}
