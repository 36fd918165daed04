/** A search problem and its answers, as they cross the boundary and stand in CLI JSON. */
import { z } from 'zod';
import { chosenBlockSchema, variantIdSchema } from './variant.ts';

/** Throughputs accepted as limits beside the library's summable columns; see `engine/search/throughput.ts`. */
export const THROUGHPUT_COLUMNS = ['total_tok_s', 'output_tok_s'] as const;
export type ThroughputColumn = (typeof THROUGHPUT_COLUMNS)[number];

/** A bound on a child's total (blocks and what is outside them) in one column; at least one of max and min. */
export const limitSchema = z
  .object({ column: z.string().min(1), max: z.number().optional(), min: z.number().optional() })
  .refine((limit) => limit.max !== undefined || limit.min !== undefined, { error: 'a limit needs max or min' });
export type Limit = z.infer<typeof limitSchema>;

/** How many of a child's layers keep an attention with a KV cache; can be limited in every library. */
export const ATTENTION_LAYERS = 'attention_layers';

const layerNumber = z.number().int().nonnegative();

/** Holds a parent layer to one variant: whatever block covers the layer must be it. */
export const lockSchema = z.object({ layer: layerNumber, variant: variantIdSchema });
export type Lock = z.infer<typeof lockSchema>;

/** Rules a variant out, of one parent layer or, without `layer`, of all. */
export const banSchema = z.object({ layer: layerNumber.optional(), variant: variantIdSchema });
export type Ban = z.infer<typeof banSchema>;

/** What a workload can limit; units are in the names. */
export const WORKLOAD_QUANTITIES = [
  /** Weights and the KV cache of the whole batch at full length. */
  'memory_mib',
  /** Tokens whose KV cache fits beside the weights; needs an upper limit on memory_mib in the same workload. */
  'kv_tokens',
  'total_tok_s',
  'output_tok_s',
  /** From a request to its first token: the prefill of the whole batch. */
  'ttft_ms',
  /** Time per generated token: the decode runtime over the tokens generated per sequence. */
  'itl_ms',
  /** Prefill and decode of the whole batch. */
  'latency_ms',
] as const;
export type WorkloadQuantity = (typeof WORKLOAD_QUANTITIES)[number];

/**
 * A kind of traffic that the child must serve beside all others. Its costs come from the library's measurements with
 * the same prompt and generation lengths; memory follows any batch.
 */
export const workloadSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  /** Prompt and generated tokens per sequence; the library's own where absent. */
  isl: z.number().int().nonnegative().optional(),
  osl: z.number().int().positive().optional(),
  /** Sequences together. 'largest' tries every batch measured, largest first, and takes what allows the best quality. */
  batch: z.union([z.number().int().positive(), z.literal('largest')]).default('largest'),
  limits: z.array(limitSchema.and(z.object({ column: z.enum(WORKLOAD_QUANTITIES) }))),
});
export type Workload = z.input<typeof workloadSchema>;

/** What a child does under one workload. */
export const workloadResultSchema = z.object({
  id: z.string(),
  batch: z.number(),
  /** By quantity; those that the library cannot tell are absent. */
  costs: z.record(z.string(), z.number()),
  /** Most sequences of full length that fit the workload's memory limit, measured or not; absent without such a limit. */
  largest_batch: z.number().optional(),
});
export type WorkloadResult = z.infer<typeof workloadResultSchema>;

export const problemSchema = z.object({
  library_id: z.string(),
  /**
   * Column to optimise, in the direction of its `better`, or a weighted sum such as `kl_div + 0.5*lm_loss`; see
   * `parseObjective`.
   */
  objective: z.string(),
  limits: z.array(limitSchema),
  workloads: z.array(workloadSchema).default([]),
  locks: z.array(lockSchema).default([]),
  bans: z.array(banSchema).default([]),
  /** How many solutions, each differing from all earlier ones in at least `min_different_layers` layers. */
  solutions: z.number().int().min(1).max(50).default(1),
  min_different_layers: z.number().int().min(1).default(1),
});
export type Problem = z.input<typeof problemSchema>;

export const statusSchema = z.enum(['optimal', 'feasible', 'infeasible', 'cancelled']);
export type Status = z.infer<typeof statusSchema>;

/** One child on the wire: the index of the chosen library choice per block, in order of depth. */
export const wireSolutionSchema = z.object({
  objective: z.number(),
  /** Total by column id: every summable column, and the throughputs that the measurement allows. */
  costs: z.record(z.string(), z.number()),
  choices: z.array(z.number().int().nonnegative()),
  /** In the order of the problem's workloads. */
  workloads: z.array(workloadResultSchema).optional(),
});
export type WireSolution = z.infer<typeof wireSolutionSchema>;

