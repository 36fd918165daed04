/**
 * Training as data: what each job is told, what it reports, and the state of a run. A job is a pure function of its
 * specification and its input files to output files and events, so it can be stopped, resumed and run elsewhere. Paths are
 * relative to the run's folder; an absolute path is a file of the user's, which is only read.
 */
import { z } from 'zod';
import { errorPayloadSchema } from './errors.ts';
import { architectureSchema, attentionSchema, chosenBlockSchema, ffnSchema, variantIdSchema } from './variant.ts';

const count = z.number().int().positive();
const index = z.number().int().nonnegative();
const path = z.string().min(1);
const seed = z.number().int().min(0).max(0xffffffff);

// ---------------------------------------------------------------------------------------------------- tensors

/** The rungs of the backend ladder, best first; `wasm_native` is wasm with matrix products in native code. */
export const TENSOR_BACKENDS = ['tensorflow', 'webgpu', 'wasm_native', 'wasm', 'cpu'] as const;
export const tensorBackendSchema = z.enum(TENSOR_BACKENDS);
export type TensorBackend = z.infer<typeof tensorBackendSchema>;

/** What a trainer process computes with, and why none of the better rungs. */
export const tensorDeviceSchema = z.object({
  backend: tensorBackendSchema,
  /** For people, such as `wasm + native matmul (ONNX Runtime 1.30.0)`. */
  line: z.string(),
  /** Versions of everything results depend on, for provenance. */
  versions: z.record(z.string(), z.string()),
  /** Rungs above that are not used, each with its reason and, where there is one, the remedy. */
  skipped: z.array(z.object({ backend: tensorBackendSchema, reason: z.string() })),
});
export type TensorDevice = z.infer<typeof tensorDeviceSchema>;

// ------------------------------------------------------------------------------------------------------- data

export const TASKS = ['copy', 'induction', 'modular_arithmetic', 'brackets', 'recall', 'grammar'] as const;
export type TaskName = (typeof TASKS)[number];

/** Where text comes from. */
export const dataSourceSchema = z.discriminatedUnion('kind', [
  /** The bundled generated corpus, which has graded tasks. */
  z.object({ kind: z.literal('generated') }),
  /** A .txt, .md or .jsonl (field `text`) file, or a folder of such. */
  z.object({ kind: z.literal('files'), path }),
]);
export type DataSource = z.infer<typeof dataSourceSchema>;

export const dataSpecSchema = z.object({
  source: dataSourceSchema,
  /** Tokens per packed sequence. */
  sequence_length: count,
  train_tokens: count,
  held_out_tokens: count,
  /** Examples per task, where the source has tasks. */
  task_examples: index,
  /** A tokenizer.json to use: that of the opened parent. Else the corpus' own, or bytes for files. */
  tokenizer: path.optional(),
  seed,
});
export type DataSpec = z.infer<typeof dataSpecSchema>;

// --------------------------------------------------------------------------------------------------- training

/** AdamW with linear warm-up and cosine decay to `final_learning_rate`. */
export const trainingSpecSchema = z.object({
  steps: count,
  /** Sequences per step. */
  batch: count,
  learning_rate: z.number().positive(),
  final_learning_rate: z.number().nonnegative(),
  warmup_steps: index,
  weight_decay: z.number().nonnegative(),
  beta1: z.number().min(0).max(1),
  beta2: z.number().min(0).max(1),
  epsilon: z.number().positive(),
  /** Largest norm of all gradients together; larger ones are scaled down. */
  clip_norm: z.number().positive().optional(),
  seed,
  /** Seconds between checkpoints. */
  checkpoint_every_s: z.number().nonnegative(),
});
export type TrainingSpec = z.infer<typeof trainingSpecSchema>;

/** One sub-block or whole block to train in place of some parent layers. */
export const blockTargetSchema = z.discriminatedUnion('part', [
  /** Decoupled: with the parent's frozen FFN behind it. */
  z.object({ part: z.literal('attention'), attention: attentionSchema }),
  /** Decoupled: behind the parent's frozen attention. */
  z.object({ part: z.literal('ffn'), ffn: ffnSchema }),
  /** Coupled: both together, each initialised from its own sub-block. */
  z.object({ part: z.literal('block'), attention: attentionSchema, ffn: ffnSchema }),
]);
export type BlockTarget = z.infer<typeof blockTargetSchema>;

