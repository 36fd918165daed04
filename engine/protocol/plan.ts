/**
 * Planning how a model is split over chips, after Pope et al. 2022 (arXiv 2211.05102): what is asked, and the best
 * layouts by phase and batch with what each costs and why. Shared by the CLI's JSON, calls and the planner's screen.
 */
import { z } from 'zod';
import { bandSchema } from './cost.ts';
import { formatSchema } from './hardware.ts';
import { provenanceSchema } from './library.ts';
import { architectureSchema } from './variant.ts';

const count = z.number().int().positive();

/** Processing a prompt in one pass, or generating one token per sequence and step. */
export const PHASES = ['prefill', 'decode'] as const;
export const phaseSchema = z.enum(PHASES);
export type Phase = z.infer<typeof phaseSchema>;

/**
 * How the FFN's matrices and activations move: weight-stationary over one or two dimensions (activations move), or
 * weight-gathered over the chips of one, two or all three mesh axes (weights move).
 */
export const FFN_LAYOUTS = ['ws_1d', 'ws_2d', 'wg_x', 'wg_xy', 'wg_xyz'] as const;
export const ffnLayoutSchema = z.enum(FFN_LAYOUTS);
export type FfnLayout = z.infer<typeof ffnLayoutSchema>;

export const FFN_LAYOUT_NAMES: Readonly<Record<FfnLayout, string>> = {
  ws_1d: 'weight-stationary 1D',
  ws_2d: 'weight-stationary 2D',
  wg_x: 'weight-gathered X',
  wg_xy: 'weight-gathered XY',
  wg_xyz: 'weight-gathered XYZ',
};

/** Attention split by heads, by sequences of the batch, or KV heads on one axis and sequences on the other. */
export const ATTENTION_LAYOUTS = ['heads', 'grouped', 'batch'] as const;
export const attentionLayoutSchema = z.enum(ATTENTION_LAYOUTS);
export type AttentionLayout = z.infer<typeof attentionLayoutSchema>;

export const ATTENTION_LAYOUT_NAMES: Readonly<Record<AttentionLayout, string>> = {
  heads: 'attention over heads',
  grouped: 'attention over KV heads and batch',
  batch: 'attention over batch',
};

export const layoutSchema = z.object({
  ffn: ffnLayoutSchema,
  /** Chips along X, Y and Z; matrices are stored hidden over X and FFN width over Y and Z. */
  mesh: z.object({ x: count, y: count, z: count }),
  /** Chips over which the weights of a layer are collected; 1 where they stay. */
  gathered_chips: count,
  attention: attentionLayoutSchema,
  /** Ways in which heads and sequences are divided for attention; their product is the number of chips. */
  head_ways: count,
  batch_ways: count,
});
export type PlanLayout = z.infer<typeof layoutSchema>;

export const sharesSchema = z.object({ compute: z.number().positive(), memory: z.number().positive(), network: z.number().positive() });
/** Attained shares of peak, memory bandwidth and network bandwidth. */
export type Shares = z.infer<typeof sharesSchema>;

/** `closed_form` counts what the paper's formulas count; `detailed` adds gate matrices, attention and group sizes. */
export const termsSchema = z.enum(['closed_form', 'detailed']);
export type Terms = z.infer<typeof termsSchema>;

/** What runs at the same time: nothing, multiplications and weight loading, or communication as well. */
export const overlapSchema = z.enum(['none', 'memory', 'all']);
export type Overlap = z.infer<typeof overlapSchema>;

/** How a model is split and run, apart from the model and the device. */
export const planSettingsSchema = z.object({
  chips: count.max(65_536),
  /** Only this mesh, as X, Y and Z; all factorisations of the chips where absent. */
  mesh: z.tuple([count, count, count]).optional(),
  phases: z.array(phaseSchema).min(1).default([...PHASES]),
  batches: z.array(count.max(1_000_000)).min(1).max(256),
  /** New prompt tokens, generated tokens, and earlier tokens already cached, per sequence. */
  isl: z.number().int().positive(),
  osl: z.number().int().nonnegative(),
  cached_tokens: z.number().int().nonnegative().default(0),
  formats: z.object({ weights: formatSchema, activations: formatSchema, kv: formatSchema }).default({ weights: 'bf16', activations: 'bf16', kv: 'bf16' }),
  terms: termsSchema.default('detailed'),
  overlap: overlapSchema.default('none'),
  /** Attention and FFN one after the other or side by side; as the model has it where absent. */
  block: z.enum(['serial', 'parallel']).optional(),
  /** Time per layer that no bandwidth explains; the default of the device's kind where absent. */
  layer_latency_us: z.number().nonnegative().optional(),
  /** The device's own where absent. */
  shares: sharesSchema.optional(),
  /** 1e9 bytes per second that a chip takes part in a collective with; the device table's link where absent. */
  network_gb_s: z.number().positive().optional(),
  /** Share of a chip's memory that the largest context is stated for. */
  kv_memory_share: z.number().positive().max(1).default(0.3),
  /** Share of a chip's memory kept free. */
  reserve_share: z.number().nonnegative().max(0.9).default(0.05),
  /** Other layouts to report per batch. */
  runners_up: z.number().int().nonnegative().max(14).default(4),
});
export type PlanSettings = z.output<typeof planSettingsSchema>;
export type PlanSettingsInput = z.input<typeof planSettingsSchema>;

