/**
 * What a data folder holds. `train.tokens` and `held_out.tokens` are bare token ids, 2 or 4 bytes each, little-endian,
 * sequence behind sequence; `tasks.json` the task examples; `tokenizer.json` what made ids of text; `data.json` describes
 * them all and is written last, so a folder with it is complete.
 */
import { z } from 'zod';
import { dataSourceSchema, TASKS } from '../../protocol/train.ts';

export const DATA_FILE = 'data.json';
export const TASKS_FILE = 'tasks.json';
export const TOKENIZER_FILE = 'tokenizer.json';
export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

const count = z.number().int().nonnegative();

export const tokenFileSchema = z.object({
  file: z.string().min(1),
  sequences: count,
  tokens: count,
  /** Documents of which at least one token is in. */
  documents: count,
  /** CRC-32 of the file, eight hexadecimal digits. */
  crc32: z.string().regex(/^[0-9a-f]{8}$/),
});
export type TokenFile = z.infer<typeof tokenFileSchema>;

export const dataDescriptionSchema = z.object({
  format: z.literal('puzzle-workbench/data'),
  version: z.literal(1),
  source: dataSourceSchema,
  seed: z.number().int(),
  /** Tokens per sequence. */
  sequence_length: z.number().int().positive(),
  /** Ids are below this. */
  vocabulary_size: z.number().int().positive(),
  /** Stands behind every document. */
  eos_id: count,
  bytes_per_token: z.union([z.literal(2), z.literal(4)]),
  train: tokenFileSchema,
  held_out: tokenFileSchema,
  task_examples: count,
  /** What a reader should know, such as skipped files. */
  notes: z.array(z.string()),
});
export type DataDescription = z.infer<typeof dataDescriptionSchema>;

export const taskExampleSchema = z.object({
  task: z.enum(TASKS),
  level: z.number().int().positive(),
  tokens: z.array(count).min(2),
  /** Tokens [start, end) are the answer; something stands before it. */
  answer: z.tuple([z.number().int().positive(), z.number().int().positive()]),
});
/** One question with its answer. */
export type TaskExample = z.infer<typeof taskExampleSchema>;

export const taskFileSchema = z.object({
  format: z.literal('puzzle-workbench/tasks'),
  version: z.literal(1),
  examples: z.array(taskExampleSchema),
});
