/**
 * The block library that a run measured, as an ordinary library for the search: replace-1 scores, exact sizes, times measured
 * here, and beside them what the cost model expects on a target device. Scores are differences to the intact parent, so its
 * own blocks have 0 and sums estimate children (Puzzle, arXiv 2411.19146), whatever layers a block stands for.
 */
import { attentionParams, ffnParams, kvBytesPerToken, nonBlockParams } from '../architecture/count.ts';
import { cachedTokens } from '../architecture/sliding_window.ts';
import { checkLibrary } from '../library/check_library.ts';
import { statMeaning } from '../library/column_names.ts';
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import type { Choice, Column, Library, Measurement, Note, Provenance } from '../protocol/library.ts';
import type { BlockTimes, LayerScores, LayerTraining, Quality, TensorDevice } from '../protocol/train.ts';
import { attentionId, ffnId, parseVariantId, variantId, type Architecture, type Attention, type Ffn, type ModelShape } from '../protocol/variant.ts';
import { layersInWords } from './spans.ts';

const MIB = 2 ** 20;
/** Weights and KV cache are float32 here. */
const BYTES = Float32Array.BYTES_PER_ELEMENT;
const STATS = ['memory_mib', 'runtime_ms', 'num_params'];
const FILE = 'library';

/** Times on a device that is not here, in milliseconds by sub-block id. */
export interface TargetTimes {
  readonly measurement: Measurement;
  readonly provenance: Provenance;
  readonly attention: Readonly<Record<string, number>>;
  readonly ffn: Readonly<Record<string, number>>;
  readonly outside: number;
}

export interface MeasuredLibraryOptions {
  readonly name: string;
  /** Its blocks are the parent's own, layer by layer. */
  readonly parent: Architecture;
  /** One entry per layer or span. */
  readonly scores: readonly LayerScores[];
  /** How the blocks came about; none where they are left as initialised. */
  readonly trainings: readonly LayerTraining[];
  readonly times: BlockTimes;
  readonly targets?: readonly TargetTimes[];
  /** What was done, such as `preset tiny, seed 1`. */
  readonly about?: string;
}

/**
 * @throws WorkbenchError `bad_input` where a layer has no scores, or a variant no time.
 */
export function measuredLibrary(options: MeasuredLibraryOptions): Library {
  const { name, parent, scores, trainings, times, targets = [] } = options;
  const [first] = scores;
  if (first === undefined) throw new WorkbenchError('bad_input', 'A library needs the scores of every layer; there are none.', { hint: 'Score the blocks first.' });
  const here = measurementHere(times);
  const columns: readonly ValuedColumn[] = [...scoreColumns(first), ...costColumns(parent.shape, times, here), ...targets.flatMap(targetColumns)];
  const library: Library = {
    format: 'puzzle-workbench/library',
    version: 1,
    name,
    parent: {
      name: parent.name,
      num_hidden_layers: parent.blocks.length,
      shape: parent.shape,
      variants: parent.blocks.map((block) => variantId(block)),
    },
    provenance: { kind: 'measured', source: [options.about, howTrained(trainings), `scored and timed with ${deviceLine(first.device)}`].filter((part) => part !== undefined).join('; ') },
    measurements: [here, ...targets.map(({ measurement }) => measurement)],
    columns: columns.map(({ column }) => column),
    non_block: [here, ...targets.map(({ measurement }) => measurement)].map(({ id }) => ({ measurement: id, values: outsideValues(columns, id, here.id) })),
    default_objective: 'kl_div',
    notes: notesOf(times, targets),
    choices: scores.flatMap((layer) => choicesOf(layer, parent, columns)),
  };
  checkLibrary(library, FILE);
  return library;
}

/** A block whose values are wanted. */
interface Subject {
  readonly layers: readonly number[];
  readonly attention: Attention;
  readonly ffn: Ffn;
  readonly quality: Quality;
  readonly parent: Quality;
  readonly nmse: number;
}

