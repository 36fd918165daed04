/**
 * A calibration from Puzzletron's `subblock_stats.json`. It times whole sub-blocks (vLLM, one device), from which no
 * single kernel can be told, but how much longer they take than the kernels of the device's calibration: that ratio, the
 * median over all sub-blocks and measurements, takes the place of the end-to-end factor.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import { calibrationFor, type Hardware } from '../hardware/calibrations.ts';
import { kernelsFor } from '../cost/kernels.ts';
import { attentionSeconds, ffnSeconds, type Step } from '../cost/sub_block.ts';
import { deviceId } from '../hardware/devices.ts';
import { deploymentSchema } from '../protocol/cost.ts';
import { calibrationSchema, formatSchema, type Calibration, type FitError, type Format } from '../protocol/hardware.ts';
import type { Residual } from '../protocol/hardware_api.ts';
import type { Note } from '../protocol/library.ts';
import { attentionId, ffnId, type ModelShape } from '../protocol/variant.ts';
import { dtypeId } from './dtype_alias.ts';
import { parseJsonFile } from './json_file.ts';
import { readAttention, readFfn } from './puzzletron_blocks.ts';
import { at, costAt, fail, listAt, optionalText, wholeAt, type Place } from './read_value.ts';

export interface StatsCalibration {
  readonly calibration: Calibration;
  readonly errors: readonly FitError[];
  readonly residuals: readonly Residual[];
  readonly notes: readonly Note[];
}

/** One timed sub-block: what was measured, and its kernels by the calibration before. Seconds. */
interface Timing {
  readonly of: string;
  readonly label: string;
  readonly measured: number;
  readonly kernels: number;
}

/** Fewer say nothing about a median. */
const MIN_TIMINGS = 4;
const FOLDS = 5;

/** Whether a parsed file is a list of Puzzletron's measurements of sub-blocks. */
function isSubblockStats(json: unknown): boolean {
  const [first] = Array.isArray(json) ? (json as readonly unknown[]) : [];
  return typeof first === 'object' && first !== null && 'args' in first && 'subblocks' in first;
}

/** The JSON of the one file there is, where that is such a list; whatever else it holds is not judged here. */
export function statsIn(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Place | undefined {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0 || !/\.json$/i.test(file.path)) return undefined;
  const value = parseJsonFile(file);
  return isSubblockStats(value) ? { file: file.path, path: '', value } : undefined;
}

/**
 * `device` where the file does not name a known one.
 * @throws WorkbenchError `bad_input` with the place in the file, or where it holds no runtimes or names no device.
 */
export function calibrationFromStats(place: Place, hardware: Hardware, options: { readonly device?: string | undefined; readonly name?: string | undefined } = {}): StatsCalibration {
  const entries = listAt(place, 'a list of measurements').map((_, index) => at(place, index));
  const named = entries.map((entry) => optionalText(at(at(entry, 'args'), 'gpu'))).find((gpu) => gpu !== undefined);
  const id = options.device ?? (named === undefined ? undefined : deviceId(named));
  const device = hardware.devices.findLast((known) => known.id === id);
  if (device === undefined) {
    throw new WorkbenchError('bad_input', `${place.file}: ${named === undefined ? 'the file names no GPU' : `there is no device "${named}"`}.`, {
      hint: 'Say which device the timings are of.',
    });
  }
  const base = calibrationFor(device, hardware.calibrations, hardware.devices);
  if (base === undefined) throw new WorkbenchError('bad_input', `There is no calibration to scale for ${device.name}.`, { hint: 'Import timings of its kernels instead.' });
  const timings = entries.flatMap((entry) => timingsOf(entry, device.id, base.id, hardware));
  if (timings.length < MIN_TIMINGS) {
    throw new WorkbenchError('bad_input', `${place.file} holds ${timings.length} runtimes of sub-blocks, too few for a factor.`, {
      hint: 'Puzzletron writes runtime_ms where runtime_stats is enabled; memory alone says nothing about time.',
    });
  }
  const factor = median(timings.map(({ measured, kernels }) => measured / kernels));
  const before = base.end_to_end ?? kernelsFor(deploymentSchema.parse({ device: device.id, calibration: base.id }), hardware).endToEnd;
  const name = options.name ?? `${device.name}, Puzzletron's block runtimes`;
  return {
    calibration: calibrationSchema.parse({
      ...base,
      id: `${device.id}-puzzletron`,
      name,
      device: device.id,
      backend: 'vllm',
      version: undefined,
      origin: 'user',
      provenance: `${base.provenance} Scaled by ${factor.toFixed(3)} to ${timings.length} runtimes of sub-blocks in ${place.file} (Puzzletron).`,
      end_to_end: { ...before, derate: factor },
      errors: [],
    }),
    errors: errorsOf(timings),
    residuals: timings.slice(0, 300).map(({ of, label, measured, kernels }) => ({ kernel: 'block', of, label, measured_s: measured, fitted_s: factor * kernels })),
    notes: [
      { severity: 'note', text: `Blocks take ${factor.toFixed(2)} times their kernels; single kernels cannot be told from whole blocks and stay as they were.` },
      ...(base.device === device.id ? [] : [{ severity: 'warning' as const, text: `${device.name} has no kernels of its own: those of ${base.device} were carried over before scaling.` }]),
    ],
  };
}

