// Oracle: Hugging Face's `tokenizers` for Python on the same files, see test/fixtures/tokenizers/make.py.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../architecture/json_fields.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { MemoryFiles } from './memory_files.ts';
import { openTokenizer, tokenizerFrom } from './tokenizer.ts';
import { byteTokenizerJson, wordTokenizerJson } from './tokenizer_builders.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../test/fixtures/tokenizers');
const fixture = (name: string): string => readFileSync(path.join(FIXTURES, name), 'utf8');

interface Answer {
  readonly text: string;
  readonly ids: readonly number[];
  readonly special_ids: readonly number[];
  readonly decoded: string;
  readonly decoded_special: string;
}
const EXPECTED = JSON.parse(fixture('expected.json')) as Record<string, readonly Answer[]>;

function fromText(text: string, config?: JsonObject): ReturnType<typeof tokenizerFrom> {
  return tokenizerFrom('tokenizer.json', JSON.parse(text) as JsonObject, config);
}

describe.each(Object.keys(EXPECTED))('%s.json', (name) => {
  const tokenizer = fromText(fixture(`${name}.json`));

  it.each(EXPECTED[name]!)('encodes $text as Hugging Face does', ({ text, ids, special_ids: specialIds }) => {
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect([...tokenizer.encode(text, { special: true })]).toEqual(specialIds);
  });

  it.each(EXPECTED[name]!)('decodes $decoded as Hugging Face does', ({ ids, decoded, decoded_special: decodedSpecial }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
    expect(tokenizer.decode(ids, { special: true })).toBe(decodedSpecial);
  });
});

describe('the byte tokenizer', () => {
  const tokenizer = fromText(byteTokenizerJson());

  it('is the file that the oracle read', () => {
    expect(byteTokenizerJson()).toBe(fixture('bytes.json'));
  });

  it('has a token for each byte, a begin and an end', () => {
    expect(tokenizer).toMatchObject({ vocabularySize: 258, bosId: 256, eosId: 257 });
  });

  it('gives every text back, as the bytes of UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }).filter((text) => !/<bos>|<eos>/.test(text)), (text) => {
        const ids = tokenizer.encode(text);
        expect([...ids]).toEqual([...new TextEncoder().encode(text)]);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });
});

describe('the word tokenizer', () => {
  it('is the file that the oracle read', () => {
    expect(wordTokenizerJson(['the', 'cat', 'sat', 'on', 'mat', '.', '+', '=', '7', '12', '(', ')', 'Zoë'])).toBe(fixture('words.json'));
  });

  it('numbers words in their order after the special tokens, whatever they look like', () => {
    const tokenizer = fromText(wordTokenizerJson(['b', '10', '9', '__proto__', 'constructor']));
    expect(tokenizer).toMatchObject({ vocabularySize: 8, bosId: 1, eosId: 2 });
    expect([...tokenizer.encode('b 10\n9 __proto__ constructor nothing')]).toEqual([3, 4, 5, 6, 7, 0]);
  });

  it.each([[['a', 'a'], /"a" twice/], [['a b'], /white space/], [[''], /white space/], [['<eos>'], /twice/]])('refuses %j', (words, message) => {
    expect(() => wordTokenizerJson(words)).toThrow(message);
  });
});

describe('openTokenizer', () => {
  it('takes the names of special tokens from tokenizer_config.json beside it', async () => {
    const files = new MemoryFiles({
      'model/tokenizer.json': wordTokenizerJson(['stop', 'go']),
      'model/tokenizer_config.json': JSON.stringify({ eos_token: { content: 'stop' }, bos_token: 'go' }),
    });
    expect(await openTokenizer(files, 'model/tokenizer.json')).toMatchObject({ eosId: 3, bosId: 4 });
  });

  const broken = (change: (json: Record<string, unknown>, model: Record<string, unknown>) => void): string => {
    const json = JSON.parse(byteTokenizerJson()) as Record<string, unknown>;
    change(json, json['model'] as Record<string, unknown>);
    return JSON.stringify(json);
  };
  it.each([
    ['{', /tokenizer\.json: expected JSON/],
    ['[]', /expected an object, found a list/],
    ['{}', /model: expected an object, found nothing/],
    ['{"model": {}}', /model\.vocab: expected an object/],
    ['{"model": {"type": "WordLevel", "vocab": {}}}', /model\.vocab: expected at least one token/],
    ['{"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 0}}}', /model\.vocab\.b: expected an id of its own, found 0, which "a" has/],
    ['{"model": {"type": "WordLevel", "vocab": {"a": -1}}}', /model\.vocab\.a: expected a token id/],
    ['{"model": {"type": "WordLevel", "vocab": {"a": 1e12}}}', /expected a token id/],
    ['{"model": {"type": "WordLevel", "vocab": {"a": 0, "a": 1}}}', /every key once, found "a" twice/],
    ['{"model": {"type": "Unigram", "vocab": [["a"]]}}', /model\.vocab\[0\]: expected a token and its score/],
    [broken((_, model) => delete model['merges']), /model\.merges: expected a list/],
    [broken((_, model) => (model['merges'] = ['ab'])), /model\.merges\[0\]: expected two tokens/],
    [broken((json) => (json['added_tokens'] = [{ id: 300 }])), /added_tokens\[0\]\.content/],
    [broken((json) => (json['pre_tokenizer'] = { type: 'Unheard' })), /tokenizer\.json: expected a tokenizer that one can read, found an error: Unknown PreTokenizer type: Unheard/],
  ])('refuses %.60s', async (text, message) => {
    const files = new MemoryFiles({ 'tokenizer.json': text });
    const attempt = openTokenizer(files, 'tokenizer.json');
    await expect(attempt).rejects.toThrow(WorkbenchError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('never fails but with an error that names the file, whatever is changed in it', () => {
    const valid = JSON.parse(fixture('bpe.json')) as JsonObject;
    const paths = [['model'], ['model', 'type'], ['model', 'vocab'], ['model', 'merges'], ['model', 'unk_token'], ['added_tokens'], ['added_tokens', '0'], ['added_tokens', '0', 'id'], ['pre_tokenizer'], ['pre_tokenizer', 'pretokenizers'], ['pre_tokenizer', 'pretokenizers', '0'], ['post_processor'], ['post_processor', 'single'], ['decoder'], ['decoder', 'type']];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (place, value) => {
        const json = structuredClone(valid);
        let at = json as Record<string, unknown>;
        for (const key of place.slice(0, -1)) at = at[key] as Record<string, unknown>;
        at[place.at(-1)!] = value;
        try {
          const tokenizer = tokenizerFrom('tokenizer.json', json);
          tokenizer.decode(tokenizer.encode('The cat 12', { special: true }));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WorkbenchError);
          expect((thrown as WorkbenchError).message).toContain('tokenizer.json');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses ids that are no tokens and texts that have none', () => {
    expect(() => fromText(byteTokenizerJson()).decode([5, 258])).toThrow(/ids of tokens, below 258, found 258/);
    const closed = fromText('{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "WhitespaceSplit"}}');
    expect(() => closed.encode('a b')).toThrow(/none for token 1/);
  });
});