/** Terms of the global distillation loss (Puzzle, table of loss combinations); weights of absent terms are 0. */
export const gkdLossSchema = z.object({
  /** Next-token cross-entropy. */
  lm: z.number().nonnegative(),
  /** Mean over layers of 1 - cos of hidden states. */
  cosine: z.number().nonnegative(),
  /** KL(parent || child) of logits. */
  kl: z.number().nonnegative(),
});
export type GkdLoss = z.infer<typeof gkdLossSchema>;

// ------------------------------------------------------------------------------------------------------- jobs

/**
 * Where weights of a composed model come from: `blocks/` of the library for replaced layers and the parent's folder for the
 * rest, or a checkpoint folder of its own.
 */
export const modelSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('checkpoint'), folder: path }),
  /**
   * `parent` with some layers replaced. `blocks` is the folder of trained blocks; `trained` false takes each variant's
   * initialisation instead (the ablation without BLD).
   */
  z.object({ kind: z.literal('composed'), parent: path, blocks: path, trained: z.boolean(), choices: z.array(chosenBlockSchema).min(1) }),
]);
export type ModelSource = z.infer<typeof modelSourceSchema>;

const jobBase = { id: z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/) };
export const jobSpecSchema = z.discriminatedUnion('kind', [
  z.object({ ...jobBase, kind: z.literal('prepare_data'), data: dataSpecSchema, folder: path }),
  /** Trains `architecture` from random weights on next-token prediction and writes a checkpoint folder. */
  z.object({ ...jobBase, kind: z.literal('train_parent'), architecture: architectureSchema, data: path, training: trainingSpecSchema, out: path }),
  /** Writes the parent's hidden states at every layer boundary for some sequences of each split. */
  z.object({
    ...jobBase,
    kind: z.literal('record_activations'),
    parent: path,
    data: path,
    train_sequences: index,
    held_out_sequences: index,
    out: path,
  }),
  /** Blockwise local distillation of one layer or span, all its targets in lockstep. */
  z.object({
    ...jobBase,
    kind: z.literal('distil_blocks'),
    parent: path,
    data: path,
    activations: path,
    parent_layers: z.array(index).min(1),
    targets: z.array(blockTargetSchema).min(1),
    training: trainingSpecSchema,
    /** Trained sub-blocks, and one JSON of losses, go into `out`/layer_<first>[-<last>]/. */
    out: path,
  }),
  /** Replace-1-block scores of variants of one layer or span, on held-out sequences. */
  z.object({
    ...jobBase,
    kind: z.literal('score_blocks'),
    parent: path,
    data: path,
    activations: path,
    blocks: path,
    trained: z.boolean(),
    parent_layers: z.array(index).min(1),
    variants: z.array(variantIdSchema).min(1),
    sequences: count,
    /** Also accuracy on the data's tasks; costs another pass over their prompts. */
    tasks: z.boolean(),
    out: path,
  }),
  /** Median time of each sub-block variant on this machine, prefill and decode. */
  z.object({
    ...jobBase,
    kind: z.literal('measure_blocks'),
    parent: path,
    attentions: z.array(attentionSchema),
    ffns: z.array(ffnSchema),
    batch: count,
    isl: count,
    osl: count,
    repeats: count,
    out: path,
  }),
  /** Times of whole models on this machine, prompts and generation with KV cache, the models taking turns. */
  z.object({
    ...jobBase,
    kind: z.literal('measure_models'),
    /** `fingerprint` tells a model from another that was in the same folder before. */
    models: z.array(z.object({ name: z.string().min(1), folder: path, fingerprint: z.string().optional() })).min(1),
    batch: count,
    isl: count,
    osl: count,
    repeats: count,
    out: path,
  }),
  /** Real quality of whole models against the parent, on held-out sequences and tasks. */
  z.object({
    ...jobBase,
    kind: z.literal('evaluate'),
    parent: path,
    data: path,
    models: z.array(z.object({ name: z.string().min(1), source: modelSourceSchema })).min(1),
    sequences: count,
    /**
     * Held-out sequences to pass over, as they decided over the models: blocks were kept and scored by them. Fewer where there
     * are not enough for `sequences` behind them.
     */
    first_sequence: index.optional(),
    tasks: z.boolean(),
    out: path,
  }),
  /** Writes a composed model as a checkpoint folder. */
  z.object({ ...jobBase, kind: z.literal('assemble'), source: modelSourceSchema, name: z.string().min(1), out: path }),
  /** Global knowledge distillation of a child from its parent; writes the child's checkpoint folder. */
  z.object({
    ...jobBase,
    kind: z.literal('distil_child'),
    parent: path,
    child: path,
    /** Tells this child from another that was at the same path before, whose training must not be taken for this one's. */
    child_fingerprint: z.string().optional(),
    data: path,
    loss: gkdLossSchema,
    training: trainingSpecSchema,
    out: path,
  }),
  z.object({
    ...jobBase,
    kind: z.literal('generate'),
    model: path,
    prompt: z.string(),
    max_new_tokens: count,
    temperature: z.number().nonnegative(),
    seed,
    out: path,
  }),
  /** A checkpoint folder that other engines load: config, weights, tokenizer and loader warnings. */
  z.object({
    ...jobBase,
    kind: z.literal('export'),
    model: path,
    form: z.enum(['hugging_face', 'puzzletron']),
    dtype: z.enum(['F32', 'BF16']),
    out: path,
  }),
]);
export type JobSpec = z.infer<typeof jobSpecSchema>;
export type JobKind = JobSpec['kind'];
export type JobOf<K extends JobKind> = Extract<JobSpec, { kind: K }>;