function timingsOf(entry: Place, device: string, calibration: string, hardware: Hardware): Timing[] {
  const args = at(entry, 'args');
  const batch = wholeAt(at(args, 'batch_size'), 1);
  const isl = wholeAt(at(args, 'prefill_seq_len'), 0);
  const osl = wholeAt(at(args, 'generation_seq_len'), 0);
  const heads = wholeAt(at(args, 'n_head'), 1);
  const hidden = wholeAt(at(args, 'n_embd'), 1);
  const shape: ModelShape = { hidden_size: hidden, num_attention_heads: heads, head_dim: hidden / heads, vocab_size: 1, tie_word_embeddings: false };
  const weights = formatAt(at(args, 'weights_dtype'));
  const kernels = kernelsFor(
    deploymentSchema.parse({ device, calibration, weights, activations: formatAt(at(args, 'activations_dtype')), kv: formatAt(at(args, 'kv_cache_dtype')) }),
    hardware,
  );
  const chunks = Math.max(1, Math.ceil((batch * isl) / kernels.endToEnd.max_tokens));
  const prefill: Step = { sequences: 0, tokensPerSequence: 1, context: 0, prefillTokens: (batch * isl) / chunks, prompt: isl };
  const decode: Step = { sequences: batch, tokensPerSequence: 1, context: isl + osl / 2, prefillTokens: 0, prompt: 0 };
  const whole = (seconds: (step: Step) => number): number => (isl > 0 ? chunks * seconds(prefill) : 0) + osl * seconds(decode);
  const subblocks = at(entry, 'subblocks');
  return listAt(subblocks, 'a list of sub-blocks').flatMap((_, index): Timing[] => {
    const one = at(subblocks, index);
    const runtime = at(one, 'runtime_ms');
    if (runtime.value === undefined || runtime.value === null) return [];
    const measured = costAt(runtime) / 1000;
    const config = at(one, 'subblock_config');
    const kind = at(one, 'subblock_config_class').value;
    const isAttention = kind === 'AttentionConfig';
    if (!isAttention && kind !== 'FFNConfig') fail(at(one, 'subblock_config_class'), 'AttentionConfig or FFNConfig');
    const attention = isAttention ? readAttention(config) : undefined;
    const ffn = isAttention ? undefined : readFfn(config);
    const predicted = whole((step) => (attention === undefined ? (ffn === undefined ? 0 : ffnSeconds(kernels, shape, ffn, 1, step)) : attentionSeconds(kernels, shape, attention, 1, step)));
    // A no-op takes no time in either, and says nothing.
    if (predicted === 0 || measured === 0) return [];
    return [{ of: weights, label: `${attention === undefined ? (ffn === undefined ? '' : `FFN ${ffnId(ffn)}`) : `attention ${attentionId(attention)}`}, batch ${batch}, ${isl}/${osl}`, measured, kernels: predicted }];
  });
}

function formatAt(place: Place): Format {
  const name = dtypeId(optionalText(place) ?? 'bf16');
  const parsed = formatSchema.safeParse(name === 'nvfp4' ? 'fp4' : name);
  return parsed.success ? parsed.data : fail(place, 'a number format such as torch.bfloat16');
}

/** Every fifth timing against the median of the others, in turn. */
function errorsOf(timings: readonly Timing[]): FitError[] {
  const groups = new Map<string, Timing[]>();
  for (const timing of timings) groups.set(timing.of, [...(groups.get(timing.of) ?? []), timing]);
  const errors = timings.map(({ of, measured, kernels }, index) => {
    const others = timings.filter((_, other) => other % FOLDS !== index % FOLDS);
    return { of, error: Math.abs((median(others.map((other) => other.measured / other.kernels)) * kernels) / measured - 1) };
  });
  return [...groups.keys()].map((of) => {
    const sorted = errors.filter((error) => error.of === of).map(({ error }) => error).sort((a, b) => a - b);
    return { kernel: 'block', of, rows: sorted.length, held_out: sorted.length, median_ape: median(sorted), p90_ape: sorted[Math.min(sorted.length - 1, Math.floor(0.9 * sorted.length))] ?? 0 };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
