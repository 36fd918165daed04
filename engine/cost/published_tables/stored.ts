/** `assets/published/tables.json`: published tables as they were printed, and how our figure for each row is found. */
import { z } from 'zod';
import file from '../../../assets/published/tables.json' with { type: 'json' };
import { formatSchema } from '../../protocol/hardware.ts';
import { parentModelSchema } from '../../protocol/variant.ts';

const count = z.number().int().positive();
const lengthsSchema = z.tuple([z.number().int().nonnegative(), count]);
const layersSchema = z.array(z.number().int().nonnegative());

/** Generated tokens per second at most load, or all tokens; model by the id of a preset or of the file's `models`. */
const throughputSchema = z.object({
  kind: z.literal('throughput'),
  model: z.string(),
  device: z.string(),
  format: formatSchema,
  tp: count,
  isl: z.number().int().nonnegative(),
  osl: count,
  counted: z.enum(['output', 'total']),
  per_gpu: z.boolean(),
});
export type ThroughputAsked = z.infer<typeof throughputSchema>;

/** A model that serves batches which begin and end together, on one H100. */
const staticSchema = z.object({ model: z.string(), format: formatSchema, kv: formatSchema, batch: count });

const askedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none'), reason: z.string() }),
  throughputSchema,
  /** Of the figures of two other rows of the table, named by id. */
  z.object({ kind: z.literal('ratio'), over: z.string(), under: z.string() }),
  /** Requests per second of one static batch over another, mean over lengths. */
  z.object({ kind: z.literal('static_ratio'), over: staticSchema, under: staticSchema, lengths: z.array(lengthsSchema).min(1) }),
  /** Tokens whose keys and values fit beside the weights in 80e9 bytes per GPU, one format for both. */
  z.object({ kind: z.literal('cached_tokens'), model: z.string(), gpus: count, format: formatSchema }),
  z.object({ kind: z.literal('params'), model: z.string(), without_attention: layersSchema }),
  z.object({
    kind: z.literal('puzzletron_memory'),
    model: z.string(),
    without_attention: layersSchema,
    batch: count,
    prefill: count,
    generated: count,
  }),
]);
export type Asked = z.infer<typeof askedSchema>;

const rowSchema = z.object({
  id: z.string(),
  label: z.string(),
  facts: z.array(z.union([z.string(), z.number()])).optional(),
  /** Absent for a ratio that follows from two printed figures, and for rows of ours alone. */
  published: z.number().optional(),
  source: z.string().optional(),
  ours: askedSchema,
  /** The row is the baseline, which later releases measured again: at its best TP, or on a single GPU. */
  baseline: z.enum(['best', 'single']).optional(),
});
export type StoredRow = z.infer<typeof rowSchema>;

const tableSchema = z.object({
  id: z.string(),
  group: z.string(),
  menu: z.string(),
  title: z.string(),
  summary: z.string(),
  source: z.string(),
  facts: z.array(z.string()),
  /** Releases that the baseline can be read from: the table's own, then ids of `releases`. */
  baselines: z.array(z.string()).default([]),
  release_note: z.string().optional(),
  notes: z.array(z.string()).default([]),
  sections: z.array(z.object({ id: z.string(), label: z.string(), unit: z.string(), rows: z.array(rowSchema) })),
});
export type StoredTable = z.infer<typeof tableSchema>;

/** One release's measurements: tokens per second of all GPUs, in the order of `lengths`; null where none was published. */
const releaseSchema = z.object({
  id: z.string(),
  label: z.string(),
  source: z.string(),
  notes: z.array(z.string()),
  lengths: z.array(lengthsSchema),
  groups: z.array(
    z.object({
      model: z.string(),
      device: z.string(),
      format: formatSchema,
      tp: count,
      /** Our end-to-end constants were tuned on these rows. */
      tuned: z.boolean().default(false),
      tok_s: z.array(z.number().positive().nullable()),
    }),
  ),
});
export type StoredRelease = z.infer<typeof releaseSchema>;

/** Models that are no presets. */
const modelSchema = parentModelSchema;

const storedSchema = z.object({ models: z.array(modelSchema), tables: z.array(tableSchema), releases: z.array(releaseSchema) });
export type Stored = z.infer<typeof storedSchema>;

let stored: Stored | undefined;

/** Read when it is first asked for: nothing else needs it. */
export function storedTables(): Stored {
  stored ??= storedSchema.parse(file);
  return stored;
}
