/**
 * Every table of the paper (arXiv 2211.05102) beside what this product computes: maximum context, MFU recomputed from
 * the published latencies, and latencies, by bare arithmetic and as predicted with the stated defaults. The worse
 * cases stay in.
 */
import { builtInDevices } from '../../hardware/devices.ts';
import { FFN_LAYOUT_NAMES, ATTENTION_LAYOUT_NAMES, type PlanCandidate, type PlanPoint, type PlanSettingsInput, type PopeRow } from '../../protocol/plan.ts';
import { bareArithmetic } from './bare_arithmetic.ts';
import { LAYER_LATENCY_US, attainedShares, paperHardware, type PlanHardware } from './hardware.ts';
import { layoutsFor, type Layout } from './layouts.ts';
import { maxContextTokens } from './memory.ts';
import { PAPER, type PaperRun } from './paper.ts';
import { kvElementsPerToken, palmModel, withAttention, type PlannedModel } from './planned_model.ts';
import { plan } from './planner.ts';
import { decodePass, mfu, stepCost, type StepSettings } from './step.ts';
import type { Pass } from './traffic.ts';

const BF16_BYTES = 2;

export function popeComparison(): readonly PopeRow[] {
  return [...contextRows(), ...PAPER.runs.flatMap(runRows), ...stepRows(), turnRow(), serialRow(), cacheRow(), ...fasterTransformerRows()];
}

/** Seconds of one pass of a published run as predicted: its kind of layout, on the mesh that serves it best. */
export function predictedSeconds(run: Pick<PaperRun, 'model' | 'phase' | 'chips' | 'batch' | 'isl' | 'steps' | 'weights' | 'ffn' | 'attention'>): number {
  const pass = run.phase === 'prefill' ? { batch: run.batch, newTokens: run.isl, cachedTokens: 0 } : decodePass(run.batch, run.isl + run.steps / 2);
  return fastest(modelOf(run.model), run, pass, settingsFor(run));
}

type LayoutKind = Pick<PaperRun, 'chips' | 'ffn' | 'attention'>;

const WS_2D_BATCH = { ffn: 'ws_2d', attention: 'batch' } as const;

function contextRows(): PopeRow[] {
  const { model: id, chips, memory_share: share, source } = PAPER.max_context_setting;
  const { memoryBytes } = paperHardware();
  return PAPER.max_context.map((row) => {
    const model = withAttention(modelOf(id), row.kv_heads, row.head_dim);
    const ways = row.attention === 'heads' ? { headWays: chips, batchWays: 1 } : { headWays: 1, batchWays: chips };
    return compared({
      table: 'Table 1',
      row: `${row.row}, batch ${row.batch}`,
      quantity: 'maximum context',
      unit: 'tokens',
      published: row.tokens,
      ours: maxContextTokens(model, ways, row.batch, share * memoryBytes, 'bf16') ?? 0,
      note: row.kv_heads > 1 ? `${row.kv_heads} KV heads over ${chips} chips: one each, as if there were ${chips}` : '',
      source,
    });
  });
}

function runRows(run: PaperRun): PopeRow[] {
  const model = modelOf(run.model);
  const at = { table: run.table, row: `${model.name}, ${run.row}`, source: run.source };
  const tokens = run.batch * run.steps * (run.phase === 'prefill' ? run.isl : 1);
  const bare = (bareArithmetic(model, run).sum / 1e3) * run.steps;
  const predicted = predictedSeconds(run) * run.steps;
  const { peakFlops } = paperHardware();
  return [
    compared({
      ...at,
      quantity: 'MFU of the published latency',
      unit: '%',
      published: run.mfu_percent,
      ours: 100 * mfu(model.params, tokens, run.latency_s, run.chips, peakFlops),
      note: 'unpadded parameters',
    }),
    compared({ ...at, quantity: 'latency, bare arithmetic', unit: 's', published: run.latency_s, ours: bare, note: 'the sum of the closed forms: a lower bound' }),
    compared({ ...at, quantity: 'latency', unit: 's', published: run.latency_s, ours: predicted, note: [defaultsNote(), ownSource(run), choiceNote(run)].filter((text) => text !== '').join('; ') }),
  ];
}

function stepRows(): PopeRow[] {
  return PAPER.step_times.map((step) =>
    compared({
      table: 'text',
      row: `${modelOf(step.model).name}, ${step.row}`,
      quantity: 'latency per token',
      unit: 'ms',
      published: step.step_ms,
      ours: 1e3 * fastest(modelOf(step.model), { ...step, ...WS_2D_BATCH }, decodePass(step.batch, step.isl), settingsFor(step)),
      note: defaultsNote(),
      source: step.source,
    }),
  );
}

function turnRow(): PopeRow {
  const { turn } = PAPER;
  const model = modelOf(turn.model);
  const byHeads = { chips: turn.chips, ffn: 'ws_2d', attention: 'heads' } as const;
  const prompt = fastest(model, byHeads, { batch: turn.prompt_batch, newTokens: turn.isl, cachedTokens: turn.cached }, settingsFor(turn));
  const step = fastest(model, { chips: turn.chips, ...WS_2D_BATCH }, decodePass(turn.batch, turn.cached + turn.isl + turn.osl / 2), settingsFor(turn));
  return compared({
    table: 'text',
    row: `${model.name}, ${turn.row}`,
    quantity: 'latency',
    unit: 's',
    published: turn.latency_s,
    ours: prompt + turn.osl * step,
    note: `prompt ${prompt.toFixed(2)} s, the rest generation; ${defaultsNote()}`,
    source: turn.source,
  });
}