interface ValuedColumn {
  readonly column: Column;
  readonly value: (subject: Subject) => number;
  /** Outside the blocks; nothing is said where absent. */
  readonly outside?: number;
}

function choicesOf({ parent_layers: layers, parent: intact, variants }: LayerScores, parent: Architecture, columns: readonly ValuedColumn[]): readonly Choice[] {
  const own = layers.length === 1 ? parent.blocks[layers[0] ?? 0] : undefined;
  const missing = own !== undefined && !variants.some(({ variant }) => variant === variantId(own));
  const all = missing ? [{ variant: variantId(own), quality: intact, nmse: 0 }, ...variants] : variants;
  return all.map(({ variant, quality, nmse }): Choice => {
    const block = parseVariantId(variant);
    if (block === undefined) throw badInput(FILE, `scores of ${layersInWords(layers)}`, 'variant ids', variant);
    const subject: Subject = { layers, ...block, quality, parent: intact, nmse };
    return { parent_layers: [...layers], variant, ...block, values: Object.fromEntries(columns.map(({ column, value }) => [column.id, value(subject)])) };
  });
}

// ------------------------------------------------------------------------------------------------------- scores

/** Scores that a library has, given the tasks of its data; the search can minimise any of them. */
export function scoreIds(tasks: readonly string[]): readonly string[] {
  const ofTasks = tasks.length === 0 ? [] : ['tasks_drop', ...[...tasks].sort().map(taskScoreId)];
  return ['kl_div', 'lm_loss_increase', 'top_1_drop', 'top_5_drop', 'top_10_drop', 'hidden_cosine', ...ofTasks];
}

function taskScoreId(task: string): string {
  return `task_${task}_drop`;
}

function scoreColumns(first: LayerScores): readonly ValuedColumn[] {
  const { parent, device } = first;
  const tokens = `${parent.tokens.toLocaleString('en-US')} held-out tokens`;
  const provenance = (what: string, over: string): Provenance => ({
    kind: 'measured',
    source: `${what}, with this block alone in the intact parent, over ${over}; ${deviceLine(device)}`,
  });
  const column = (id: string, label: string, unit: string, what: string, value: ValuedColumn['value'], over = tokens): ValuedColumn => ({
    column: { id, label, unit, level: 'block', role: 'score', better: 'lower', summable: true, provenance: provenance(what, over) },
    value,
  });
  const drop = (id: string, label: string, what: string, of: (quality: Quality) => number, over = tokens): ValuedColumn =>
    column(id, label, '', `${what}: the parent's less the child's`, ({ quality, parent: intact }) => of(intact) - of(quality), over);
  const prompts = "the data's task examples";
  const tasks = Object.keys(parent.tasks).sort();
  const accuracy = (task: string) => (quality: Quality) => quality.tasks[task] ?? 0;
  return [
    column('kl_div', 'KL divergence', 'nats', 'KL(parent || child) of the next token, mean over tokens', ({ quality }) => quality.kl_div),
    column('lm_loss_increase', 'LM loss increase', 'nats', "next-token loss: the child's less the parent's", ({ quality, parent: intact }) => quality.lm_loss - intact.lm_loss),
    drop('top_1_drop', 'Top-1 accuracy lost', 'share of tokens that are the likeliest', ({ top_1: top }) => top),
    drop('top_5_drop', 'Top-5 accuracy lost', 'share of tokens among the five likeliest', ({ top_5: top }) => top),
    drop('top_10_drop', 'Top-10 accuracy lost', 'share of tokens among the ten likeliest', ({ top_10: top }) => top),
    column('hidden_cosine', 'Hidden-state distance', '', '1 - cosine of the last hidden states, mean over tokens', ({ quality }) => quality.hidden_cosine),
    ...(tasks.length === 0 ? [] : [drop('tasks_drop', 'Task accuracy lost', 'mean accuracy over tasks', (quality) => tasks.reduce((sum, task) => sum + accuracy(task)(quality), 0) / tasks.length, prompts)]),
    ...tasks.map((task) => drop(taskScoreId(task), `${inWords(task)}: accuracy lost`, `accuracy in ${inWords(task).toLowerCase()}`, accuracy(task), prompts)),
    {
      column: {
        id: 'nmse',
        label: 'Normalised MSE',
        unit: '',
        level: 'block',
        role: 'descriptor',
        better: 'lower',
        summable: false,
        provenance: { kind: 'measured', source: `squared error of the block's output relative to what the parent's block adds, on held-out states; ${deviceLine(device)}` },
      },
      value: ({ nmse }) => nmse,
    },
  ];
}

