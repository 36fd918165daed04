import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryFiles } from '../../transformer/memory_files.ts';
import { Crc32 } from './crc32.ts';
import { SequenceWriter, type PackingOptions } from './sequence_writer.ts';
import { openTokens } from './token_set.ts';

const EOS = 99;
const documents = fc.array(fc.array(fc.nat({ max: 98 }), { maxLength: 40 }), { maxLength: 40 });

async function packed(docs: readonly (readonly number[])[], options: Pick<PackingOptions, 'length' | 'sequences' | 'bytesPerToken'>) {
  const files = new MemoryFiles();
  const writer = await SequenceWriter.create(files, 'data', 'x.tokens', { ...options, eosId: EOS });
  for (const document of docs) await writer.add(document);
  const described = await writer.finish();
  const form = { sequence_length: options.length, vocabulary_size: 100, bytes_per_token: options.bytesPerToken };
  return { files, described, form };
}

it('packs the tokens of all documents in order with the end token behind each, as far as there is room', async () => {
  const options = fc.record({ length: fc.integer({ min: 1, max: 30 }), sequences: fc.integer({ min: 1, max: 60 }), bytesPerToken: fc.constantFrom(2 as const, 4 as const) });
  await fc.assert(
    fc.asyncProperty(documents, options, async (docs, { length, sequences, bytesPerToken }) => {
      const { files, described, form } = await packed(docs, { length, sequences, bytesPerToken });
      const set = await openTokens(files, 'data', described, form);
      const stream = docs.flatMap((document) => [...document, EOS]);
      const whole = Math.min(sequences, Math.floor(stream.length / length));
      expect(set.count).toBe(whole);
      const all = await set.batch(Array.from({ length: whole }, (_, i) => i));
      expect(Array.from(all)).toEqual(stream.slice(0, whole * length));
    }),
  );
});

it('keeps order and content over more tokens than it buffers', async () => {
  const docs = Array.from({ length: 3000 }, (_, i) => Array.from({ length: 40 + (i % 30) }, (_, j) => (i + j) % 98));
  const { files, described, form } = await packed(docs, { length: 100, sequences: 1500, bytesPerToken: 2 });
  const stream = docs.flatMap((document) => [...document, EOS]);
  const set = await openTokens(files, 'data', described, form);
  expect(described.tokens).toBe(150_000);
  expect(Array.from(await set.sequence(1234))).toEqual(stream.slice(123_400, 123_500));
  expect(described.crc32).toBe(new Crc32().add(files.content('data/x.tokens')).digits);
});

it('has the check value of CRC-32', () => {
  expect(new Crc32().add(new TextEncoder().encode('1234')).add(new TextEncoder().encode('56789')).digits).toBe('cbf43926');
});

it('leaves nothing when given up', async () => {
  const files = new MemoryFiles();
  const writer = await SequenceWriter.create(files, 'data', 'x.tokens', { length: 4, sequences: 10, eosId: EOS, bytesPerToken: 2 });
  await writer.add([1, 2, 3, 4, 5, 6]);
  await writer.abort();
  expect(files.paths).toEqual([]);
});
