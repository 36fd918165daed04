/** What a project and the user's preferences are on disk and on the wire. */
import { z } from 'zod';
import { deploymentSchema, trafficSchema } from './cost.ts';
import { banSchema, lockSchema, statusSchema, workloadSchema } from './problem.ts';
import { architectureSchema, chosenBlockSchema } from './variant.ts';

/** One slider: a bound on one side of one column, kept while switched off. */
export const limitSettingSchema = z.object({
  column: z.string().min(1),
  side: z.enum(['max', 'min']),
  value: z.number(),
  enabled: z.boolean(),
});
export type LimitSetting = z.infer<typeof limitSettingSchema>;

const pinBase = { id: z.string().min(1), name: z.string().min(1), created_at: z.string() };

/** An architecture kept for comparison. */
export const pinSchema = z.discriminatedUnion('kind', [
  /** One that the library can express, so that its costs and score are known. */
  z.object({
    ...pinBase,
    kind: z.literal('in_library'),
    origin: z.enum(['solution', 'reference', 'imported']),
    library_id: z.string(),
    objective: z.string(),
    blocks: z.array(chosenBlockSchema).min(1),
    /** How good the solve was that found it; absent for references and imports. */
    solve: z.object({ status: statusSchema, bound: z.number(), gap: z.number() }).optional(),
  }),
  /** One that has its own layers or variants, of which only the shapes are known. */
  z.object({ ...pinBase, kind: z.literal('external'), architecture: architectureSchema, reasons: z.array(z.string()) }),
]);
export type Pin = z.infer<typeof pinSchema>;

/** The undoable document: what the user decided. */
export const documentSchema = z.object({
  name: z.string().min(1),
  library_id: z.string().optional(),
  objective: z.string().optional(),
  limits: z.array(limitSettingSchema).default([]),
  /** Traffic to serve beside the limits above; switched off ones are kept. */
  workloads: z.array(workloadSchema.extend({ enabled: z.boolean().default(true) })).default([]),
  locks: z.array(lockSchema).default([]),
  bans: z.array(banSchema).default([]),
  solutions: z.number().int().min(1).max(20).default(1),
  min_different_layers: z.number().int().min(1).default(8),
  pins: z.array(pinSchema).default([]),
  /** What the Serving view is about; the library's own circumstances where absent. */
  serving: z.object({ deployment: deploymentSchema, traffic: trafficSchema }).optional(),
  /** What the comparison shows: pin ids, `current` or `parent`. */
  compare: z.tuple([z.string(), z.string()]).optional(),
});
export type ProjectDocument = z.infer<typeof documentSchema>;

/** `project.json`. */
export const projectFileSchema = z.object({
  format: z.literal('puzzle-workbench/project'),
  version: z.literal(1),
  saved_at: z.string(),
  document: documentSchema,
});
export type ProjectFile = z.infer<typeof projectFileSchema>;

export const projectStateSchema = z.object({
  folder: z.string(),
  /** Grows with every save; a save names the revision it is based on. */
  revision: z.number().int(),
  document: documentSchema,
  /** Set where this process may not write, and why. */
  read_only: z.string().optional(),
  /** Set where something on disk was unreadable and had to be left aside, and where it is now. */
  recovered: z.string().optional(),
});
export type ProjectState = z.infer<typeof projectStateSchema>;

export const preferencesSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
});
export type Preferences = z.infer<typeof preferencesSchema>;

export const recentSchema = z.object({
  /** Opaque name to import it by; the page never handles paths. */
  id: z.string(),
  label: z.string(),
  opened_at: z.string(),
  exists: z.boolean(),
});
export type Recent = z.infer<typeof recentSchema>;
