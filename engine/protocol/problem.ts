/** A search problem and its answers, as they cross the boundary and stand in CLI JSON. */
import { z } from 'zod';
import { chosenBlockSchema } from './variant.ts';

/** Throughputs accepted as limits beside the library's summable columns; see `engine/search/throughput.ts`. */
export const THROUGHPUT_COLUMNS = ['total_tok_s', 'output_tok_s'] as const;
export type ThroughputColumn = (typeof THROUGHPUT_COLUMNS)[number];

/** A bound on a child's total (blocks and what is outside them) in one column; at least one of max and min. */
export const limitSchema = z
  .object({ column: z.string().min(1), max: z.number().optional(), min: z.number().optional() })
  .refine((limit) => limit.max !== undefined || limit.min !== undefined, { error: 'a limit needs max or min' });
export type Limit = z.infer<typeof limitSchema>;

export const problemSchema = z.object({
  library_id: z.string(),
  /** Column to optimise, in the direction of its `better`. */
  objective: z.string(),
  limits: z.array(limitSchema),
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
});
export type WireSolution = z.infer<typeof wireSolutionSchema>;

/** Why nothing fits: per limit, the value nearest to it that can be reached while the other limits hold. */
export const reachableSchema = z.object({
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
    /** True on the last answer to this request. */
    final: z.boolean(),
    /** Fewer different solutions exist than were asked for. */
    exhausted: z.boolean().default(false),
  }),
  /** May come again with more of it proven. */
  z.object({ status: z.literal('infeasible'), solve_ms: z.number(), reachable: z.array(reachableSchema) }),
  z.object({ status: z.literal('cancelled') }),
]);
export type SolveUpdate = z.infer<typeof solveUpdateSchema>;

/** The optimum at each of `points` levels of one limit between its extremes, the other limits held. */
export const sweepSchema = problemSchema.extend({
  over: z.string().min(1),
  points: z.number().int().min(2).max(500),
});
export type Sweep = z.input<typeof sweepSchema>;

export const sweepPointSchema = z.object({
  index: z.number().int(),
  /** Value the swept limit had here. */
  level: z.number(),
  result: solveUpdateSchema,
});
export type SweepPoint = z.infer<typeof sweepPointSchema>;

/** One child in CLI JSON and in solution files. */
export const solutionSchema = z.object({
  objective: z.number(),
  costs: z.record(z.string(), z.number()),
  blocks: z.array(chosenBlockSchema).min(1),
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
});
export type SolveReport = z.infer<typeof solveReportSchema>;

/** gap as defined for all answers. */
export function gapOf(objective: number, bound: number): number {
  return Math.abs(objective - bound) / Math.max(Math.abs(objective), 1e-9);
}
