/**
 * The first job of a run: text to token files. Text is the generated corpus or the user's; it is tokenised, split by
 * document and packed; data_format.ts says into what.
 */
import type { DataSpec, JobOf } from '../../protocol/train.ts';
import { readAll, writeAll } from '../../transformer/files.ts';
import { byteTokenizerJson, wordTokenizerJson } from '../../transformer/tokenizer_builders.ts';
import { openTokenizer } from '../../transformer/tokenizer.ts';
import type { JobContext } from '../job.ts';
import { DATA_FILE, TASKS_FILE, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, type DataDescription } from './data_format.ts';
import { encoderOf, type Encoder } from './encode_documents.ts';
import { bytesPerToken, sequencesOf } from './split_writer.ts';
import { taskExamples } from './task_examples.ts';
import { userText } from './user_documents.ts';
import { WORDS } from './vocabulary.ts';
import { writeCorpus } from './write_corpus.ts';
import { writeUserText } from './write_user_text.ts';

/**
 * Writes the data folder and resolves with what its `data.json` says.
 * @throws WorkbenchError `not_found`; `bad_input` where text cannot be read or there is too little, saying how much there is.
 */
export async function prepareData({ data, folder }: JobOf<'prepare_data'>, context: JobContext): Promise<DataDescription> {
  const { files } = context;
  // Whatever lies there is not complete any more.
  await files.remove(`${folder}/${DATA_FILE}`);
  const encoder = await putTokenizer(data, folder, context);
  const { tokens, notes } = await writeTokens(data, folder, encoder, context);
  const trainTokens = sequencesOf(data.train_tokens, data) * data.sequence_length;
  if (tokens.train.tokens < trainTokens) {
    notes.push(`The text has ${tokens.train.tokens} of the ${trainTokens} training tokens wanted; training goes through it more than once.`);
  }
  const tasks = data.source.kind === 'generated' ? taskExamples(data.seed, data.task_examples, data.sequence_length, encoder) : { examples: [], notes: [] };
  notes.push(...tasks.notes);
  await writeAll(files, `${folder}/${TASKS_FILE}`, JSON.stringify({ format: 'puzzle-workbench/tasks', version: 1, examples: tasks.examples }));

  const description: DataDescription = {
    format: 'puzzle-workbench/data',
    version: 1,
    source: data.source,
    seed: data.seed,
    sequence_length: data.sequence_length,
    vocabulary_size: encoder.vocabularySize,
    eos_id: encoder.eosId,
    bytes_per_token: bytesPerToken(encoder),
    ...tokens,
    task_examples: tasks.examples.length,
    notes,
  };
  await writeAll(files, `${folder}/${DATA_FILE}`, `${JSON.stringify(description, undefined, 2)}\n`);
  for (const text of notes) context.emit({ kind: 'log', level: 'warning', text });
  const total = tokens.train.tokens + tokens.held_out.tokens;
  context.emit({ kind: 'progress', done: total, total, unit: 'tokens' });
  return description;
}

async function writeTokens(data: DataSpec, folder: string, encoder: Encoder, context: JobContext): Promise<{ tokens: Pick<DataDescription, 'train' | 'held_out'>; notes: string[] }> {
  switch (data.source.kind) {
    case 'generated':
      return { tokens: await writeCorpus(data, folder, encoder, context), notes: [] };
    case 'files': {
      const text = await userText(context.files, data.source.path);
      return { tokens: await writeUserText(text, data.source.path, data, folder, encoder, context), notes: [...text.notes] };
    }
    default:
      return data.source satisfies never;
  }
}

/** Puts the tokenizer into the folder: the one given, with the configuration beside it, or one that suits the text. */
async function putTokenizer(data: DataSpec, folder: string, { files }: JobContext): Promise<Encoder> {
  const target = `${folder}/${TOKENIZER_FILE}`;
  const targetConfig = `${folder}/${TOKENIZER_CONFIG_FILE}`;
  const given = data.tokenizer;
  const givenConfig = given?.replace(/[^/\\]*$/, TOKENIZER_CONFIG_FILE);
  const own = data.source.kind === 'generated' ? wordTokenizerJson(WORDS) : byteTokenizerJson();
  // Read before anything is written: the one given may be the folder's own.
  const json = given === undefined ? own : await readAll(files, given);
  const config = givenConfig !== undefined && (await files.exists(givenConfig)) ? await readAll(files, givenConfig) : undefined;
  await writeAll(files, target, json);
  if (config === undefined) await files.remove(targetConfig);
  else await writeAll(files, targetConfig, config);
  const words = given === undefined && data.source.kind === 'generated' ? WORDS : undefined;
  return encoderOf(await openTokenizer(files, target), given ?? target, words);
}