// ----------------------------------------------------------------------------------------------------- results

/** Quality of a model on held-out sequences; KL and agreement are against the parent. */
export const qualitySchema = z.object({
  /** Nats per token. */
  lm_loss: z.number(),
  /** KL(parent || model) in nats, mean over tokens; 0 for the parent itself. */
  kl_div: z.number(),
  /** Share of targets that are the likeliest token, among the five, among the ten likeliest. */
  top_1: z.number(),
  top_5: z.number(),
  top_10: z.number(),
  /** Mean of 1 - cos between the last hidden states (before the final norm). */
  hidden_cosine: z.number(),
  /** Accuracy per task. */
  tasks: z.record(z.string(), z.number()),
  tokens: index,
});
export type Quality = z.infer<typeof qualitySchema>;

/** `scores/layer_<i>.json`. */
export const layerScoresSchema = z.object({
  parent_layers: z.array(index).min(1),
  /** The intact parent on the same sequences. */
  parent: qualitySchema,
  /** `nmse`: the block's normalised MSE on the same sequences. */
  variants: z.array(z.object({ variant: variantIdSchema, quality: qualitySchema, nmse: z.number().nonnegative() })),
  device: tensorDeviceSchema,
});
export type LayerScores = z.infer<typeof layerScoresSchema>;

/** One target's training in `blocks/layer_<i>/bld.json`. */
export const blockTrainingSchema = z.object({
  /** `attention:kv2`, `ffn:256`, `block:kv2/256`. */
  target: z.string(),
  /** Normalised MSE on held-out activations before any training and after it. */
  initial_nmse: z.number(),
  final_nmse: z.number(),
  steps: index,
  /** Training loss: [step, normalised MSE]. */
  curve: z.array(z.tuple([z.number(), z.number()])),
});
export type BlockTraining = z.infer<typeof blockTrainingSchema>;
export const layerTrainingSchema = z.object({
  parent_layers: z.array(index).min(1),
  targets: z.array(blockTrainingSchema),
  device: tensorDeviceSchema,
});
export type LayerTraining = z.infer<typeof layerTrainingSchema>;

