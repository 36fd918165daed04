/** What serving a model costs: on what it runs, the traffic, and the report. Shared by CLI JSON, calls and libraries. */
import { z } from 'zod';
import { formatSchema } from './hardware.ts';
import { provenanceSchema } from './library.ts';

const count = z.number().int().positive();

/** Hardware, number formats and parallelism that a model is served with. */
export const deploymentSchema = z.object({
  /** Device id. */
  device: z.string().min(1),
  /** Calibration id; the best one for the device where absent. */
  calibration: z.string().optional(),
  weights: formatSchema.default('fp8'),
  activations: formatSchema.default('fp8'),
  kv: formatSchema.default('fp8'),
  /** Devices that share each layer, stages, and copies of the model. */
  tp: count.default(1),
  pp: count.default(1),
  dp: count.default(1),
  /** Whether the attention kernel slows down at many query heads per KV head; see `GroupPath`. */
  kv_head_cliff: z.boolean().default(true),
  /** Layers whose formats differ. */
  layer_formats: z
    .array(
      z.object({
        layers: z.array(z.number().int().nonnegative()).min(1),
        weights: formatSchema.optional(),
        activations: formatSchema.optional(),
        kv: formatSchema.optional(),
      }),
    )
    .default([]),
  /** Memory kept free per device; the calibration's where absent. */
  reserve_bytes: z.number().nonnegative().optional(),
  /** Draft tokens checked in every step, the chance that each is accepted, and what drafting one costs, in target steps. */
  speculation: z
    .object({ draft_tokens: count, acceptance: z.number().min(0).max(1), draft_cost: z.number().nonnegative().default(0.05) })
    .optional(),
  price_per_device_hour: z.number().nonnegative().optional(),
});
export type Deployment = z.output<typeof deploymentSchema>;
export type DeploymentInput = z.input<typeof deploymentSchema>;

/** Prompt and generated tokens per sequence; sequences together, as many as fit where absent. */
export const trafficSchema = z.object({
  isl: z.number().int().nonnegative(),
  osl: z.number().int().positive(),
  batch: z.number().positive().optional(),
});
export type CostTraffic = z.output<typeof trafficSchema>;

/** One kernel of one layer in one step. */
export const kernelCostSchema = z.object({
  name: z.string(),
  kind: z.enum(['gemm', 'decode_attention', 'prefill_attention', 'all_reduce', 'element_wise']),
  microseconds: z.number(),
});
export type KernelCost = z.infer<typeof kernelCostSchema>;

export const layerCostSchema = z.object({
  layer: z.number().int(),
  variant: z.string(),
  /** Pipeline stage that holds the layer. */
  stage: z.number().int(),
  /** Of one step in the steady state; kernels only, before the end-to-end factor. */
  attention_us: z.number(),
  ffn_us: z.number(),
  kernels: z.array(kernelCostSchema),
  /** Per device. */
  weights_bytes: z.number(),
  kv_bytes_per_token: z.number(),
});
export type LayerCost = z.infer<typeof layerCostSchema>;

/** Sequences together and what they get. */
export const loadPointSchema = z.object({
  batch: z.number(),
  /** Generated tokens per second in all, and of one sequence. */
  output_tok_s: z.number(),
  output_tok_s_per_gpu: z.number(),
  output_tok_s_per_user: z.number(),
  ttft_ms: z.number(),
  /** What of it is waiting: for prompts of other sequences, and for a place where more are asked for than fit. */
  wait_ms: z.number().default(0),
  itl_ms: z.number(),
  fits: z.boolean(),
});
export type LoadPoint = z.infer<typeof loadPointSchema>;

/** How far off a figure may be: it lies between `value * low` and `value * high`; and why. */
export const bandSchema = z.object({ low: z.number(), high: z.number(), reasons: z.array(z.string()) });
export type Band = z.infer<typeof bandSchema>;

export const costReportSchema = z.object({
  name: z.string(),
  params: z.number(),
  /** In the deployment's KV format, over all devices of a copy. */
  kv_bytes_per_token: z.number(),
  /** Of all copies together. */
  output_tok_s: z.number(),
  output_tok_s_per_gpu: z.number(),
  total_tok_s: z.number(),
  total_tok_s_per_gpu: z.number(),
  /** Of a prompt that is admitted at once; `curve` counts waiting too. */
  ttft_ms: z.number(),
  itl_ms: z.number(),
  /** Sequences that the figures are for, and the most that fit per copy; 0 where the weights do not fit. */
  batch: z.number(),
  max_batch: z.number(),
  /** What limits the batch: memory, or the serving program's own limit. */
  batch_limit: z.enum(['memory', 'program', 'asked']),
  gpus: z.number(),
  memory: z.object({
    device_bytes: z.number(),
    weights_bytes_per_gpu: z.number(),
    kv_bytes_per_token_per_gpu: z.number(),
    reserve_bytes: z.number(),
    activations_bytes: z.number(),
    /** Left for the KV cache on the fullest device. */
    kv_cache_bytes_per_gpu: z.number(),
  }),
  /** One step in the steady state, milliseconds, by cause; on the slowest stage. */
  step_ms: z.object({
    total: z.number(),
    gemm: z.number(),
    attention: z.number(),
    all_reduce: z.number(),
    element_wise: z.number(),
    outside: z.number(),
    overhead: z.number(),
  }),
  stages: z.array(z.object({ first_layer: z.number().int(), last_layer: z.number().int(), step_ms: z.number(), weights_bytes_per_gpu: z.number() })),
  layers: z.array(layerCostSchema),
  curve: z.array(loadPointSchema),
  /** Generated tokens per step and sequence where drafts are checked. */
  tokens_per_step: z.number(),
  price_per_million_output_tokens: z.number().optional(),
  provenance: provenanceSchema,
  band: bandSchema,
  /** What the reader should know, such as the KV-head cliff. */
  notes: z.array(z.string()),
});
export type CostReport = z.infer<typeof costReportSchema>;
