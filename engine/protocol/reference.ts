/**
 * The reference cases: Nemotron-51B and 40B as problems from their parent, solved live, beside the released 51B. Published
 * figures stand beside ours and are never limits: what is asked of a child is what we predict for the released one.
 */
import { z } from 'zod';
import { costReportSchema } from './cost.ts';
import { provenanceSchema } from './library.ts';
import { statusSchema, workloadSchema } from './problem.ts';
import { architectureSchema } from './variant.ts';

export const REFERENCE_PROBLEMS = ['51b', '40b'] as const;
export const referenceProblemIdSchema = z.enum(REFERENCE_PROBLEMS);
export type ReferenceProblemId = z.infer<typeof referenceProblemIdSchema>;

/** How far two architectures of the same parent are the same, layer by layer. */
export const agreementSchema = z.object({
  layers: z.number().int(),
  same_variant: z.number().int(),
  same_attention: z.number().int(),
  same_ffn: z.number().int(),
  /** Both keep an attention with a cache, or neither does. */
  same_attention_kept: z.number().int(),
});
export type Agreement = z.infer<typeof agreementSchema>;

export const publishedBesideSchema = z.object({ quantity: z.string(), unit: z.string(), published: z.number(), ours: z.number().optional(), source: z.string() });

/** A model with what it takes and gives, predicted by the cost model on the problem's device and traffic. */
export const referenceModelSchema = z.object({
  name: z.string(),
  architecture: architectureSchema,
  num_params: z.number(),
  kv_bytes_per_token: z.number(),
  /** Tokens whose cache fits beside one byte per parameter in the problem's memory. */
  kv_tokens: z.number(),
  kl_div: z.number(),
  /** At the batch of the problem's limit, and at the most sequences that fit the device. */
  output_tok_s: z.number(),
  report: costReportSchema,
  published: z.array(publishedBesideSchema),
});
export type ReferenceModel = z.infer<typeof referenceModelSchema>;

export const referenceProblemSchema = z.object({
  id: referenceProblemIdSchema,
  name: z.string(),
  what: z.string(),
  library_id: z.string(),
  objective: z.string(),
  workload: workloadSchema,
});
export type ReferenceProblem = z.infer<typeof referenceProblemSchema>;

export const referenceAnswerSchema = z.object({
  problem: referenceProblemSchema,
  status: statusSchema,
  gap: z.number(),
  solve_ms: z.number(),
  /** Absent where nothing fits. */
  child: referenceModelSchema.extend({ batch: z.number() }).optional(),
  agreement: agreementSchema.optional(),
  /** Whether the released 51B meets the problem's limits. */
  released_fits: z.boolean(),
});
export type ReferenceAnswer = z.infer<typeof referenceAnswerSchema>;

export const referenceComparisonSchema = z.object({
  answers: z.array(referenceAnswerSchema),
  released: referenceModelSchema,
  parent: referenceModelSchema,
  provenance: provenanceSchema,
});
export type ReferenceComparison = z.infer<typeof referenceComparisonSchema>;
