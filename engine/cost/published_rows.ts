/**
 * Published throughputs and latencies beside our own: reads rows with the columns of a `published.csv` (source, model,
 * hardware, dtype, tp, isl, osl, batch, metric, value, unit) and predicts each, or says why it cannot.
 */
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import { deploymentSchema } from '../protocol/cost.ts';
import type { Model } from './model.ts';
import { pipelinedModel } from './pipeline.ts';
import { batchIn, numberIn, parallelismIn, placeIn, type Batch, type Refusal } from './published_cells.ts';
import { formatsIn } from './published_formats.ts';
import { measureIn, type Measure } from './published_measure.ts';
import { publishedModel } from './published_models.ts';
import { operate, promptWaitMs } from './serving.ts';
import { staticBatch } from './static_batch.ts';

export type PublishedRow = Readonly<Record<string, string>>;

export interface ErrorGroup {
  readonly source: string;
  readonly model: string;
  readonly hardware: string;
  readonly tp: string;
  readonly n: number;
  /** Geometric mean of predicted over published. */
  readonly geomean: number;
  readonly median_ape: number;
  readonly mean_ape: number;
}

export interface Validation {
  /** The rows' own columns, with `value` as a number, and `predicted` in the row's unit or the `reason` why it is not. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly groups: readonly ErrorGroup[];
  readonly overall: { readonly n: number; readonly skipped: number; readonly geomean: number; readonly median_ape: number; readonly mean_ape: number };
}

export function validate(rows: readonly PublishedRow[], hardware: Hardware = BUILT_IN): Validation {
  const predicted = rows.map((row) => ({ row, outcome: predict(row, hardware) }));
  const known = predicted.flatMap(({ row, outcome }) =>
    typeof outcome === 'number' ? [{ row, ratio: outcome / (numberIn(row['value'] ?? '') ?? Number.NaN) }] : [],
  );
  const groups = new Map<string, { row: PublishedRow; ratios: number[] }>();
  for (const { row, ratio } of known) {
    const key = ['source', 'model', 'hardware', 'tp'].map((column) => row[column] ?? '').join('\n');
    const group = groups.get(key) ?? { row, ratios: [] };
    group.ratios.push(ratio);
    groups.set(key, group);
  }
  return {
    rows: predicted.map(({ row, outcome }) => {
      // Columns of the same names, as in a table written here before, would pass for this answer.
      const { predicted: _, reason: __, ...own } = row;
      const value = numberIn(row['value'] ?? '');
      return { ...own, ...(value !== undefined && { value }), ...(typeof outcome === 'number' ? { predicted: outcome } : { reason: outcome }) };
    }),
    groups: [...groups.values()].map(({ row, ratios }) => ({
      source: row['source'] ?? '',
      model: row['model'] ?? '',
      hardware: row['hardware'] ?? '',
      tp: row['tp'] ?? '',
      n: ratios.length,
      ...errorsOf(ratios),
    })),
    overall: { n: known.length, skipped: rows.length - known.length, ...errorsOf(known.map(({ ratio }) => ratio)) },
  };
}

/** Errors of ratios predicted / published. */
export function errorsOf(ratios: readonly number[]): { readonly geomean: number; readonly median_ape: number; readonly mean_ape: number } {
  if (ratios.length === 0) return { geomean: 1, median_ape: 0, mean_ape: 0 };
  const errors = ratios.map((ratio) => Math.abs(ratio - 1)).sort((a, b) => a - b);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = errors.length / 2;
  const median = ((errors[Math.ceil(middle) - 1] ?? 0) + (errors[Math.floor(middle)] ?? errors[Math.ceil(middle) - 1] ?? 0)) / 2;
  return { geomean: Math.exp(mean(ratios.map((ratio) => Math.log(Math.max(ratio, 1e-12))))), median_ape: median, mean_ape: mean(errors) };
}

/** Our figure in the row's own unit, or why there is none. */
function predict(row: PublishedRow, hardware: Hardware): number | Refusal {
  const cell = (column: string): string => row[column] ?? '';
  const published = numberIn(cell('value'));
  if (published === undefined || published <= 0) return 'the row has no published value to compare with';
  const measure = measureIn(cell('metric'), cell('unit'));
  if (typeof measure === 'string') return measure;
  const architecture = publishedModel(cell('model'));
  if (typeof architecture === 'string') return architecture;
  const place = placeIn(cell('hardware'), hardware.devices);
  if (typeof place === 'string') return place;
  const formats = formatsIn(cell('dtype'));
  if (formats === undefined) return `the number formats "${cell('dtype')}" are not known`;
  const split = parallelismIn(cell('tp'));
  if (typeof split === 'string') return split;
  const stages = [split.pp, place.stages, numberIn(cell('pp'))].filter((count) => count !== undefined);
  const [pp = 1] = stages;
  if (stages.some((count) => count !== pp)) return 'the row names different numbers of pipeline stages';
  const batch = batchIn(cell('batch'));
  if (typeof batch === 'string') return batch;
  const isl = numberIn(cell('isl'));
  // A time to first token needs no more than one.
  const osl = numberIn(cell('osl')) ?? (measure.quantity === 'ttft' ? 1 : undefined);
  if (isl === undefined || osl === undefined || isl < 0 || osl < 1) return 'the row gives no prompt and generation lengths';
  const deployment = deploymentSchema.safeParse({ device: place.device, ...formats, tp: split.tp, pp, dp: split.dp ?? numberIn(cell('dp')) });
  if (!deployment.success) return 'the row names no whole number of devices';
  try {
    const model = pipelinedModel(architecture, deployment.data, { isl, osl }, hardware);
    return figure(model, measure, { isl, osl, batch });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Load {
  readonly isl: number;
  readonly osl: number;
  readonly batch: Batch;
}

/** In the row's unit. */
function figure(model: Model, measure: Measure, load: Load): number | Refusal {
  const { isl, osl, batch } = load;
  const { tp, pp, dp } = model.deployment;
  const most = Math.min(model.sequencesThatFit(isl + osl), model.kernels.endToEnd.max_batch * pp);
  if (most <= 0) return 'by our memory model the weights do not fit';
  // Under one sequence the memory model is off by more than it is worth: the row says that it ran.
  const running = Math.max(1, Math.floor(most));
  const size = batch.size ?? running;
  const point = operate(model, { isl, osl }, Math.min(size, running));
  const together = batch.size !== undefined && !batch.concurrent;
  const devices = measure.perDevice ? tp * pp * dp : 1;
  switch (measure.quantity) {
    case 'output_throughput':
      return (dp * outputTokS()) / devices;
    case 'total_throughput':
      return (dp * outputTokS() * (isl + osl)) / osl / devices;
    case 'requests':
      return (dp * outputTokS()) / osl / devices;
    case 'per_user':
      return 1000 / itlMs();
    case 'itl':
      return itlMs() / measure.scale;
    case 'ttft': {
      if (!batch.concurrent) return (1000 * staticBatch(model, isl, 1, size).prefillSeconds) / measure.scale;
      const waiting = Math.max(0, size - running);
      return (point.ttftMs + promptWaitMs(model, { isl, osl }, point) + (1000 * waiting * osl) / point.outputTokS) / measure.scale;
    }
    case 'latency':
      if (batch.size === undefined) return 'the row gives no batch';
      return together ? (1000 * staticSeconds()) / measure.scale : (1000 * size * osl) / point.outputTokS / measure.scale;
    default:
      return measure.quantity satisfies never;
  }

  function staticSeconds(): number {
    const { prefillSeconds, decodeSeconds } = staticBatch(model, isl, osl, size);
    return prefillSeconds + decodeSeconds;
  }

  function outputTokS(): number {
    return together ? (size * osl) / staticSeconds() : point.outputTokS;
  }

  function itlMs(): number {
    return together && osl > 1 ? (1000 * staticBatch(model, isl, osl, size).decodeSeconds) / (osl - 1) : point.itlMs;
  }
}
