/** The job that continues a prompt: from a checkpoint folder and words to a JSON file with words. */
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { fixtureFiles } from '../../test/support/fixture_files.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { JobEvent, JobOf } from '../protocol/train.ts';
import { readText } from '../transformer/files.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { wordTokenizerJson } from '../transformer/tokenizer_builders.ts';
import { runGenerate } from './generate_text.ts';
import type { JobContext } from './job.ts';

const MODEL = 'llama_gqa_untied';
/** The words behind the ids 3 to 63 of the fixture's vocabulary of 64. */
const WORDS = Array.from({ length: 61 }, (_, i) => `w${i + 3}`);
const SPECIAL = ['<unk>', '<bos>', '<eos>'];

interface Setting {
  readonly files: MemoryFiles;
  readonly prompt: string;
  /** What Transformers continues it with. */
  readonly expected: readonly string[];
}

async function setting(): Promise<Setting> {
  const files = fixtureFiles('transformers');
  files.put(`${MODEL}/tokenizer.json`, wordTokenizerJson(WORDS));
  const { input_ids: [ids = []], greedy } = JSON.parse(await readText(files, `${MODEL}/case.json`)) as { input_ids: number[][]; greedy: number[] };
  const word = (id: number): string => SPECIAL[id] ?? `w${id}`;
  return { files, prompt: ids.map(word).join(' '), expected: greedy.map(word) };
}

function context(files: MemoryFiles): { readonly context: JobContext; readonly events: readonly JobEvent[] } {
  const events: JobEvent[] = [];
  let clock = 0;
  return {
    events,
    context: {
      files,
      device: { backend: 'cpu', line: 'cpu', versions: {}, skipped: [] },
      emit: (event) => events.push(event),
      breathe: () => Promise.resolve(),
      now: () => (clock += 10),
    },
  };
}

function job(prompt: string, rest: Partial<JobOf<'generate'>> = {}): JobOf<'generate'> {
  return { id: 'say', kind: 'generate', model: MODEL, prompt, max_new_tokens: 12, temperature: 0, seed: 1, out: 'said.json', ...rest };
}

useTensorDevice('cpu');

it('continues a prompt as Transformers does, writes that down and frees everything', async () => {
  const { files, prompt, expected } = await setting();
  const { context: jobContext, events } = context(files);
  const result = await runGenerate(job(prompt), jobContext);
  expect(result.text).toBe(expected.join(' '));
  // The clock goes 10 ms a look: once at the start, once behind the prompt, once at the end of eleven passes.
  expect(result).toMatchObject({ tokens: 12, ended: 'length', prefill_ms: 10, tokens_per_second: 1100, device: 'cpu' });
  expect(JSON.parse(await readText(files, 'said.json'))).toEqual(result);
  expect(events.at(-1)).toEqual({ kind: 'progress', done: 12, total: 12, unit: 'tokens' });
  expect(memory().numTensors).toBe(0);
});

it('ends where the configuration says that a text ends', async () => {
  const { files, prompt, expected } = await setting();
  const path = `${MODEL}/config.json`;
  const end = Number(expected[2]!.slice(1));
  files.put(path, JSON.stringify({ ...(JSON.parse(await readText(files, path)) as object), eos_token_id: [63, end] }));
  const result = await runGenerate(job(prompt), context(files).context);
  expect(result).toMatchObject({ text: expected.slice(0, 2).join(' '), ended: 'end_token' });
});

it('draws the same text from the same seed', async () => {
  const { files, prompt } = await setting();
  const said = async (seed: number): Promise<string> => (await runGenerate(job(prompt, { temperature: 2, seed }), context(files).context)).text;
  const first = await said(1);
  expect(await said(1)).toBe(first);
  expect(await said(2)).not.toBe(first);
});

it('says that a tokenizer is missing, and leaves no file behind when cancelled', async () => {
  const { files, prompt } = await setting();
  const cancelled = { ...context(files).context, breathe: () => Promise.reject(new Error('cancelled')) };
  await expect(runGenerate(job(prompt), cancelled)).rejects.toThrow('cancelled');
  await files.remove(`${MODEL}/tokenizer.json`);
  await expect(runGenerate(job(prompt), context(files).context)).rejects.toThrow(/no tokenizer\.json/);
  expect(await files.exists('said.json')).toBe(false);
  expect(memory().numTensors).toBe(0);
});

it('says how the tokenizer reads words that it does not know', async () => {
  const { files, prompt } = await setting();
  const known = context(files);
  await runGenerate(job(prompt), known.context);
  expect(known.events.filter(({ kind }) => kind === 'log')).toEqual([]);
  const { context: unknown, events } = context(files);
  await runGenerate(job('w5 bonjour w7'), unknown);
  expect(events).toContainEqual({ kind: 'log', level: 'warning', text: 'The model\'s tokenizer does not know all of the prompt, and reads it as "w5 <unk> w7".' });
});

it('has done all when the model ended by itself', async () => {
  const { files, prompt } = await setting();
  const { context: listening, events } = context(files);
  const { tokens } = await runGenerate(job(prompt), listening);
  expect(events.findLast(({ kind }) => kind === 'progress')).toEqual({ kind: 'progress', done: tokens, total: tokens, unit: 'tokens' });
});
