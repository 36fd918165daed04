import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/job_context.ts';
import { MemoryFiles } from '../../transformer/memory_files.ts';
import { Crc32 } from './crc32.ts';
import type { DataDescription } from './data_format.ts';
import { openData } from './open.ts';
import { prepareData } from './prepare.ts';
import { openTokens } from './token_set.ts';

const sound: Record<string, Uint8Array<ArrayBuffer>> = {};
let description: DataDescription;

beforeAll(async () => {
  const files = new MemoryFiles();
  const data = { source: { kind: 'generated' }, sequence_length: 32, train_tokens: 3200, held_out_tokens: 640, task_examples: 4, seed: 3 } as const;
  description = await prepareData({ kind: 'prepare_data', id: 'data', data, folder: 'data' }, testContext({ files }));
  for (const path of files.paths) sound[path] = files.content(path);
});

function changed(path: string, change: (content: Uint8Array<ArrayBuffer>) => Uint8Array | string): MemoryFiles {
  const content = sound[path] ?? new Uint8Array(0);
  return new MemoryFiles({ ...sound, [path]: change(new Uint8Array(content)) });
}

function changedJson(path: string, change: (json: Record<string, unknown>) => unknown): MemoryFiles {
  return changed(path, (content) => JSON.stringify(change(JSON.parse(new TextDecoder().decode(content)) as Record<string, unknown>)));
}

describe('openData', () => {
  it('reads large files sequence by sequence, and the same', async () => {
    const files = new MemoryFiles(sound);
    const whole = await openTokens(files, 'data', description.train, description);
    const lazy = await openTokens(files, 'data', description.train, description, 0);
    const read = files.bytesRead.get('data/train.tokens') ?? 0;
    expect(await lazy.batch([7, 0, 99, 7])).toEqual(await whole.batch([7, 0, 99, 7]));
    expect((files.bytesRead.get('data/train.tokens') ?? 0) - read).toBe(4 * 32 * 2);
    expect(await lazy.sequence(42)).toEqual(await whole.sequence(42));
    await expect(lazy.sequence(100)).rejects.toThrow(RangeError);
    await expect(whole.sequence(-1)).rejects.toThrow(RangeError);
  });

  it.each([
    ['a missing token file', () => new MemoryFiles(Object.fromEntries(Object.entries(sound).filter(([path]) => path !== 'data/train.tokens'))), /no file data\/train\.tokens/],
    ['a token file cut short', () => changed('data/train.tokens', (bytes) => bytes.subarray(0, -3)), /data\/train\.tokens: expected 6400 bytes .*found 6397 bytes/],
    ['a changed bit', () => changed('data/held_out.tokens', (bytes) => bytes.fill((bytes[9] ?? 0) ^ 1, 9, 10)), /data\/held_out\.tokens: expected the checksum/],
    ['a description of another version', () => changedJson('data/data.json', (json) => ({ ...json, version: 2 })), /data\/data\.json, version/],
    ['no description', () => changed('data/data.json', () => '{'), /data\/data\.json: expected JSON/],
    ['an answer outside its tokens', () => changedJson('data/tasks.json', (json) => ({ ...json, examples: [{ task: 'copy', level: 1, tokens: [1, 2, 3], answer: [2, 5] }] })), /data\/tasks\.json, examples\.0\.answer: .*3 tokens/],
    ['an answer without a prompt', () => changedJson('data/tasks.json', (json) => ({ ...json, examples: [{ task: 'copy', level: 1, tokens: [1, 2, 3], answer: [0, 1] }] })), /data\/tasks\.json, examples\.0\.answer/],
    ['a task token outside the vocabulary', () => changedJson('data/tasks.json', (json) => ({ ...json, examples: [{ task: 'copy', level: 1, tokens: [1, 9999], answer: [1, 2] }] })), /examples\.0\.tokens\.1: expected an id below/],
  ])('refuses %s', async (_, files, message) => {
    await expect(openData(files(), 'data')).rejects.toThrow(message);
  });

  it('refuses ids outside the vocabulary whether read at once or not', async () => {
    const bytes = new Uint8Array(sound['data/train.tokens']!);
    new DataView(bytes.buffer).setUint16(2 * (32 * 5 + 3), description.vocabulary_size, true);
    const files = new MemoryFiles({ ...sound, 'data/train.tokens': bytes });
    const described = { ...description.train, crc32: new Crc32().add(bytes).digits };
    const message = /data\/train\.tokens, token 163: expected an id below \d+, found \d+/;
    await expect(openTokens(files, 'data', described, description)).rejects.toThrow(message);
    const lazy = await openTokens(files, 'data', described, description, 0);
    await lazy.sequence(4);
    await expect(lazy.sequence(5)).rejects.toThrow(message);
  });
});
