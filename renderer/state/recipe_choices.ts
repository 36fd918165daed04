/** What recipes are usually made of: number formats that go together, traffic, batches, and how they are called. */
import { FORMATS, type Format } from '../../engine/protocol/hardware.ts';
import type { Recipe } from '../../engine/protocol/recipe.ts';

export interface FormatPreset {
  readonly id: string;
  readonly label: string;
  readonly formats: Pick<Recipe, 'weights' | 'activations' | 'kv'>;
}

export const FORMAT_PRESETS: readonly FormatPreset[] = [
  { id: 'fp8', label: 'FP8', formats: { weights: 'fp8', activations: 'fp8', kv: 'fp8' } },
  { id: 'bf16', label: 'BF16', formats: { weights: 'bf16', activations: 'bf16', kv: 'bf16' } },
  { id: 'fp8-kv16', label: 'FP8, BF16 cache', formats: { weights: 'fp8', activations: 'fp8', kv: 'bf16' } },
  { id: 'fp4', label: 'FP4, FP8 cache', formats: { weights: 'fp4', activations: 'fp4', kv: 'fp8' } },
  { id: 'fp4-weights', label: 'FP4 weights, FP8', formats: { weights: 'fp4', activations: 'fp8', kv: 'fp8' } },
  { id: 'int4-weights', label: 'INT4 weights, BF16', formats: { weights: 'int4', activations: 'bf16', kv: 'bf16' } },
  { id: 'int8', label: 'INT8, BF16 cache', formats: { weights: 'int8', activations: 'int8', kv: 'bf16' } },
];

export function presetOfFormats({ weights, activations, kv }: FormatPreset['formats']): FormatPreset | undefined {
  return FORMAT_PRESETS.find(({ formats }) => formats.weights === weights && formats.activations === activations && formats.kv === kv);
}

export const FORMAT_NAMES: Readonly<Record<Format, string>> = { fp32: 'FP32', bf16: 'BF16', fp16: 'FP16', fp8: 'FP8', int8: 'INT8', fp4: 'FP4', int4: 'INT4' };

/** Formats that each part may have; `int4` is a way to store weights, and nobody caches in 32 bits. */
export const FORMATS_FOR: Readonly<Record<keyof FormatPreset['formats'], readonly Format[]>> = {
  weights: FORMATS,
  activations: FORMATS.filter((format) => format !== 'int4'),
  kv: FORMATS.filter((format) => format !== 'int4' && format !== 'fp32'),
};

export interface TrafficPreset {
  readonly id: string;
  readonly label: string;
  readonly isl: number;
  readonly osl: number;
}

export const TRAFFIC_PRESETS: readonly TrafficPreset[] = [
  { id: 'chat', label: 'Chat', isl: 128, osl: 128 },
  { id: 'generation', label: 'Text generation', isl: 128, osl: 1024 },
  { id: 'retrieval', label: 'Retrieval', isl: 2048, osl: 128 },
  { id: 'long', label: 'Long', isl: 2048, osl: 2048 },
];

export function presetOfTraffic(isl: number, osl: number): TrafficPreset | undefined {
  return TRAFFIC_PRESETS.find((preset) => preset.isl === isl && preset.osl === osl);
}

/** Tensor parallelism within one server, and over two. */
export const TP_CHOICES = [1, 2, 4, 8, 16] as const;
export const BATCH_CHOICES = [1, 4, 16, 32, 64, 128, 256, 512, 1024] as const;

/** A batch with the smaller ones that workloads may want beside it. */
export function batchesFrom(largest: number): readonly number[] {
  return [...new Set([1, 2, 4, 16].map((by) => Math.max(1, Math.round(largest / by))))];
}

/** What an estimated library starts with. */
export const FIRST_RECIPE = { device: 'h100-sxm', ...FORMAT_PRESETS[0].formats, tp: 1, isl: 128, osl: 1024 } as const;

/** `FP8` or `FP4 / FP8 / BF16`: weights, activations and cache. */
export function formatsText(formats: FormatPreset['formats']): string {
  const preset = presetOfFormats(formats);
  return preset?.label ?? [formats.weights, formats.activations, formats.kv].map((format) => FORMAT_NAMES[format]).join(' / ');
}

/** A deployment in one line: `2 × H100 SXM5 · FP8 · 128 + 1,024 tokens`. */
export function recipeText({ tp, isl, osl, ...formats }: Recipe, deviceName: string): string {
  return `${tp === 1 ? '' : `${tp} × `}${deviceName} · ${formatsText(formats)} · ${isl.toLocaleString('en-US')} + ${osl.toLocaleString('en-US')} tokens`;
}
