/**
 * Published throughputs and latencies beside our own: reads rows with the columns of a `published.csv` (source, model,
 * hardware, dtype, tp, isl, osl, batch, metric, value, unit) and predicts each, or says why it cannot.
 */
import { parentArchitecture, parents, referenceArchitectures } from '../architecture/presets.ts';
import type { Hardware } from '../hardware/calibrations.ts';
import { BUILT_IN } from '../hardware/calibrations.ts';
import { deviceId } from '../hardware/devices.ts';
import { deploymentSchema, type Deployment } from '../protocol/cost.ts';
import type { Format } from '../protocol/hardware.ts';
import { Model, type Served } from './model.ts';
import { operate } from './serving.ts';
import { staticBatch } from './static_batch.ts';

export type PublishedRow = Readonly<Record<string, string>>;
export type PredictedRow = PublishedRow & { readonly predicted?: number; readonly reason?: string };

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
  /** The rows' own columns, with `value` as a number; see `PredictedRow`. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly groups: readonly ErrorGroup[];
  readonly overall: { readonly n: number; readonly skipped: number; readonly geomean: number; readonly median_ape: number; readonly mean_ape: number };
}

export function validate(rows: readonly PublishedRow[], hardware: Hardware = BUILT_IN): Validation {
  const predicted = rows.map((row) => ({ row, outcome: predict(row, hardware) }));
  const known = predicted.flatMap(({ row, outcome }) =>
    typeof outcome === 'number' ? [{ row, ratio: outcome / Number(row['value']) }] : [],
  );
  const groups = new Map<string, { row: PublishedRow; ratios: number[] }>();
  for (const { row, ratio } of known) {
    const key = ['source', 'model', 'hardware', 'tp'].map((column) => row[column] ?? '').join('\n');
    const group = groups.get(key) ?? { row, ratios: [] };
    group.ratios.push(ratio);
    groups.set(key, group);
  }
  return {
    rows: predicted.map(({ row, outcome }) => ({
      ...row,
      ...(Number.isFinite(Number(row['value'])) && { value: Number(row['value']) }),
      ...(typeof outcome === 'number' ? { predicted: outcome } : { reason: outcome }),
    })),
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
function predict(row: PublishedRow, hardware: Hardware): number | string {
  const published = Number(row['value']);
  if (!(published > 0)) return 'the row has no published value to compare with';
  const architecture = architectureOf(row['model'] ?? '');
  if (typeof architecture === 'string') return architecture;
  const place = placeOf(row['hardware'] ?? '');
  const device = deviceId(place.device);
  if (!hardware.devices.some(({ id }) => id === device)) return `no device "${place.device}"`;
  const formats = formatsOf(row['dtype'] ?? '');
  if (formats === undefined) return `number formats "${row['dtype'] ?? ''}" are not known`;
  const tp = Number(row['tp']);
  if (!Number.isInteger(tp) || tp < 1) return 'the row does not say over how many devices each layer was split';
  const isl = Number(row['isl']);
  const osl = Number(row['osl']);
  if (row['isl'] === '' || row['osl'] === '' || !(isl >= 0) || !(osl >= 1)) return 'the row gives no prompt and generation lengths';
  const deployment = deploymentSchema.parse({ device, ...formats, tp, pp: place.stages });
  const batch = batchOf(row['batch'] ?? '');
  try {
    return figure(new Model(architecture, deployment, hardware), row, { isl, osl, batch });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Batch {
  readonly size: number | undefined;
  /** Requests kept under way, rather than a batch that begins and ends together. */
  readonly concurrent: boolean;
}

function figure(model: Model, row: PublishedRow, { isl, osl, batch }: { readonly isl: number; readonly osl: number; readonly batch: Batch }): number | string {
  const fits = model.sequencesThatFit(isl + osl);
  const most = Math.min(fits, model.kernels.endToEnd.max_batch * model.stages.length);
  if (most <= 0) return 'by our memory model the weights do not fit';
  // Under one sequence the memory model is off by less than it is worth: the row says that it ran.
  const running = Math.max(1, most < 1 ? 1 : Math.floor(most));
  const { deployment } = model;
  const devices = deployment.tp * deployment.pp;
  const perDevice = (row['unit'] ?? '').toLowerCase().includes('/gpu') || (row['metric'] ?? '').includes('per_gpu');
  switch (row['metric']) {
    case 'output_throughput':
    case 'output_throughput_per_gpu': {
      if (batch.size !== undefined && !batch.concurrent) {
        const { prefillSeconds, decodeSeconds } = staticBatch(model, isl, osl, batch.size);
        return (batch.size * osl) / (prefillSeconds + decodeSeconds) / (perDevice ? devices : 1);
      }
      const active = Math.min(running, batch.size ?? Infinity);
      return operate(model, { isl, osl }, active).outputTokS / (perDevice ? devices : 1);
    }
    case 'ttft':
    case 'itl': {
      const scale = millisecondsPer(row['unit'] ?? '');
      if (scale === undefined) return `the unit "${row['unit'] ?? ''}" is no time`;
      const size = batch.size ?? running;
      const point = operate(model, { isl, osl }, Math.min(size, running));
      if (row['metric'] === 'itl') return point.itlMs / scale;
      if (!batch.concurrent) return (1000 * staticBatch(model, isl, 1, size).prefillSeconds) / scale;
      const waiting = Math.max(0, size - running);
      return (point.ttftMs + (1000 * waiting * osl) / point.outputTokS) / scale;
    }
    case 'e2e_latency':
    case 'latency': {
      const scale = millisecondsPer(row['unit'] ?? '');
      if (scale === undefined) return `the unit "${row['unit'] ?? ''}" is no time`;
      if (batch.size === undefined) return 'the row gives no batch';
      const { prefillSeconds, decodeSeconds } = staticBatch(model, isl, osl, batch.size);
      return (1000 * (prefillSeconds + decodeSeconds)) / scale;
    }
    case 'throughput_estimated':
      return 'an estimate of its authors, not a measurement';
    default:
      return `"${row['metric'] ?? ''}" is not a quantity of the serving model`;
  }
}

