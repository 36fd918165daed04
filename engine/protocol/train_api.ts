/** Calls and streams about training runs: what there is to start, what is under way, what came of it. */
import { z } from 'zod';
import { errorPayloadSchema } from './errors.ts';
import { librarySummarySchema } from './library.ts';
import { loaderVerdictSchema } from './loaders.ts';
import {
  blockTimesSchema,
  experimentRequestSchema,
  evaluationSchema,
  layerScoresSchema,
  layerTrainingSchema,
  pipelineReportSchema,
  planSchema,
  runStateSchema,
  stepKindSchema,
  tensorBackendSchema,
  tensorDeviceSchema,
} from './train.ts';
import { architectureSchema } from './variant.ts';

const nothing = z.object({});
const id = z.string().min(1);
const fraction = z.number().min(0).max(1);

export const trainPresetSchema = z.object({
  id: z.string(),
  title: z.string(),
  line: z.string(),
  /** Seconds on two laptop cores, roughly. */
  estimate_s: z.number(),
  plan: planSchema,
});
export type TrainPreset = z.infer<typeof trainPresetSchema>;

/** What jobs would run on here. */
export const trainDevicesSchema = z.object({
  /** Absent where no tensor backend can be opened; `error` then says why. */
  device: tensorDeviceSchema.optional(),
  error: errorPayloadSchema.optional(),
  /** Trainer processes a run uses where it is not told. */
  processes: z.number().int().positive(),
  memory_bytes: z.number().positive(),
});
export type TrainDevices = z.infer<typeof trainDevicesSchema>;

/** How far a run is, without its plan. */
export const runProgressSchema = runStateSchema.omit({ plan: true, format: true, version: true }).extend({
  /** Waits for this other run to end. */
  queued_behind: z.object({ id: z.string(), name: z.string() }).optional(),
  /** Why it cannot be started or changed from here. */
  read_only: z.string().optional(),
  /** Why it ended without being done. */
  error: errorPayloadSchema.optional(),
});
export type RunProgress = z.infer<typeof runProgressSchema>;

