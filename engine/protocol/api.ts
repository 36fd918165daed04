/**
 * Every name that crosses the boundary, with the schema of what goes in and what comes out. `calls` answer once;
 * `streams` begin with a snapshot (sequence 0) and go on with numbered updates, so that reconnecting is
 * subscribing again.
 */
import { z } from 'zod';
import { childSchema, importSourceSchema, uploadSchema } from './sources.ts';
import { costCalls } from './cost_api.ts';
import { hardwareCalls, hardwareStreams } from './hardware_api.ts';
import { librarySummarySchema, libraryViewSchema, noteSchema } from './library.ts';
import { loaderVerdictSchema } from './loaders.ts';
import {
  baselinePointSchema,
  contourCellSchema,
  contourSchema,
  explanationSchema,
  problemSchema,
  solveUpdateSchema,
  sweepPointSchema,
  sweepSchema,
  wireSolutionSchema,
} from './problem.ts';
import { trainCalls, trainStreams } from './train_api.ts';
import { architectureSchema, parentModelSchema } from './variant.ts';
import { documentSchema, preferencesSchema, projectStateSchema, recentSchema } from './workspace.ts';

export type { Child, ImportSource, Upload } from './sources.ts';
export { childSchema, importSourceSchema } from './sources.ts';
export { LOADER_PROVENANCE, loaderVerdictSchema, type LoaderVerdict } from './loaders.ts';

const nothing = z.object({});
export const exportFormatSchema = z.enum(['decilm', 'puzzletron', 'csv', 'library']);
export type ExportFormat = z.infer<typeof exportFormatSchema>;

/** The rows and columns a table shows, for a CSV of exactly that. */
export const tableSchema = z.object({
  header: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number()]))),
});
export type Table = z.infer<typeof tableSchema>;

export const columnRangeSchema = z.object({
  column: z.string(),
  /** Extremes over all children, other limits left aside. */
  smallest: z.number(),
  largest: z.number(),
  parent: z.number(),
  /**
   * For scores: choices said to be better than the parent's own block of their layer. Replacing a block by a worse one
   * cannot make the model better, so an objective over such a column rewards noise.
   */
  better_than_parent: z.number().int().optional(),
});
export type ColumnRange = z.infer<typeof columnRangeSchema>;

export const publishedFigureSchema = z.object({ value: z.number(), source: z.string() });

/** A model with published quality and, where known, throughput; see `assets/published`. */
export const publishedModelSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['parent', 'child', 'other']),
  mt_bench: publishedFigureSchema,
  mmlu: publishedFigureSchema,
  throughput: publishedFigureSchema.extend({ measurement: z.string() }).optional(),
});
export const publishedMeasurementSchema = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  tokens_counted: z.enum(['total', 'output']),
  source: z.string(),
});
export const publishedSchema = z.object({
  measurements: z.array(publishedMeasurementSchema),
  models: z.array(publishedModelSchema),
});
export type Published = z.infer<typeof publishedSchema>;

/** One thing this installation can or cannot do, in one plain line. */
export const capabilitySchema = z.object({
  id: z.string(),
  available: z.boolean(),
  line: z.string(),
});
export type Capability = z.infer<typeof capabilitySchema>;

export const engineStatusSchema = z.object({
  version: z.string(),
  node: z.string(),
  host: z.enum(['electron', 'browser', 'cli']),
  /** Changes when the engine was restarted. */
  started_at: z.string(),
  capabilities: z.array(capabilitySchema),
});
export type EngineStatus = z.infer<typeof engineStatusSchema>;