/** `1024`, `conc=5` or nothing. */
function batchOf(text: string): Batch {
  const match = /^\s*(conc(?:urrency)?\s*=\s*)?(\d+)\s*$/i.exec(text);
  return { size: match?.[2] === undefined ? undefined : Number(match[2]), concurrent: match?.[1] !== undefined };
}

function millisecondsPer(unit: string): number | undefined {
  return { ms: 1, s: 1000, us: 0.001 }[unit.trim().toLowerCase()];
}

/** `A100 SXM 80GB xPP3` is a device and its stages; `64x TPU v4` a device with its number, which tp repeats. */
function placeOf(hardware: string): { readonly device: string; readonly stages: number } {
  const stages = /\bx?PP\s*(\d+)\b/i.exec(hardware)?.[1];
  return { device: hardware.replace(/\s*\bx?PP\s*\d+\b/i, '').replace(/^\d+x\s*/, ''), stages: Number(stages ?? 1) };
}

function formatsOf(dtype: string): Pick<Deployment, 'weights' | 'activations' | 'kv'> | undefined {
  const name = dtype.trim().toLowerCase();
  const all = (format: Format, kv: Format = format) => ({ weights: format, activations: format, kv });
  if (/^(nv)?fp4/.test(name)) return all('fp4', 'fp8');
  if (/^fp8/.test(name)) return all('fp8');
  if (/^fp16/.test(name)) return all('fp16');
  if (/^(bf16|bfloat16)( weights)?$/.test(name)) return all('bf16');
  if (/^int8 weights/.test(name)) return { weights: 'int8', activations: 'bf16', kv: 'bf16' };
  if (/^int4/.test(name)) return { weights: 'int4', activations: 'bf16', kv: 'bf16' };
  return undefined;
}

/** Llama-2-70B and Llama-2-7B are not presets: only the 70B's shape is shared with a later model. */
const LLAMA_2: readonly { readonly pattern: RegExp; readonly parent: string; readonly change: { readonly vocab: number; readonly kvHeads?: number; readonly width?: number } }[] = [
  { pattern: /^llama 2 70b/, parent: 'llama-3.1-70b', change: { vocab: 32_000 } },
  { pattern: /^llama 2 7b/, parent: 'llama-3.1-8b', change: { vocab: 32_000, kvHeads: 32, width: 11_008 } },
];

function architectureOf(model: string): Served | string {
  const name = model
    .toLowerCase()
    .replace(/^(meta-llama|nvidia|mistralai)\//, '')
    .replaceAll(/[\s_-]+/g, ' ')
    .replace(/ (instruct|fp8|fp4|nvfp4|fp16|bf16|base|chat|hf)\b.*$/, '')
    .trim();
  for (const { pattern, parent, change } of LLAMA_2) {
    const known = pattern.test(name) ? parents().find(({ id }) => id === parent) : undefined;
    if (known === undefined) continue;
    return parentArchitecture({
      ...known,
      name: model,
      shape: { ...known.shape, vocab_size: change.vocab },
      num_key_value_heads: change.kvHeads ?? known.num_key_value_heads,
      intermediate_size: change.width ?? known.intermediate_size,
    });
  }
  const squeezed = (text: string): string => text.replaceAll(/[^a-z0-9.]/g, '').replace('llama3.3', 'llama3.1').replace(/^metallama/, 'llama');
  const wanted = squeezed(name);
  const parent = parents().find(({ id }) => squeezed(id) === wanted || squeezed(id) === wanted.replace(/v\d(\.\d)?$/, ''));
  if (parent !== undefined) return parentArchitecture(parent);
  const reference = referenceArchitectures().find(({ id }) => wanted.includes(squeezed(id)) || wanted.endsWith(squeezed(id).replace('nemotron', '')) && wanted.includes('nemotron'));
  if (reference !== undefined) return reference;
  if (/^(gpt|megatron)/.test(name)) return `${model} has an ungated FFN and multi-head attention, which block variants do not describe`;
  if (/^palm/.test(name)) return `${model}: see the Pope tables of \`plan\`; PaLM's parallel blocks are no block variants`;
  return `no shapes are published for "${model}", or it is no preset`;
}
