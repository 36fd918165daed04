/**
 * Published tables with our own figures beside them: each table has sections of one unit, each row one quantity. A
 * figure that cannot be given is absent, with the reason in its place.
 */
import { z } from 'zod';
import { provenanceSchema } from './library.ts';

/** What a prediction rests on: rows that two constants were tuned on, measured kernels, or such of another device. */
export const publishedBasisSchema = z.enum(['tuned', 'measured', 'carried_over']);
export type PublishedBasis = z.infer<typeof publishedBasisSchema>;

export const publishedRowSchema = z.object({
  /** Unique in its table. */
  id: z.string(),
  label: z.string(),
  /** What else is known of the row, under the table's `facts`; empty where there is nothing to say. */
  facts: z.array(z.union([z.string(), z.number()])),
  /** The release of the table's `releases` under which this row is shown; under every one where absent. */
  release: z.string().optional(),
  published: z.number().optional(),
  /** Why there is no published figure. */
  published_reason: z.string().optional(),
  ours: z.number().optional(),
  /** Where our figure may lie; equal to it where it is counted exactly. */
  low: z.number().optional(),
  high: z.number().optional(),
  /** ours / published - 1. */
  error: z.number().optional(),
  /** Why there is no figure of ours. */
  reason: z.string().optional(),
  /** Of the published figure. */
  source: z.string(),
  /** Of ours. */
  provenance: provenanceSchema.optional(),
  basis: publishedBasisSchema.optional(),
  note: z.string().optional(),
});
export type PublishedRow = z.infer<typeof publishedRowSchema>;

export const publishedSectionSchema = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  /** What a long table can be narrowed by, such as the device. */
  tag: z.string().optional(),
  rows: z.array(publishedRowSchema),
});
export type PublishedSection = z.infer<typeof publishedSectionSchema>;

export const publishedTableSchema = z.object({
  id: z.string(),
  /** Tables of one publication stand together. */
  group: z.string(),
  /** Short name for a list. */
  menu: z.string(),
  title: z.string(),
  summary: z.string(),
  source: z.string(),
  /** Heads of the rows' `facts`. */
  facts: z.array(z.string()),
  /** Software releases that the baseline can be read from, the table's own first; empty where there is no choice. */
  releases: z.array(z.object({ id: z.string(), label: z.string() })),
  /** What to know where another release than the table's own is chosen. */
  release_note: z.string().optional(),
  /** Whether the rows belong into a plot of predicted over published throughput. */
  plotted: z.boolean(),
  notes: z.array(z.string()),
  sections: z.array(publishedSectionSchema),
});
export type PublishedTable = z.infer<typeof publishedTableSchema>;

export const publishedTablesSchema = z.object({ tables: z.array(publishedTableSchema) });
export type PublishedTables = z.infer<typeof publishedTablesSchema>;