/** One side of one limit, and what it does to the best child. */
export const limitStateSchema = z.object({
  /** Id of the workload it belongs to; absent for the problem's own limits. */
  workload: z.string().optional(),
  column: z.string(),
  side: z.enum(['max', 'min']),
  limit: z.number(),
  /** The best child's total. */
  value: z.number(),
  /** Room left, in the column's unit; never negative but for rounding. */
  slack: z.number(),
  /** The relaxation presses against it: its price is not 0. */
  binding: z.boolean(),
  /**
   * Change of the objective per unit by which the limit is raised, from the dual of the linear relaxation. For an
   * objective to minimise and an upper limit it is 0 or below: one more unit allowed lowers the objective by so much.
   */
  price: z.number(),
});
export type LimitState = z.infer<typeof limitStateSchema>;

/** Something stated that takes part in a contradiction. */
export const statementSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('limit'), workload: z.string().optional(), column: z.string(), side: z.enum(['max', 'min']), limit: z.number() }),
  z.object({ kind: z.literal('lock'), layer: layerNumber, variant: variantIdSchema }),
  z.object({ kind: z.literal('ban'), layer: layerNumber.optional(), variant: variantIdSchema }),
]);
export type Statement = z.infer<typeof statementSchema>;

/** Why nothing fits: per limit, the value nearest to it that can be reached while the other limits hold. */
export const reachableSchema = z.object({
  workload: z.string().optional(),
  column: z.string(),
  side: z.enum(['max', 'min']),
  limit: z.number(),
  /** Smallest total reachable for an upper limit, largest for a lower one. */
  reachable: z.number(),
  /** False while a value nearer to the limit by more than 0.01 % is not excluded. */
  proven: z.boolean(),
  /** False where the other limits already exclude each other, so that they had to be left out. */
  others_hold: z.boolean(),
});
export type Reachable = z.infer<typeof reachableSchema>;

/**
 * State of a solve. `feasible` carries the best child so far with a proven bound; `optimal` has gap 0.
 * gap = |objective - bound| / max(|objective|, 1e-9). With several solutions objective and bound are the
 * first one's, gap is the largest of all, and `optimal` means that every one of them is proven.
 */
export const solveUpdateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('searching') }),
  z.object({
    status: z.enum(['optimal', 'feasible']),
    objective: z.number(),
    bound: z.number(),
    gap: z.number(),
    /** From the request to this answer. */
    solve_ms: z.number(),
    solutions: z.array(wireSolutionSchema).min(1),
    /** Every limit as stated, workloads' after the problem's own; what binds the first solution. */
    limits: z.array(limitStateSchema).default([]),
    /** Optimum of the linear relaxation: what mixtures of variants could reach. Prices are exact for it. */
    relaxation: z.number().optional(),
    /** True on the last answer to this request. */
    final: z.boolean(),
    /** Fewer different solutions exist than were asked for. */
    exhausted: z.boolean().default(false),
  }),
  /** May come again with more of it proven. */
  z.object({
    status: z.literal('infeasible'),
    solve_ms: z.number(),
    reachable: z.array(reachableSchema),
    /** Statements that no child meets together, none of which can be left out of this list; others may exclude each other too. */
    conflict: z.array(statementSchema).default([]),
  }),
  z.object({ status: z.literal('cancelled') }),
]);
export type SolveUpdate = z.infer<typeof solveUpdateSchema>;

/** Simpler methods that the frontier is compared with; see `engine/search/baselines.ts`. */
export const BASELINES = ['greedy', 'max_params', 'one_variant', 'random'] as const;
export type Baseline = (typeof BASELINES)[number];

/** The optimum at each of `points` levels of one limit between its extremes, the other limits held. */
export const sweepSchema = problemSchema.extend({
  over: z.string().min(1),
  points: z.number().int().min(2).max(500),
  /** Simpler methods to compare with. */
  baselines: z.array(z.enum(BASELINES)).default([]),
});
export type Sweep = z.input<typeof sweepSchema>;

/** A child found by a simpler method than the search, where the other limits hold. */
export const baselinePointSchema = z.object({
  method: z.enum(BASELINES),
  /** Level of the swept limit it was made for; absent where it belongs to none. */
  level: z.number().optional(),
  /** The variant in all layers, for `one_variant`. */
  variant: variantIdSchema.optional(),
  solution: wireSolutionSchema,
});
export type BaselinePoint = z.infer<typeof baselinePointSchema>;