function serialRow(): PopeRow {
  const { serial_block: row } = PAPER;
  const model = modelOf(row.model);
  const kind = { chips: row.chips, ...WS_2D_BATCH };
  const time = (parallel: boolean): number => fastest(model, kind, decodePass(row.batch, row.isl), { ...settingsFor(row), parallel });
  return compared({
    table: 'text',
    row: `${model.name}, ${row.row}`,
    quantity: 'added latency',
    unit: '%',
    published: row.slower_percent,
    ours: 100 * (time(false) / time(true) - 1),
    note: 'only the second pair of collectives is counted, not that smaller products attain less',
    source: row.source,
  });
}

function cacheRow(): PopeRow {
  const { multi_head_cache: row } = PAPER;
  const elements = kvElementsPerToken(withAttention(modelOf(row.model), row.kv_heads, row.head_dim));
  return compared({
    table: 'text',
    row: row.row,
    quantity: 'KV cache',
    unit: 'TB',
    published: row.terabytes,
    ours: (elements * BF16_BYTES * row.batch * row.context) / 1e12,
    note: '',
    source: row.source,
  });
}

function fasterTransformerRows(): PopeRow[] {
  return PAPER.faster_transformer.map((row) =>
    compared({
      table: 'comparison with FasterTransformer',
      row: row.row,
      quantity: 'MFU of the published latency',
      unit: '%',
      published: row.mfu_percent,
      ours: 100 * mfu(row.params, row.batch * (row.isl + row.osl), row.latency_s, row.chips, row.peak_tflops * 1e12),
      note: 'the paper names the peak, not the case; this one gives it',
      source: row.source,
    }),
  );
}

function compared(row: Omit<PopeRow, 'error'>): PopeRow {
  const { table, row: name, quantity, unit, published, ours, note, source } = row;
  return { table, row: name, quantity, unit, published, ours, error: (ours - published) / published, note, source };
}

function modelOf(id: string): PlannedModel {
  const model = palmModel(id);
  if (model === undefined) throw new Error(`assets/published/pope.json: no model ${id}`);
  return model;
}

function fastest(model: PlannedModel, { chips, ffn, attention }: LayoutKind, pass: Pass, settings: StepSettings): number {
  const layouts: readonly Layout[] = layoutsFor(chips, model).filter((layout) => layout.ffn === ffn && layout.attention === attention);
  return Math.min(...layouts.map((layout) => stepCost(model, PREDICTING, layout, pass, settings).seconds));
}

function settingsFor({ weights }: Pick<PaperRun, 'weights'>): StepSettings {
  return { formats: { weights, activations: 'bf16', kv: 'bf16' }, terms: 'detailed', overlap: 'none', parallel: true };
}

/** The paper's chip with the defaults that the planner takes for a TPU. */
const PREDICTING: PlanHardware = paperHardware(attainedShares(tpuV4(), 'bf16'), LAYER_LATENCY_US.tpu);

function tpuV4(): ReturnType<typeof builtInDevices>[number] {
  const device = builtInDevices().find(({ id }) => id === PAPER.hardware.device);
  if (device === undefined) throw new Error(`assets/hardware/devices.json: no device ${PAPER.hardware.device}`);
  return device;
}

function defaultsNote(): string {
  const { shares, layerLatencyS } = PREDICTING;
  return `predicted with ${Math.round(100 * shares.compute)} % of the peak, ${Math.round(100 * shares.memory)} % of the memory bandwidth (the H100's), ${Math.round(layerLatencyS * 1e6)} microseconds a layer`;
}

/** Which run the default time per layer comes from. */
function ownSource({ model, phase, batch }: PaperRun): string {
  return model === 'palm-540b' && phase === 'decode' && batch === 64 ? 'the time per layer was taken from this run' : '';
}

/** Where the planner would lay the run out otherwise than the paper did, and what it thinks of the paper's layout. */
function choiceNote(run: PaperRun): string {
  const settings: PlanSettingsInput = {
    chips: run.chips,
    phases: [run.phase],
    batches: [run.batch],
    isl: run.isl,
    osl: run.phase === 'decode' ? run.steps : 0,
    formats: { weights: run.weights, activations: 'bf16', kv: 'bf16' },
    runners_up: 14,
  };
  const point: PlanPoint | undefined = plan({ ...settings, model: modelOf(run.model), device: tpuV4() }).points[0];
  const winner = point?.winner;
  if (point === undefined || winner === undefined) return 'the planner finds no room for it';
  if (isKind(winner, run)) return 'the planner picks the same layout';
  const published = point.runners_up.find((other) => isKind(other, run));
  const behind = published === undefined ? 'and finds no room for the paper\'s' : `with the paper's ${(100 * published.slower_by).toPrecision(2)} % behind`;
  return `the planner picks ${FFN_LAYOUT_NAMES[winner.layout.ffn]}, ${ATTENTION_LAYOUT_NAMES[winner.layout.attention]}, ${behind}`;
}

function isKind({ layout }: Pick<PlanCandidate, 'layout'>, { ffn, attention }: LayoutKind): boolean {
  return layout.ffn === ffn && layout.attention === attention;
}