function inWords(task: string): string {
  const words = task.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// -------------------------------------------------------------------------------------------------------- costs

type Half = '' | 'attention_' | 'ffn_';

function costColumns(shape: ModelShape, times: BlockTimes, here: Measurement): readonly ValuedColumn[] {
  const { batch, isl, osl } = times;
  const attentionKv = ({ layers, attention }: Subject): number => cachedTokens(shape, { parent_layers: [...layers] }, isl + osl) * kvBytesPerToken(shape, attention, BYTES);
  const params = (half: Half) => (subject: Subject): number => (half === 'ffn_' ? 0 : attentionParams(shape, subject.attention)) + (half === 'attention_' ? 0 : ffnParams(shape, subject.ffn));
  const weights = (half: Half) => (subject: Subject): number => BYTES * params(half)(subject);
  const memory = (half: Half) => (subject: Subject): number => (weights(half)(subject) + (half === 'ffn_' ? 0 : batch * attentionKv(subject))) / MIB;
  const time = (half: Half, phase: 'prefill_ms' | 'decode_ms') => ({ attention, ffn }: Subject): number =>
    (half === 'ffn_' ? 0 : timeOf(times.attention, attentionId(attention), 'attention')[phase]) + (half === 'attention_' ? 0 : timeOf(times.ffn, ffnId(ffn), 'FFN')[phase]);
  const runtime = (half: Half) => (subject: Subject): number => time(half, 'prefill_ms')(subject) + osl * time(half, 'decode_ms')(subject);

  const measured = { measurement: here.id };
  const exact = (source: string): Provenance => ({ kind: 'exact', source });
  const clock = (what: string): Provenance => ({ kind: 'measured', source: `${what}, median of interleaved readings; ${deviceLine(times.device)}` });
  const provenance = {
    memory: exact('(weights_bytes + batch * kv_bytes_per_sequence) / 2^20; activations and work space not counted'),
    runtime: clock(`prompt of ${isl} tokens and ${osl} decode steps of ${batch} sequences`),
    params: exact('counted from the shapes: projections, and the norms of each sub-block'),
  };
  const outsideParams = nonBlockParams(shape);
  const outside: Readonly<Record<string, number>> = {
    memory_mib: (BYTES * outsideParams) / MIB,
    runtime_ms: times.non_block.prefill_ms + osl * times.non_block.decode_ms,
    num_params: outsideParams,
  };
  const halves = (['', 'attention_', 'ffn_'] as const).flatMap((half): ValuedColumn[] =>
    (
      [
        ['memory_mib', memory(half), provenance.memory, measured],
        ['runtime_ms', runtime(half), provenance.runtime, measured],
        ['num_params', params(half), provenance.params, {}],
      ] as const
    ).map(([id, value, source, of]) => ({
      column: { id: `${half}${id}`, ...statMeaning(`${half}${id}`, STATS), ...of, provenance: source },
      value,
      ...(half === '' && { outside: outside[id] }),
    })),
  );
  const plain = { level: 'block', role: 'cost', better: 'lower', summable: true, ...measured } as const;
  return [
    ...halves,
    {
      column: { id: 'prefill_runtime_ms', ...statMeaning('prefill_runtime_ms', []), ...measured, provenance: clock(`prompts of ${batch} x ${isl} tokens`) },
      value: time('', 'prefill_ms'),
      outside: times.non_block.prefill_ms,
    },
    {
      column: { id: 'decode_runtime_ms', ...statMeaning('decode_runtime_ms', []), ...measured, provenance: clock(`${osl} decode steps of ${batch} sequences, half-way through generation`) },
      value: (subject) => osl * time('', 'decode_ms')(subject),
      outside: osl * times.non_block.decode_ms,
    },
    {
      column: { id: 'weights_bytes', label: 'Weights', unit: 'bytes', ...plain, provenance: exact('4 bytes per parameter (fp32), as run here') },
      value: weights(''),
      outside: BYTES * outsideParams,
    },
    {
      column: { id: 'kv_bytes_per_sequence', label: 'KV cache per sequence', unit: 'bytes', ...plain, provenance: exact(`(${isl} + ${osl}) * 2 * KV heads * head size * 4 bytes (fp32), as run here`) },
      value: attentionKv,
    },
  ];
}

function targetColumns({ measurement, provenance, attention, ffn, outside }: TargetTimes): readonly ValuedColumn[] {
  return [
    {
      column: { id: `runtime_ms_${measurement.id}`, ...statMeaning('runtime_ms', []), label: `Runtime on ${measurement.device}`, measurement: measurement.id, provenance },
      value: (subject) => timeOf(attention, attentionId(subject.attention), 'attention') + timeOf(ffn, ffnId(subject.ffn), 'FFN'),
      outside,
    },
  ];
}

function timeOf<T>(times: Readonly<Record<string, T>>, id: string, what: string): T {
  const time = times[id];
  if (time === undefined) throw badInput('block times', id, `a time for the ${what} ${id}`, 'none', 'Measure block times with the whole search space.');
  return time;
}

/** Columns without a measurement go with the first one. */
function outsideValues(columns: readonly ValuedColumn[], measurement: string, primary: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { column, outside } of columns) {
    if (outside !== undefined && (column.measurement ?? primary) === measurement) values[column.id] = outside;
  }
  return values;
}