/** Quality over two limits: the optimum at every pair of levels, the other limits held. */
export const contourSchema = problemSchema.extend({
  over: z.tuple([z.string().min(1), z.string().min(1)]),
  points: z.tuple([z.number().int().min(2).max(60), z.number().int().min(2).max(60)]),
});
export type Contour = z.input<typeof contourSchema>;

export const contourCellSchema = z.object({
  /** Positions among the levels of the first and of the second limit. */
  at: z.tuple([z.number().int(), z.number().int()]),
  /** Absent where nothing fits. */
  solution: wireSolutionSchema.optional(),
  /** 0 where proven. */
  gap: z.number().default(0),
});
export type ContourCell = z.infer<typeof contourCellSchema>;

/** Pieces of an explanation, each sent when it is known; later ones with the same place replace earlier ones. */
export const explanationSchema = z.discriminatedUnion('kind', [
  /** How far one limit can go while the others hold, and what moving it would do. */
  z.object({
    kind: z.literal('limit'),
    workload: z.string().optional(),
    column: z.string(),
    side: z.enum(['max', 'min']),
    /** The tightest value that still leaves a child. */
    tightest: z.number(),
    /** The value from which on the limit does nothing. */
    loosest: z.number(),
    /** The optimum with this limit a step looser and a step tighter; absent where nothing fits or was found in time. */
    looser: z.object({ limit: z.number(), objective: z.number(), proven: z.boolean() }).optional(),
    tighter: z.object({ limit: z.number(), objective: z.number(), proven: z.boolean() }).optional(),
  }),
  /**
   * The best child with another block at this parent layer: how much this decision matters. `proven`: to 2 % of the
   * regret, or to 0.001 % of the objective where that is more.
   */
  z.object({
    kind: z.literal('layer'),
    layer: layerNumber,
    chosen: variantIdSchema,
    /** Absent where any other block makes the limits unreachable. */
    runner_up: z.object({ variant: variantIdSchema, objective: z.number(), regret: z.number(), proven: z.boolean() }).optional(),
  }),
  /** What a lock or a ban costs: the objective without it, all others held. */
  z.object({
    kind: z.literal('hold'),
    hold: z.enum(['lock', 'ban']),
    layer: layerNumber.optional(),
    variant: variantIdSchema,
    /** Objective without it, and by how much it is better. */
    free: z.number(),
    cost: z.number(),
    proven: z.boolean(),
  }),
]);
export type Explanation = z.infer<typeof explanationSchema>;

export const sweepPointSchema = z.object({
  index: z.number().int(),
  /** Value the swept limit had here. */
  level: z.number(),
  result: solveUpdateSchema,
  /** Optimum of the linear relaxation here: no child can do better. Absent where even mixtures of variants do not fit. */
  relaxation: z.number().optional(),
});
export type SweepPoint = z.infer<typeof sweepPointSchema>;

/** One child in CLI JSON and in solution files. */
export const solutionSchema = z.object({
  objective: z.number(),
  costs: z.record(z.string(), z.number()),
  blocks: z.array(chosenBlockSchema).min(1),
  /** What it does under each of the problem's workloads. */
  workloads: z.array(workloadResultSchema).optional(),
});
export type Solution = z.infer<typeof solutionSchema>;

/** What `solve --json` prints; a solution file is this with `format`, `version`, `problem` and `provenance`. */
export const solveReportSchema = z.object({
  status: statusSchema,
  objective: z.number(),
  bound: z.number(),
  gap: z.number(),
  solve_ms: z.number(),
  costs: z.record(z.string(), z.number()),
  solutions: z.array(solutionSchema).min(1),
  /** Columns whose limits have a price; a workload's as WORKLOAD:COLUMN, here and in `prices`. */
  binding: z.array(z.string()).default([]),
  /** Change of the objective per unit by which the column's limit is raised, of the linear relaxation; 0 where it does not bind. */
  prices: z.record(z.string(), z.number()).default({}),
  limits: z.array(limitStateSchema).default([]),
  /** Optimum of the linear relaxation. */
  relaxation: z.number().optional(),
});
export type SolveReport = z.infer<typeof solveReportSchema>;

/** gap as defined for all answers. */
export function gapOf(objective: number, bound: number): number {
  return Math.abs(objective - bound) / Math.max(Math.abs(objective), 1e-9);
}
