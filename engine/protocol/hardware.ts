/**
 * Devices, number formats and calibrations: what a cost is computed from. Devices come from the product's table or
 * from the user; a calibration is a set of constants of the closed forms in `engine/cost`, fitted to measured kernels of
 * one device under one serving program.
 */
import { z } from 'zod';

/** Number formats by their field names. `int4` is weights only, in groups of 128; `fp4` has a scale per 16 values. */
export const FORMATS = ['fp32', 'bf16', 'fp16', 'fp8', 'int8', 'fp4', 'int4'] as const;
export const formatSchema = z.enum(FORMATS);
export type Format = z.infer<typeof formatSchema>;

const positive = z.number().positive();
const idSchema = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, { error: 'an id of small letters, digits, . and -' });

export const deviceSchema = z.object({
  id: idSchema,
  name: z.string().min(1),
  kind: z.enum(['gpu', 'tpu']),
  year: z.number().int().optional(),
  /** Dense peak by format, TFLOP/s (TOP/s for integers). */
  peak_tflops: z.partialRecord(formatSchema, positive),
  /** What the driver reports, bytes; less than the marketed figure in GiB. */
  memory_bytes: positive,
  memory_gb_marketed: positive.optional(),
  /** 1e9 bytes per second. */
  memory_gb_s: positive,
  /** Fastest link to its neighbours; 1e9 bytes per second and direction. */
  link: z.object({ name: z.string(), gb_s_per_direction: positive }),
  tdp_w: positive.optional(),
  notes: z.string().optional(),
  source: z.string().min(1),
  origin: z.enum(['built-in', 'user']).default('built-in'),
});
export type Device = z.output<typeof deviceSchema>;

/** One matrix product, m tokens by k inputs to n outputs; costmodel.md 6.2. */
export const gemmConstantsSchema = z.object({
  /** Attainable share of the peak and of the memory bandwidth. */
  eta_compute: positive,
  eta_memory: positive,
  /** Seconds per call. */
  t0: z.number().nonnegative(),
  /** Exponent of the smooth maximum of compute and weight time. */
  p: z.number().min(1),
  alpha_input_passes: z.number(),
  kappa_per_1024_k: z.number(),
  n0: positive,
  beta_output_passes: z.number(),
});
export type GemmConstants = z.infer<typeof gemmConstantsSchema>;

export const decodeAttentionConstantsSchema = z.object({
  t0: z.number().nonnegative(),
  eta_memory: positive,
  plateau: z.number(),
  per_cta_wave: z.number(),
  half_saturation_kvhead_tokens: positive,
  sqrt_length: z.number(),
});
export type DecodeAttentionConstants = z.infer<typeof decodeAttentionConstantsSchema>;

export const prefillAttentionConstantsSchema = z.object({
  t0: z.number().nonnegative(),
  eta_of_bf16_peak: positive,
  q_passes: z.number(),
  kv_passes: z.number(),
});
export type PrefillAttentionConstants = z.infer<typeof prefillAttentionConstantsSchema>;

export const allReduceConstantsSchema = z.object({ alpha: z.number().nonnegative(), bytes_per_second: positive, sqrt_coefficient: z.number() });
export type AllReduceConstants = z.infer<typeof allReduceConstantsSchema>;

/**
 * The KV-head cliff: which path of the attention kernel a number of query heads per KV head (on one device) takes.
 * A property of the serving program, so it lives with the constants and can be switched off; costmodel.md 5.4.
 */
export const groupPathSchema = z.object({
  /** From 32 query heads per KV head the kernel's time is multiplied. */
  from_32_multiplier: z.number().min(1),
  /** From 64 a path without reuse takes over where it is slower: seconds per sequence and cached token at 64 heads. */
  from_64_seconds_per_token: z.number().nonnegative(),
});
export type GroupPath = z.infer<typeof groupPathSchema>;

export const endToEndSchema = z.object({
  /** A step takes `derate` times its kernels plus `step0` seconds. */
  derate: positive,
  step0: z.number().nonnegative(),
  /** Share of the free memory that the KV cache gets. */
  kv_fraction: positive.max(1),
  reserve_bytes: z.number().nonnegative(),
  /** Most tokens in one step, and most sequences. */
  max_tokens: positive,
  max_batch: positive,
});
export type EndToEnd = z.infer<typeof endToEndSchema>;

/** How well one kind of kernel is described: relative errors on measurements that the fit did not see. */
export const fitErrorSchema = z.object({
  kernel: z.enum(['gemm', 'decode_attention', 'prefill_attention', 'all_reduce', 'block']),
  /** Number format, or number of devices for all-reduce. */
  of: z.string(),
  rows: z.number().int(),
  held_out: z.number().int(),
  median_ape: z.number(),
  p90_ape: z.number(),
});
export type FitError = z.infer<typeof fitErrorSchema>;

export const calibrationSchema = z.object({
  id: idSchema,
  name: z.string().min(1),
  device: idSchema,
  backend: z.string(),
  version: z.string().optional(),
  origin: z.enum(['built-in', 'user']).default('built-in'),
  provenance: z.string(),
  gemm: z.partialRecord(formatSchema, gemmConstantsSchema),
  /** By format of the KV cache. */
  decode_attention: z.partialRecord(formatSchema, decodeAttentionConstantsSchema),
  prefill_attention: z.partialRecord(formatSchema, prefillAttentionConstantsSchema),
  /** By number of devices. */
  all_reduce: z.record(z.string(), allReduceConstantsSchema),
  group_path: groupPathSchema.optional(),
  end_to_end: endToEndSchema.optional(),
  errors: z.array(fitErrorSchema).default([]),
});
export type Calibration = z.output<typeof calibrationSchema>;

/** `hardware.json` of a project: what the user added. */
export const hardwareFileSchema = z.object({
  format: z.literal('puzzle-workbench/hardware'),
  version: z.literal(1),
  devices: z.array(deviceSchema),
  calibrations: z.array(calibrationSchema),
});
export type HardwareFile = z.output<typeof hardwareFileSchema>;
