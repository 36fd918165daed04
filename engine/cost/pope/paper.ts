/** The paper's hardware, models and published figures, from `assets/published/pope.json`, where each names its source. */
import { z } from 'zod';
import file from '../../../assets/published/pope.json' with { type: 'json' };
import { formatSchema } from '../../protocol/hardware.ts';
import { attentionLayoutSchema, ffnLayoutSchema, phaseSchema } from '../../protocol/plan.ts';

const count = z.number().int().positive();
const positive = z.number().positive();

const paperModelSchema = z.object({
  id: z.string(),
  name: z.string(),
  params: positive,
  layers: count,
  hidden: count,
  ffn: count,
  heads: count,
  padded_heads: count.optional(),
  head_dim: count,
  kv_heads: count,
  vocab: count,
  source: z.string(),
});
export type PaperModel = z.infer<typeof paperModelSchema>;

const runSchema = z.object({
  table: z.string(),
  row: z.string(),
  model: z.string(),
  phase: phaseSchema,
  chips: count,
  batch: count,
  isl: count,
  /** Passes that the latency covers. */
  steps: count,
  weights: formatSchema,
  ffn: ffnLayoutSchema,
  attention: attentionLayoutSchema,
  latency_s: positive,
  mfu_percent: positive,
  source: z.string(),
});
export type PaperRun = z.infer<typeof runSchema>;

const decodeSchema = z.object({ row: z.string(), model: z.string(), chips: count, batch: count, isl: count, weights: formatSchema, source: z.string() });

export const PAPER = z
  .object({
    paper: z.string(),
    hardware: z.object({
      device: z.string(),
      peak_tflops: positive,
      memory_bytes: positive,
      memory_gb_s: positive,
      network_gb_s: positive,
      source: z.string(),
    }),
    models: z.array(paperModelSchema),
    max_context: z.array(
      z.object({ row: z.string(), kv_heads: count, head_dim: count, attention: attentionLayoutSchema, batch: count, tokens: positive }),
    ),
    max_context_setting: z.object({ model: z.string(), chips: count, memory_share: positive, source: z.string() }),
    runs: z.array(runSchema),
    step_times: z.array(decodeSchema.extend({ step_ms: positive })),
    turn: decodeSchema.extend({ prompt_batch: count, cached: count, osl: count, latency_s: positive }),
    serial_block: decodeSchema.extend({ slower_percent: positive }),
    multi_head_cache: z.object({
      row: z.string(),
      model: z.string(),
      kv_heads: count,
      head_dim: count,
      batch: count,
      context: count,
      terabytes: positive,
      source: z.string(),
    }),
    faster_transformer: z.array(
      z.object({
        row: z.string(),
        params: positive,
        peak_tflops: positive,
        chips: count,
        batch: count,
        isl: count,
        osl: count,
        latency_s: positive,
        mfu_percent: positive,
        source: z.string(),
      }),
    ),
  })
  .parse(file);