// ------------------------------------------------------------------------------------------------ where it is from

function measurementHere({ device, batch, isl, osl }: BlockTimes): Measurement {
  const own = device.backend === 'tensorflow' || device.backend === 'webgpu';
  return {
    id: `here-b${batch}_${isl}_${osl}`,
    device: own ? device.backend : 'cpu',
    backend: device.line,
    dtypes: { weights: 'fp32', activations: 'fp32', kv: 'fp32' },
    tp: 1,
    batch,
    isl,
    osl,
    batching: 'static',
    tokens_counted: 'total',
  };
}

function deviceLine({ line, versions }: TensorDevice): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return packages.length === 0 ? line : `${line} (${packages.join(', ')})`;
}

function howTrained(trainings: readonly LayerTraining[]): string {
  const trained = trainings.flatMap(({ targets }) => targets.filter(({ steps }) => steps > 0));
  if (trained.length === 0) return 'blocks left as initialised';
  const pairs = trained.filter(({ target }) => target.startsWith('block:')).length;
  const steps = trained.map((target) => target.steps);
  const [fewest, most] = [Math.min(...steps), Math.max(...steps)];
  const counted = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]);
  const kinds = [...counted(trained.length - pairs, 'sub-block'), ...counted(pairs, 'pair')];
  return `${kinds.join(' and ')} trained by blockwise distillation, ${fewest === most ? fewest : `${fewest} to ${most}`} steps each`;
}

function notesOf({ batch, isl, osl }: BlockTimes, targets: readonly TargetTimes[]): Note[] {
  return [
    { severity: 'note', text: 'Scores are differences to the intact parent, measured with one block replaced; their sum over a child is an estimate of the child.' },
    { severity: 'note', text: `Runtimes were measured on the machine that trained the blocks, one sub-block at a time: ${batch} sequences of ${isl} prompt and ${osl} generated tokens.` },
    ...targets.map(({ measurement }): Note => ({ severity: 'note', text: `Runtimes on ${measurement.device} are computed, not measured.` })),
  ];
}
