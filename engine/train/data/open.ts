/** A prepared data folder, for whoever trains or evaluates. */
import type { z } from 'zod';
import { badInput } from '../../protocol/errors.ts';
import { readText, type Files } from '../../transformer/files.ts';
import { DATA_FILE, dataDescriptionSchema, TASKS_FILE, taskFileSchema, TOKENIZER_FILE, type DataDescription, type TaskExample } from './data_format.ts';
import { taskBatches, type TaskBatch } from './task_batches.ts';
import { openTokens, type TokenSet } from './token_set.ts';

export interface Data {
  readonly description: DataDescription;
  readonly train: TokenSet;
  readonly heldOut: TokenSet;
  /** Empty where the text is the user's. */
  readonly taskExamples: readonly TaskExample[];
  readonly tokenizerPath: string;
  readonly vocabularySize: number;
  readonly eosId: number;
  /** All task examples, in batches of at most `rows`. */
  taskBatches(rows: number): TaskBatch[];
  close(): Promise<void>;
}

/** @throws WorkbenchError `not_found`, or `bad_input` naming the file and what is wrong with it. */
export async function openData(files: Files, folder: string): Promise<Data> {
  const description = await readJson(files, `${folder}/${DATA_FILE}`, dataDescriptionSchema);
  const { vocabulary_size: vocabularySize, eos_id: eosId } = description;
  const { examples } = await readJson(files, `${folder}/${TASKS_FILE}`, taskFileSchema);
  examples.forEach((example, i) => checkExample(example, `examples.${i}`, `${folder}/${TASKS_FILE}`, vocabularySize));
  const train = await openTokens(files, folder, description.train, description);
  try {
    const heldOut = await openTokens(files, folder, description.held_out, description);
    return {
      description,
      train,
      heldOut,
      taskExamples: examples,
      tokenizerPath: `${folder}/${TOKENIZER_FILE}`,
      vocabularySize,
      eosId,
      taskBatches: (rows) => taskBatches(examples, { rows, padId: eosId }),
      async close() {
        await train.close();
        await heldOut.close();
      },
    };
  } catch (error) {
    await train.close();
    throw error;
  }
}

function checkExample({ tokens, answer: [start, end] }: TaskExample, path: string, file: string, vocabularySize: number): void {
  if (start >= end || end > tokens.length) throw badInput(file, `${path}.answer`, `a range within ${tokens.length} tokens`, `${start} to ${end}`);
  const strange = tokens.findIndex((id) => id >= vocabularySize);
  if (strange !== -1) throw badInput(file, `${path}.tokens.${strange}`, `an id below ${vocabularySize}`, String(tokens[strange]));
}

async function readJson<T>(files: Files, path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(files, path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badInput(path, '', 'JSON', error instanceof Error ? error.message : String(error), 'Prepare the data again.');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badInput(path, issue?.path.join('.') ?? '', 'what a data folder holds', issue?.message ?? 'something else', 'Prepare the data again.');
}
