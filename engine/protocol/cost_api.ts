/** Calls about what serving costs. */
import { z } from 'zod';
import { costReportSchema, deploymentSchema, trafficSchema } from './cost.ts';
import { publishedTablesSchema } from './published_tables.ts';
import { planRequestSchema, planResultSchema } from './plan.ts';
import { referenceComparisonSchema, referenceProblemSchema } from './reference.ts';
import { childSchema } from './sources.ts';

/** A model whose cost is asked for: a preset or a model of the project by its id, or a child. */
export const costSubjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('model'), id: z.string() }),
  ...childSchema.options,
]);
export type CostSubject = z.infer<typeof costSubjectSchema>;

export const costCalls = {
  'cost.report': {
    params: z.object({ subject: costSubjectSchema, deployment: deploymentSchema, traffic: trafficSchema }),
    result: costReportSchema,
  },
  /** Layouts of a model over many chips by phase and batch (Pope et al., arXiv 2211.05102). */
  'cost.plan': { params: planRequestSchema, result: planResultSchema },
  /** The 51B- and 40B-style problems as they can be opened. */
  'reference.problems': { params: z.object({}), result: z.object({ problems: z.array(referenceProblemSchema) }) },
  /** Both solved, beside the released 51B; takes seconds. */
  'reference.compare': { params: z.object({}), result: referenceComparisonSchema },
  /** Published tables with our figures beside them, by the product's own calibrations; computed once. */
  'published.tables': { params: z.object({}), result: publishedTablesSchema },
} as const;