export const runSummarySchema = runProgressSchema.pick({ id: true, name: true, created_at: true, state: true, queued_behind: true, read_only: true }).extend({
  preset: z.string(),
  seed: z.number(),
  steps_done: z.number().int(),
  steps_total: z.number().int(),
  elapsed_s: z.number(),
  /** The step under way. */
  step: z.object({ title: z.string(), progress: fraction, eta_s: z.number().optional() }).optional(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

export const runListSchema = z.object({
  /** Newest first. */
  runs: z.array(runSummarySchema),
  /** Folders whose run.json cannot be read. */
  damaged: z.array(z.object({ id: z.string(), reason: z.string() })),
});
export type RunList = z.infer<typeof runListSchema>;

/** A job of the step under way. */
export const runJobSchema = z.object({
  id: z.string(),
  kind: z.string(),
  step: stepKindSchema,
  /** Layers it is about, where it is about some. */
  parent_layers: z.array(z.number().int()).optional(),
  state: z.enum(['waiting', 'running', 'done']),
  progress: fraction,
});
export type RunJob = z.infer<typeof runJobSchema>;

/** A cell of the layers x targets map. */
export const runCellSchema = z.object({
  layer: z.number().int(),
  target: z.string(),
  measure: z.enum(['nmse', 'kl_div']),
  value: z.number(),
  /** What it was at first. */
  first: z.number().optional(),
});
export type RunCell = z.infer<typeof runCellSchema>;

/** Points of a curve, thinned out to at most 500 evenly spaced ones. */
export const runCurveSchema = z.object({
  job: z.string(),
  step: stepKindSchema,
  series: z.string(),
  parent_layers: z.array(z.number().int()).optional(),
  /** Whether these are all points; else they follow those sent before. */
  whole: z.boolean(),
  at: z.instanceof(Float64Array),
  values: z.instanceof(Float64Array),
});
export type RunCurve = z.infer<typeof runCurveSchema>;

export const runLogLineSchema = z.object({
  /** ISO 8601. */
  at: z.string(),
  level: z.enum(['info', 'warning']),
  text: z.string(),
  step: stepKindSchema.optional(),
  job: z.string().optional(),
});
export type RunLogLine = z.infer<typeof runLogLineSchema>;

export const runEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('snapshot'),
    plan: planSchema,
    progress: runProgressSchema,
    jobs: z.array(runJobSchema),
    cells: z.array(runCellSchema),
    curves: z.array(runCurveSchema),
    /** The last lines, oldest first. */
    log: z.array(runLogLineSchema),
  }),
  /** What changed since the event before: cells replace those of the same place, lines and points follow. */
  z.object({
    kind: z.literal('update'),
    progress: runProgressSchema.optional(),
    /** All jobs of the step under way. */
    jobs: z.array(runJobSchema).optional(),
    cells: z.array(runCellSchema).optional(),
    curves: z.array(runCurveSchema).optional(),
    log: z.array(runLogLineSchema).optional(),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** Milliseconds of one sequence of a full batch on a device that is not here, by sub-block id. */
export const targetTimesSchema = z.object({
  device: z.string(),
  name: z.string(),
  attention: z.record(z.string(), z.number()),
  ffn: z.record(z.string(), z.number()),
  outside: z.number(),
});
export type TargetTimes = z.infer<typeof targetTimesSchema>;

/** Lines of the log in a snapshot. */
export const LOG_TAIL = 200;
/** Points of a curve at most. */
export const CURVE_POINTS = 500;

const startParams = z.object({
  id,
  /** A rung of the backend ladder; that of the run's first attempt, or the best there is, where absent. */
  backend: tensorBackendSchema.optional(),
  processes: z.number().int().positive().optional(),
});

export const trainCalls = {
  'train.presets': { params: z.object({ seed: z.number().int().min(0).max(0xffffffff).default(1) }), result: z.object({ presets: z.array(trainPresetSchema) }) },
  /** Looks once, in a process of its own. */
  'train.devices': { params: z.object({ again: z.boolean().default(false) }), result: trainDevicesSchema },
  /** Looks at a checkpoint folder that could be a plan's parent, by the path a user typed or the handle of one picked. */
  'train.read_parent': {
    params: z.union([z.object({ folder: z.string().min(1) }), z.object({ handle: z.string() })]),
    result: z.object({
      /** Absolute, for the plan. */
      folder: z.string(),
      architecture: architectureSchema,
      tokenizer: z.string().optional(),
      /** What of the files is not represented or not used. */
      notes: z.array(z.string()),
    }),
  },
  'run.list': { params: nothing, result: runListSchema },
  'run.create': { params: z.object({ plan: planSchema, name: z.string().trim().min(1).max(120) }), result: z.object({ id: z.string() }) },
  /** Begins a run, or queues it behind the one under way; answers at once. */
  'run.start': {
    params: startParams.extend({
      /** Of a run that has not begun yet: another one whose work is taken over as far as this one's plan would do it alike. */
      from: id.optional(),
    }),
    result: nothing,
  },
  /** The same for a run that was cancelled, interrupted or failed: goes on where it was. */
  'run.resume': { params: startParams, result: nothing },
  /** Adds experiments to a run, in place of those of the same ids, and begins or resumes it. */
  'run.experiment': { params: z.object({ id, experiments: z.array(experimentRequestSchema).min(1) }), result: nothing },
  /** Answers when nothing of it runs any more. */
  'run.cancel': { params: z.object({ id }), result: nothing },
  /** Removes the run with all its files. */
  'run.remove': { params: z.object({ id }), result: nothing },
  /** Whatever of its results is there yet. */
  'run.report': {
    params: z.object({ id }),
    result: z.object({
      report: pipelineReportSchema.optional(),
      /** What the report says so far, while the run is not done. */
      partial: pipelineReportSchema.partial().optional(),
      /** Whole models that were measured, by the name of the step's evaluation. */
      evaluations: z.array(evaluationSchema.omit({ device: true }).extend({ id: z.string() })),
      trainings: z.array(layerTrainingSchema),
      scores: z.array(layerScoresSchema),
      times: blockTimesSchema.optional(),
      /** What the cost model says of the plan's device; none before there is a parent. */
      targets: z.array(targetTimesSchema),
    }),
  },
  /** Puts the run's measured library among those of the project. */
  'run.open_library': { params: z.object({ id }), result: z.object({ library: librarySummarySchema }) },
  /** The finished child's checkpoint; written first where the plan's own export has another form or dtype. */
  'run.export': {
    params: z.object({
      id,
      form: z.enum(['hugging_face', 'puzzletron']).optional(),
      dtype: z.enum(['F32', 'BF16']).optional(),
      /** All files as one zip, for a page that has to download them; refused above 128 MiB. */
      archive: z.boolean().default(false),
    }),
    result: z.object({
      /** Where the files are on this computer. */
      folder: z.string(),
      files: z.array(z.object({ path: z.string(), bytes: z.number().int() })),
      loaders: z.array(loaderVerdictSchema),
      archive: z.object({ file_name: z.string(), media_type: z.string(), bytes: z.instanceof(Uint8Array) }).optional(),
    }),
  },
} as const;

export const trainStreams = {
  /** The list again whenever something in it changed. */
  runs: { params: nothing, event: runListSchema },
  run: { params: z.object({ id }), event: runEventSchema },
} as const;
