/**
 * The block library: for every parent layer the variants that may replace it, with their costs and scores.
 * This is the file format of `libraries/*.json` and of the product's own exports.
 */
import { z } from 'zod';
import { attentionSchema, ffnSchema, modelShapeSchema, variantIdSchema } from './variant.ts';

/** Where a number comes from; shown wherever the number is. */
export const provenanceSchema = z.object({
  kind: z.enum(['measured', 'imported', 'calibrated', 'transferred', 'estimated', 'published', 'exact']),
  /** The file, formula or publication, in words a reader can follow up. */
  source: z.string(),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/**
 * The circumstances under which costs were measured or estimated. A library that knows its prompt and generation
 * lengths gives `isl` and `osl` (tokens per sequence); one that only knows their sum gives `sequence`.
 */
export const measurementSchema = z.object({
  id: z.string().min(1),
  /** Device id such as `h100-sxm`, or the imported spelling where it has none. */
  device: z.string(),
  backend: z.string().optional(),
  version: z.string().optional(),
  dtypes: z.object({ weights: z.string(), activations: z.string(), kv: z.string() }).partial(),
  tp: z.number().int().positive().optional(),
  /** Sequences processed together. */
  batch: z.number().positive().optional(),
  isl: z.number().nonnegative().optional(),
  osl: z.number().nonnegative().optional(),
  sequence: z.number().positive().optional(),
  /**
   * `static` (where absent): the batch begins and ends together, runtime is prefill and decode. `in_flight`: the steady
   * state in which finished sequences are replaced; runtime is what one sequence takes in it, prefill_runtime_ms its time
   * to the first token.
   */
  batching: z.enum(['static', 'in_flight']).optional(),
  /** Which tokens a throughput figure that comes with the measurement counts. */
  tokens_counted: z.enum(['total', 'output']),
});
export type Measurement = z.infer<typeof measurementSchema>;

export const columnSchema = z.object({
  /** The imported name, such as `memory_mib`; limits are typed with it. */
  id: z.string().regex(/^[A-Za-z_][\w.-]*$/, { error: 'a column name of letters, digits, _ . and -' }),
  label: z.string(),
  unit: z.string(),
  /** What the value describes: the whole block or one of its halves. */
  level: z.enum(['block', 'attention', 'ffn']),
  /** For a half: the block column it is a part of. */
  part_of: z.string().optional(),
  /** Score: quality lost or kept by putting this one block into the parent. Cost: what running it takes. */
  role: z.enum(['score', 'cost', 'descriptor']),
  better: z.enum(['lower', 'higher']),
  /** Whether the sum over a child's blocks means something. */
  summable: z.boolean(),
  measurement: z.string().optional(),
  provenance: provenanceSchema,
});
export type Column = z.infer<typeof columnSchema>;

/** A remark on imported data: an oddity shown as it was found, or something the reader should know. */
export const noteSchema = z.object({
  severity: z.enum(['note', 'warning']),
  text: z.string(),
  /** File and place inside it, where there is one. */
  where: z.string().optional(),
});
export type Note = z.infer<typeof noteSchema>;

export const choiceSchema = z.object({
  /** Parent layers replaced, consecutive and counted from 0; more than one for a span. */
  parent_layers: z.array(z.number().int().nonnegative()).min(1),
  variant: variantIdSchema,
  imported_name: z.string().optional(),
  attention: attentionSchema,
  ffn: ffnSchema,
  /** Value by column id; every column of the library is there and finite. */
  values: z.record(z.string(), z.number()),
});
export type Choice = z.infer<typeof choiceSchema>;

/** What a library says apart from its choices; small enough to send and to list. */
export const libraryHeaderSchema = z.object({
  format: z.literal('puzzle-workbench/library'),
  version: z.literal(1),
  name: z.string().min(1),
  parent: z.object({
    name: z.string(),
    /** Preset id, where the parent is one. */
    id: z.string().optional(),
    num_hidden_layers: z.number().int().positive(),
    shape: modelShapeSchema.optional(),
    /** The parent's own variant per layer. */
    variants: z.array(variantIdSchema),
  }),
  provenance: provenanceSchema,
  /** Licence terms of the data that its user should know of. */
  licence: z.string().optional(),
  measurements: z.array(measurementSchema),
  columns: z.array(columnSchema).min(1),
  /** Costs outside the blocks (embeddings, head, final norm), by column id, per measurement. */
  non_block: z.array(z.object({ measurement: z.string().optional(), values: z.record(z.string(), z.number()) })),
  /** The column to minimise or maximise unless the user says otherwise. */
  default_objective: z.string(),
  notes: z.array(noteSchema),
});
export type LibraryHeader = z.infer<typeof libraryHeaderSchema>;

export const librarySchema = libraryHeaderSchema.extend({ choices: z.array(choiceSchema).min(1) });
export type Library = z.infer<typeof librarySchema>;

/**
 * A library as the renderer gets it: the header, the distinct variants, and one number array per column.
 * Choice `c` replaces parent layers `first_layer[c] .. last_layer[c]` by `variants[variant[c]]`, and its value in
 * `columns[k]` is `values[k][c]`. Choices are ordered by first layer.
 */
export const libraryViewSchema = z.object({
  id: z.string(),
  header: libraryHeaderSchema,
  variants: z.array(z.object({ id: variantIdSchema, attention: attentionSchema, ffn: ffnSchema })),
  imported_names: z.array(z.string()).optional(),
  first_layer: z.instanceof(Int32Array),
  last_layer: z.instanceof(Int32Array),
  variant: z.instanceof(Int32Array),
  values: z.array(z.instanceof(Float64Array)),
});
export type LibraryView = z.infer<typeof libraryViewSchema>;

/** A line in a list of libraries. */
export const librarySummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  parent: z.string(),
  layers: z.number().int(),
  variants: z.number().int(),
  provenance: provenanceSchema,
  /** Part of the product, stored in the project, or made from a recipe. */
  origin: z.enum(['sample', 'project', 'generated']),
});
export type LibrarySummary = z.infer<typeof librarySummarySchema>;