/** Output of `measure_blocks`. Times are of one sub-block for the whole batch. */
export const blockTimesSchema = z.object({
  device: tensorDeviceSchema,
  batch: count,
  isl: count,
  osl: count,
  /** Sub-block id such as `kv8`, `linear` or `256`. */
  attention: z.record(z.string(), z.object({ prefill_ms: z.number(), decode_ms: z.number() })),
  ffn: z.record(z.string(), z.object({ prefill_ms: z.number(), decode_ms: z.number() })),
  /** Embedding, final norm and head. */
  non_block: z.object({ prefill_ms: z.number(), decode_ms: z.number() }),
});
export type BlockTimes = z.infer<typeof blockTimesSchema>;

/** Output of `measure_models`. Times are of the whole batch, one per round; all models have their turn in every round. */
export const modelTimesSchema = z.object({
  device: tensorDeviceSchema,
  batch: count,
  isl: count,
  osl: count,
  models: z.array(
    z.object({
      name: z.string(),
      prefill_ms: z.array(z.number().positive()).min(1),
      /** Of one pass, the mean over the `osl` passes of the round. */
      decode_ms: z.array(z.number().positive()).min(1),
    }),
  ),
});
export type ModelTimes = z.infer<typeof modelTimesSchema>;

/** Output of `evaluate`. */
export const evaluationSchema = z.object({
  parent: qualitySchema,
  models: z.array(z.object({ name: z.string(), quality: qualitySchema })),
  device: tensorDeviceSchema,
});
export type Evaluation = z.infer<typeof evaluationSchema>;

// ------------------------------------------------------------------------------------------------------ events