export const calls = {
  'library.list': { params: nothing, result: z.object({ libraries: z.array(librarySummarySchema) }) },
  'library.view': { params: z.object({ id: z.string() }), result: libraryViewSchema },
  'library.ranges': { params: z.object({ id: z.string() }), result: z.object({ ranges: z.array(columnRangeSchema) }) },
  'library.import': {
    params: z.object({ source: importSourceSchema }),
    result: z.object({ library: librarySummarySchema, notes: z.array(noteSchema) }),
  },
  'library.remove': { params: z.object({ id: z.string() }), result: nothing },
  'recent.list': { params: nothing, result: z.object({ recents: z.array(recentSchema) }) },
  'architecture.references': {
    params: nothing,
    result: z.object({ parents: z.array(parentModelSchema), references: z.array(architectureSchema) }),
  },
  /** Whether a library can express an architecture: its choices, or per reason what is missing. */
  'architecture.express': {
    params: z.object({ library_id: z.string(), architecture: architectureSchema }),
    result: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('expressed'), choices: z.array(z.number().int()) }),
      z.object({ kind: z.literal('inexpressible'), reasons: z.array(z.string()).min(1) }),
    ]),
  },
  /** Reads a DeciLM, Llama or `per_layer_config` config.json, or a solution file. */
  'architecture.import': { params: z.object({ file: uploadSchema }), result: z.object({ architecture: architectureSchema }) },
  'child.evaluate': {
    params: z.object({ library_id: z.string(), objective: z.string(), choices: z.array(z.number().int()) }),
    result: wireSolutionSchema,
  },
  /** What is known of an architecture from its shapes alone. */
  'child.shape': {
    params: z.object({ child: childSchema }),
    result: z.object({
      num_params: z.number(),
      kv_bytes_per_token_fp8: z.number(),
      loaders: z.array(loaderVerdictSchema),
      /** Why its DeciLM config.json cannot be written; empty where it can. */
      decilm_obstacles: z.array(z.string()),
    }),
  },
  'child.export': {
    params: z.object({
      name: z.string(),
      child: childSchema,
      format: exportFormatSchema,
      problem: problemSchema.optional(),
      table: tableSchema.optional(),
    }),
    result: z.object({
      file_name: z.string(),
      media_type: z.string(),
      bytes: z.instanceof(Uint8Array),
      loaders: z.array(loaderVerdictSchema),
    }),
  },
  'published.models': { params: nothing, result: publishedSchema },
  'project.save': {
    params: z.object({ document: documentSchema, base_revision: z.number().int() }),
    result: z.object({ revision: z.number().int() }),
  },
  'preferences.get': { params: nothing, result: preferencesSchema },
  'preferences.save': { params: preferencesSchema, result: nothing },
  ...hardwareCalls,
  ...costCalls,
  ...trainCalls,
} as const;

export const streams = {
  'engine.status': { params: nothing, event: engineStatusSchema },
  project: { params: nothing, event: projectStateSchema },
  /** The newest request of a client wins: an older one ends with `cancelled`. */
  solve: { params: problemSchema, event: solveUpdateSchema },
  /** The snapshot has no points; every update adds one. */
  sweep: {
    params: sweepSchema,
    event: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('started') }),
      z.object({ kind: z.literal('point'), point: sweepPointSchema }),
      z.object({ kind: z.literal('baseline'), baseline: baselinePointSchema }),
      /** `frontier`: indices of the points that no other one equals or beats in both directions. */
      z.object({ kind: z.literal('finished'), frontier: z.array(z.number().int()).default([]) }),
    ]),
  },
  contour: {
    params: contourSchema,
    event: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('started') }),
      z.object({ kind: z.literal('levels'), levels: z.tuple([z.array(z.number()), z.array(z.number())]) }),
      z.object({ kind: z.literal('cell'), cell: contourCellSchema }),
      z.object({ kind: z.literal('finished') }),
    ]),
  },
  /** Why the first solution of a problem is what it is. */
  explain: {
    params: problemSchema,
    event: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('started') }),
      z.object({ kind: z.literal('piece'), piece: explanationSchema }),
      z.object({ kind: z.literal('finished') }),
    ]),
  },
  ...hardwareStreams,
  ...trainStreams,
} as const;

export type CallName = keyof typeof calls;
export type CallParams<N extends CallName> = z.input<(typeof calls)[N]['params']>;
export type CallResult<N extends CallName> = z.output<(typeof calls)[N]['result']>;
export type StreamName = keyof typeof streams;
export type StreamParams<N extends StreamName> = z.input<(typeof streams)[N]['params']>;
export type StreamEvent<N extends StreamName> = z.output<(typeof streams)[N]['event']>;

/** Streams that a search worker computes beside the solve itself. */
export type StudyName = 'sweep' | 'contour' | 'explain';