export const planRequestSchema = planSettingsSchema.extend({
  /** Preset id of a parent, a released child or a PaLM model, or an architecture of any kind. */
  model: z.union([z.string().min(1), architectureSchema]),
  /** Device id. */
  device: z.string().min(1),
});
export type PlanRequest = z.output<typeof planRequestSchema>;
export type PlanRequestInput = z.input<typeof planRequestSchema>;

/** One step, milliseconds by cause; `hidden` is what ran beside something longer. */
export const planBreakdownSchema = z.object({
  compute: z.number(),
  attention_compute: z.number(),
  weights: z.number(),
  kv: z.number(),
  activation_traffic: z.number(),
  weight_traffic: z.number(),
  attention_traffic: z.number(),
  latency: z.number(),
  hidden: z.number(),
});
export type PlanBreakdown = z.infer<typeof planBreakdownSchema>;

export const planMemorySchema = z.object({
  weights_bytes: z.number(),
  kv_bytes: z.number(),
  /** Activations and collected weights. */
  buffers_bytes: z.number(),
  reserve_bytes: z.number(),
  capacity_bytes: z.number(),
});
export type PlanMemory = z.infer<typeof planMemorySchema>;

export const planCandidateSchema = z.object({
  layout: layoutSchema,
  /** Pieces that the batch is taken in where the activations of all of it have no room at once. */
  passes: count,
  /** The whole prompt in prefill, one token per sequence in decode; of the whole batch. */
  step_ms: z.number(),
  /** Of the peak, by two operations per parameter and token. */
  mfu: z.number(),
  chip_seconds_per_token: z.number(),
  /** Prompt tokens in prefill, generated tokens in decode. */
  tok_s: z.number(),
  breakdown_ms: planBreakdownSchema,
  /** On one chip, at the end of the prompt or of the generation. */
  memory_per_chip: planMemorySchema,
  /** Sequences that fit into memory under this layout. */
  max_batch: z.number(),
  /** Tokens per sequence whose keys and values fill `kv_memory_share` of the memory; absent where they never do. */
  max_context_tokens: z.number().optional(),
});
export type PlanCandidate = z.infer<typeof planCandidateSchema>;

export const planRunnerUpSchema = planCandidateSchema.extend({
  /** How much longer it takes than the winner; 0.1 is a tenth. */
  slower_by: z.number(),
  why: z.string(),
});
export type PlanRunnerUp = z.infer<typeof planRunnerUpSchema>;

/** Why layouts do not fit: how many, and the least that any of them needs on one chip. */
export const planDiscardSchema = z.object({
  reason: z.enum(['weights', 'kv', 'buffers']),
  layouts: z.number().int(),
  least_bytes_per_chip: z.number(),
});
export type PlanDiscard = z.infer<typeof planDiscardSchema>;

export const planPointSchema = z.object({
  phase: phaseSchema,
  batch: z.number().int(),
  tokens: z.number(),
  /** Absent where no layout fits. */
  winner: planCandidateSchema.optional(),
  why: z.string(),
  /** No other batch of the phase is both faster and cheaper. */
  on_frontier: z.boolean(),
  runners_up: z.array(planRunnerUpSchema),
  discarded: z.array(planDiscardSchema),
});
export type PlanPoint = z.infer<typeof planPointSchema>;

/** Neighbouring batches of a phase with the same kind of layout. */
export const planStairSchema = z.object({
  phase: phaseSchema,
  first_batch: z.number().int(),
  last_batch: z.number().int(),
  ffn: ffnLayoutSchema,
  attention: attentionLayoutSchema,
});
export type PlanStair = z.infer<typeof planStairSchema>;

export const planResultSchema = z.object({
  model: z.object({
    name: z.string(),
    params: z.number(),
    /** With the heads that padding adds. */
    executed_params: z.number(),
    layers: z.number().int(),
    hidden: z.number(),
    /** Mean over all layers. */
    ffn: z.number(),
    heads: z.number(),
    head_dim: z.number(),
    /** The most that a layer has; 0 without attention. */
    kv_heads: z.number(),
    kv_bytes_per_token: z.number(),
    parallel_block: z.boolean(),
  }),
  device: z.string(),
  chips: z.number().int(),
  hardware: z.object({
    peak_tflops: z.number(),
    compute_format: formatSchema,
    memory_bytes: z.number(),
    memory_gb_s: z.number(),
    network_gb_s: z.number(),
    shares: sharesSchema,
    layer_latency_us: z.number(),
  }),
  settings: planSettingsSchema,
  /** Layouts compared per phase and batch. */
  layouts: z.number().int(),
  points: z.array(planPointSchema),
  staircase: z.array(planStairSchema),
  provenance: provenanceSchema,
  band: bandSchema,
  notes: z.array(z.string()),
});
export type PlanResult = z.infer<typeof planResultSchema>;

/** One published figure of the paper beside ours; `error` is (ours - published) / published. */
export const popeRowSchema = z.object({
  table: z.string(),
  row: z.string(),
  quantity: z.string(),
  unit: z.string(),
  published: z.number(),
  ours: z.number(),
  error: z.number(),
  note: z.string(),
  source: z.string(),
});
export type PopeRow = z.infer<typeof popeRowSchema>;