/** What a running job says; everything on screen comes from these and from the result files. */
export const jobEventSchema = z.discriminatedUnion('kind', [
  /** `done` of `total` units of work, monotone; `unit` such as `steps` or `variants`. */
  z.object({ kind: z.literal('progress'), done: z.number().nonnegative(), total: z.number().positive(), unit: z.string() }),
  /** A point of a curve: `series` such as `loss`, `kl` or a target's name. */
  z.object({ kind: z.literal('point'), series: z.string(), step: z.number(), value: z.number() }),
  /** A cell of the layers x variants map changed. */
  z.object({
    kind: z.literal('cell'),
    layer: index,
    target: z.string(),
    value: z.number(),
    measure: z.enum(['nmse', 'kl_div']),
  }),
  z.object({ kind: z.literal('log'), level: z.enum(['info', 'warning']), text: z.string() }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;

/** Live tensors after a step, for leak checks; bytes are of the backend's heap. */
export interface DeviceMemory {
  readonly tensors: number;
  readonly bytes: number;
}

// -------------------------------------------------------------------------------------------------------- runs

/** Questions of the paper's ablations, asked of a run of one's own. */
export const EXPERIMENTS = [
  /** Exact search against greedy, random, most parameters and one variant everywhere. */
  'baselines',
  /** Trained blocks against their initialisation. */
  'bld',
  /** Pairs trained together against sub-blocks trained apart. */
  'coupled',
  /** Which score the search minimises. */
  'metrics',
  /** Combinations of the terms of the distillation loss. */
  'losses',
  /** Tokens spent on BLD and on distillation. */
  'budgets',
] as const;
export const experimentIdSchema = z.enum(EXPERIMENTS);
export type ExperimentId = (typeof EXPERIMENTS)[number];

/** `seeds`: how often it is done, each time with other random numbers, where it has any. */
export const experimentRequestSchema = z.object({ id: experimentIdSchema, seeds: z.number().int().min(1).max(20) });
export type ExperimentRequest = z.infer<typeof experimentRequestSchema>;

export const STEP_KINDS = [
  ...(['data', 'parent', 'activations', 'measure', 'bld', 'score', 'library', 'search', 'evaluate', 'additivity', 'gkd', 'final', 'export'] as const),
  ...(['experiment_baselines', 'experiment_bld', 'experiment_coupled', 'experiment_metrics', 'experiment_losses', 'experiment_budgets'] as const),
] as const;
export const stepKindSchema = z.enum(STEP_KINDS);
export type StepKind = z.infer<typeof stepKindSchema>;

export const stepStateSchema = z.object({
  kind: stepKindSchema,
  title: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  /** 0..1, never falling within one attempt. */
  progress: z.number().min(0).max(1),
  /** Seconds spent in all attempts. */
  elapsed_s: z.number().nonnegative(),
  /** Seconds to go, where the rate is known. */
  eta_s: z.number().nonnegative().optional(),
  jobs: z.object({ done: index, total: index }),
  /** The outcome in a few words, such as `loss 1.23`. */
  outcome: z.string().optional(),
  error: errorPayloadSchema.optional(),
});
export type StepState = z.infer<typeof stepStateSchema>;

/** Everything that decides what a run does; two runs of one plan on one backend give the same files. */
export const planSchema = z.object({
  preset: z.string(),
  seed,
  data: dataSpecSchema,
  parent: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('train'), architecture: architectureSchema, training: trainingSpecSchema }),
    z.object({ kind: z.literal('open'), folder: path }),
  ]),
  space: z.object({
    attentions: z.array(attentionSchema).min(1),
    ffns: z.array(ffnSchema).min(1),
    /** Consecutive parent layers that one block of the space may replace together. */
    spans: z.array(z.array(index).min(2)).optional(),
  }),
  /** Decoupled trains sub-blocks, coupled pairs, two_stage sub-blocks first and then the pairs the search chose; none skips BLD. */
  bld: z.object({
    mode: z.enum(['decoupled', 'coupled', 'two_stage', 'none']),
    training: trainingSpecSchema,
    /** Sequences whose activations are recorded for training and for held-out losses and scores. */
    train_sequences: count,
    held_out_sequences: count,
  }),
  score: z.object({ sequences: count, tasks: z.boolean() }),
  measure: z.object({ batch: count, isl: count, osl: count, repeats: count }),
  /** A device whose cost-model runtimes stand beside the measured ones. */
  target_device: z.string(),
  objective: z.string(),
  /** Shares of the parent's parameters and KV cache that the child may have, one set of limits each. */
  limits: z.array(z.object({ params: z.number().positive().max(1), kv: z.number().positive().max(1) })).min(1),
  /** Which of `limits` the distilled and exported child obeys. */
  chosen_limit: index,
  baselines: z.object({ random: index }),
  additivity: z.object({ architectures: index, narrow: index }),
  gkd: z.object({ loss: gkdLossSchema, training: trainingSpecSchema }),
  evaluate: z.object({ sequences: count }),
  export: z.object({ form: z.enum(['hugging_face', 'puzzletron']), dtype: z.enum(['F32', 'BF16']) }),
  /** What is asked beyond the child; may be added to a run that is done. */
  experiments: z.array(experimentRequestSchema).optional(),
});
export type Plan = z.infer<typeof planSchema>;

/** `run.json`: the plan and how far it is. */
export const runStateSchema = z.object({
  format: z.literal('puzzle-workbench/run'),
  version: z.literal(1),
  id: z.string().min(1),
  name: z.string().min(1),
  created_at: z.string(),
  plan: planSchema,
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted']),
  steps: z.array(stepStateSchema),
  device: tensorDeviceSchema.optional(),
  /** Trainer processes used. */
  processes: index,
});
export type RunState = z.infer<typeof runStateSchema>;

/** The table of one experiment. */
export const experimentReportSchema = z.object({
  id: experimentIdSchema,
  /** What it answers, as a question. */
  question: z.string(),
  seeds: count,
  columns: z.array(z.object({ id: z.string(), label: z.string(), better: z.enum(['lower', 'higher']) })),
  /** Per row and column the values of all seeds or cases; missing ones are left out. */
  rows: z.array(z.object({ name: z.string(), values: z.record(z.string(), z.array(z.number())) })),
});
export type ExperimentReport = z.infer<typeof experimentReportSchema>;

