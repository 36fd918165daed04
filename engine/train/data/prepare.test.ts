import { describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/job_context.ts';
import { TASKS, type DataSpec } from '../../protocol/train.ts';
import { MemoryFiles } from '../../transformer/memory_files.ts';
import { byteTokenizerJson } from '../../transformer/tokenizer_builders.ts';
import { openTokenizer } from '../../transformer/tokenizer.ts';
import { corpusDocument } from './corpus.ts';
import type { DataDescription } from './data_format.ts';
import { openData, type Data } from './open.ts';
import { prepareData } from './prepare.ts';
import type { TokenSet } from './token_set.ts';

const SPEC: DataSpec = {
  source: { kind: 'generated' },
  sequence_length: 64,
  train_tokens: 20_000,
  held_out_tokens: 4_000,
  task_examples: 10,
  seed: 1,
};

interface Prepared {
  readonly description: DataDescription;
  readonly files: MemoryFiles;
}

async function prepared(change: Partial<DataSpec> = {}, files = new MemoryFiles()): Promise<Prepared> {
  const data = { ...SPEC, ...change };
  return { description: await prepareData({ kind: 'prepare_data', id: 'data', data, folder: 'data' }, testContext({ files })), files };
}

async function all(set: TokenSet): Promise<number[]> {
  return Array.from(await set.batch(Array.from({ length: set.count }, (_, i) => i)));
}

/** Texts between end tokens; the first and the last may be cut. */
async function texts(files: MemoryFiles, data: Data, set: TokenSet): Promise<string[]> {
  const tokenizer = await openTokenizer(files, data.tokenizerPath);
  const found: number[][] = [[]];
  for (const id of await all(set)) {
    if (id === data.eosId) found.push([]);
    else found.at(-1)?.push(id);
  }
  return found.map((ids) => tokenizer.decode(ids));
}

describe('the generated corpus', () => {
  it('becomes the same files whenever the seed is the same, and others when not', async () => {
    const [first, again, other] = await Promise.all([prepared(), prepared(), prepared({ seed: 2 })]);
    const names = ['data/data.json', 'data/held_out.tokens', 'data/tasks.json', 'data/tokenizer.json', 'data/train.tokens'];
    expect(first.files.paths).toEqual(names);
    for (const name of names) expect(again.files.content(name)).toEqual(first.files.content(name));
    for (const name of ['data/held_out.tokens', 'data/tasks.json', 'data/train.tokens']) {
      expect(other.files.content(name)).not.toEqual(first.files.content(name));
    }
  });

  it('fills the sequences asked for with its documents, in order', async () => {
    const { description, files } = await prepared();
    expect(description).toMatchObject({ bytes_per_token: 2, train: { sequences: 312, tokens: 19_968 }, held_out: { sequences: 62, tokens: 3968 }, task_examples: 60, notes: [] });
    const data = await openData(files, 'data');
    for (const [split, set] of [['train', data.train], ['held_out', data.heldOut]] as const) {
      const found = (await texts(files, data, set)).slice(0, -1);
      expect(found.length).toBeGreaterThan(50);
      expect(found).toEqual(found.map((_, i) => corpusDocument(1, split, i).words.join(' ')));
    }
  });

  it('has as many examples of each task as asked for, whose answers are the texts they were made of', async () => {
    const { files } = await prepared({ task_examples: 8 });
    const data = await openData(files, 'data');
    const tokenizer = await openTokenizer(files, data.tokenizerPath);
    for (const task of TASKS) {
      const examples = data.taskExamples.filter((example) => example.task === task);
      expect(examples.map(({ level }) => level)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
      for (const { tokens, answer: [, end] } of examples) {
        expect(tokens[0]).toBe(data.eosId);
        expect(end).toBe(tokens.length);
        expect(tokenizer.encode(tokenizer.decode(tokens.slice(1)))).toEqual(Int32Array.from(tokens.slice(1)));
      }
    }
    expect(new Set(data.taskExamples.map(({ tokens }) => tokens.join())).size).toBe(48);
  });

  it('goes through another tokenizer, answers included', async () => {
    const files = new MemoryFiles({ 'parent/tokenizer.json': byteTokenizerJson() });
    await prepared({ tokenizer: 'parent/tokenizer.json', task_examples: 4, sequence_length: 256 }, files);
    const data = await openData(files, 'data');
    const tokenizer = await openTokenizer(files, data.tokenizerPath);
    expect(data.vocabularySize).toBe(258);
    expect((await texts(files, data, data.train)).slice(0, -1)).toEqual(expect.arrayContaining([corpusDocument(1, 'train', 0).words.join(' ')]));
    for (const { task, tokens, answer: [start, end] } of data.taskExamples) {
      const answer = tokenizer.decode(tokens.slice(start, end));
      // The space before the answer is its own byte, and so part of the answer.
      expect(answer).toMatch(task === 'modular_arithmetic' ? /^ \d+$/ : / \S/);
      expect(tokenizer.decode(tokens.slice(0, start))).toMatch(/^(copy|find|sum|close|recall|story) [^]*\S$/);
    }
  });

  it('says when examples do not fit a sequence', async () => {
    const { description } = await prepared({ sequence_length: 24 });
    expect(description.notes).toEqual(expect.arrayContaining([expect.stringMatching(/Only 0 of \d+ examples of induction at level 4 .* fit 24 tokens/)]));
  });
});

describe('text of the user', () => {
  const jsonl = (count: number, words = 40): string =>
    Array.from({ length: count }, (_, i) => JSON.stringify({ text: `document ${i}: ${`word${i} `.repeat(words)}` })).join('\n');
  const source = (path: string): Partial<DataSpec> => ({ source: { kind: 'files', path } });

  it('is split by document, byte by byte without another tokenizer', async () => {
    const files = new MemoryFiles({ '/my/a.jsonl': jsonl(300) });
    const { description } = await prepared({ ...source('/my/a.jsonl'), train_tokens: 1_000_000, held_out_tokens: 6000 }, files);
    const data = await openData(files, 'data');
    const numbers = async (set: TokenSet): Promise<Set<string>> => new Set((await texts(files, data, set)).map((text) => /word\d+/.exec(text)?.[0] ?? ''));
    const [train, heldOut] = [await numbers(data.train), await numbers(data.heldOut)];
    expect(train.size).toBeGreaterThan(200);
    expect(heldOut.size).toBeGreaterThan(10);
    expect([...train].filter((number) => heldOut.has(number))).toEqual([]);
    expect(data.heldOut.count).toBe(Math.floor(6000 / 64));
    expect(data.taskExamples).toEqual([]);
    expect(description.notes).toEqual([expect.stringMatching(/The text has \d+ of the 1000000 training tokens wanted/)]);
    expect(data.vocabularySize).toBe(258);
  });

  it('is split differently by another seed', async () => {
    const [a, b] = await Promise.all([1, 2].map((seed) => prepared({ ...source('/a.jsonl'), seed }, new MemoryFiles({ '/a.jsonl': jsonl(300) }))));
    expect(a!.files.content('data/held_out.tokens')).not.toEqual(b!.files.content('data/held_out.tokens'));
  });

  it('is read no further than tokens are wanted', async () => {
    const files = new MemoryFiles({ '/big.jsonl': jsonl(20_000) });
    await prepared({ ...source('/big.jsonl'), train_tokens: 50_000, held_out_tokens: 5000 }, files);
    expect(files.bytesRead.get('/big.jsonl')).toBeLessThan(files.content('/big.jsonl').length / 4);
  });

  it('gives up training text for what is to be held out, but not more than half', async () => {
    const text = jsonl(100);
    const { description } = await prepared({ ...source('/a.jsonl'), train_tokens: 1_000_000, held_out_tokens: 10_000 }, new MemoryFiles({ '/a.jsonl': text }));
    expect(description.held_out.tokens).toBe(9984);
    await expect(prepared({ ...source('/a.jsonl'), held_out_tokens: 40_000 }, new MemoryFiles({ '/a.jsonl': text }))).rejects.toThrow(
      /\/a\.jsonl holds too little text: 100 documents with \d+ tokens in all\. Held out are to be 40000 tokens/,
    );
  });

  it('of one document cannot be split', async () => {
    await expect(prepared(source('/a.txt'), new MemoryFiles({ '/a.txt': 'a short text' }))).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringContaining('1 document with 13 tokens'), hint: expect.stringContaining('blank lines') },
    });
  });

  it('needs a tokenizer that can end a text', async () => {
    const json = JSON.stringify({ added_tokens: [], pre_tokenizer: { type: 'WhitespaceSplit' }, model: { type: 'WordLevel', vocab: { '<unk>': 0, a: 1 }, unk_token: '<unk>' } });
    const files = new MemoryFiles({ '/a.txt': 'a a', '/t/tokenizer.json': json });
    await expect(prepared({ ...source('/a.txt'), tokenizer: '/t/tokenizer.json' }, files)).rejects.toThrow(/\/t\/tokenizer\.json: expected a token that ends a text/);
  });
});

describe('a job that stops', () => {
  it.each([1, 3])('at breath %i leaves no data behind', async (cancelAt) => {
    const { files } = await prepared();
    const context = testContext({ files, cancelAt });
    const spec = { kind: 'prepare_data', id: 'data', data: { ...SPEC, seed: 5 }, folder: 'data' } as const;
    await expect(prepareData(spec, context)).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    await expect(openData(files, 'data')).rejects.toMatchObject({ payload: { code: 'not_found' } });
    await prepareData(spec, testContext({ files }));
    expect((await openData(files, 'data')).description.seed).toBe(5);
  });

  it('has reported how far it was, never falling', async () => {
    const context = testContext();
    await prepareData({ kind: 'prepare_data', id: 'data', data: SPEC, folder: 'data' }, context);
    const done = context.events.flatMap((event) => (event.kind === 'progress' ? [event.done / event.total] : []));
    expect(done.length).toBeGreaterThan(5);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });
});