/**
 * One figure for each of: prompt and generated tokens over the whole time (`total`), prompt tokens over that of prefill,
 * generated tokens over that of decode; all sequences of the batch counted.
 */
const byPhase = <T extends z.ZodType>(figure: T) => z.object({ total: figure, prefill: figure, decode: figure });
const ratesSchema = byPhase(z.number().positive());
/** The lower and the upper quartile of rounds. */
const quartilesSchema = byPhase(z.tuple([z.number().positive(), z.number().positive()]));
const throughputSchema = z.object({
  /** Medians over rounds; absent where the models could not be measured here. */
  measured_tok_s: ratesSchema.optional(),
  measured_quartiles_tok_s: quartilesSchema.optional(),
  /** From the library's measured block times and what is outside the blocks. */
  predicted_tok_s: ratesSchema,
  /** By the cost model on the target device, in the steady state of in-flight batching. */
  target_tok_s: z.object({ total: z.number().positive() }),
});

/** Tokens per second of the parent and of the distilled child: measured end to end, and as the library predicts them. */
export const throughputReportSchema = z.object({
  /** Sequences at once, and the tokens of each one's prompt and answer. */
  batch: count,
  isl: count,
  osl: count,
  /** Rounds measured; 0 where the models could not be measured here, for the reason in `not_measured`. */
  rounds: index,
  not_measured: z.string().optional(),
  /** What was measured with. */
  device: z.string(),
  target_device: z.string(),
  parent: throughputSchema,
  child: throughputSchema,
  /** The child's over the parent's; of the measured ones also the quartiles of the ratios within single rounds. */
  ratio: z.object({ measured: ratesSchema.optional(), measured_quartiles: quartilesSchema.optional(), predicted: ratesSchema, target: z.object({ total: z.number().positive() }) }),
});
export type ThroughputReport = z.infer<typeof throughputReportSchema>;

/** What a pipeline prints and keeps as `report.json`. */
export const pipelineReportSchema = z.object({
  format: z.literal('puzzle-workbench/pipeline-report'),
  version: z.literal(1),
  preset: z.string(),
  seed,
  device: tensorDeviceSchema,
  parent: z.object({ loss: z.number(), tasks: z.record(z.string(), z.number()) }),
  library: z.string(),
  /** Per set of limits: the limits, the MIP child and each baseline's real KL before distillation. */
  limits: z.array(
    z.object({
      params: z.number(),
      kv: z.number(),
      limits: z.array(z.object({ column: z.string(), max: z.number() })),
      status: z.string(),
      child: z.object({
        kl: z.number(),
        estimated_kl: z.number(),
        num_params: z.number(),
        kv_bytes_per_sequence: z.number(),
        runtime_ms: z.number(),
        choices: z.array(chosenBlockSchema),
      }),
      /** Random children as one: means. */
      baselines: z.record(z.string(), z.object({ kl: z.number(), estimated_kl: z.number(), num_params: z.number(), runtime_ms: z.number() })),
    }),
  ),
  bld: z.object({ trained: index, improved: index, initial_nmse: z.number(), final_nmse: z.number() }),
  child: z.object({
    loss_before: z.number(),
    loss_after: z.number(),
    kl_before: z.number(),
    kl_after: z.number(),
    tasks: z.record(z.string(), z.number()),
    tasks_before: z.record(z.string(), z.number()),
  }),
  /** Mean real KL over all sets of limits, before distillation. */
  baselines: z.record(z.string(), z.object({ kl: z.number() })),
  additivity: z.object({
    /** Absent where there are too few children. */
    spearman: z.number().optional(),
    spearman_narrow: z.number().optional(),
    n: index,
    n_narrow: index,
    points: z.array(z.object({ estimated_kl: z.number(), kl: z.number(), runtime_ms: z.number(), narrow: z.boolean() })),
  }),
  /** Absent in reports of earlier versions. */
  throughput: throughputReportSchema.optional(),
  export: z.string(),
  experiments: z.array(experimentReportSchema).optional(),
  seconds: z.record(z.string(), z.number()),
});
export type PipelineReport = z.infer<typeof pipelineReportSchema>;
