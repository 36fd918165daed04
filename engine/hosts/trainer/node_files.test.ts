import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkbenchError } from '../../protocol/errors.ts';
import { readAll, readText, writeAll, type Files } from '../../transformer/files.ts';
import { nodeFiles } from './node_files.ts';

let outer: string;
let root: string;
let files: Files;

beforeEach(async () => {
  outer = await mkdtemp(path.join(os.tmpdir(), 'files-'));
  root = path.join(outer, 'run');
  await mkdir(root);
  await writeFile(path.join(outer, 'secret'), 'mine');
  files = nodeFiles(root);
});
afterEach(() => rm(outer, { recursive: true }));

const refusal = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: WorkbenchError) => error.payload?.code ?? error.message,
  );

describe('files of a run', () => {
  it('are written with the folders they are in and read back in any piece', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const sink = await files.create('blocks/layer_0/kv2.safetensors');
    await sink.write(bytes.subarray(0, 70_000));
    await sink.write(bytes.subarray(70_000));
    await sink.commit();
    await sink.abort();
    expect(await readAll(files, 'blocks/layer_0/kv2.safetensors')).toEqual(bytes);
    const source = await files.open('blocks/layer_0/kv2.safetensors');
    expect(source.size).toBe(100_000);
    expect(await source.read(69_998, 5)).toEqual(bytes.slice(69_998, 70_003));
    expect(await refusal(source.read(99_999, 2))).toBe('bad_input');
    await source.close();
    await source.close();
  });

  it('appear when they are committed and never otherwise', async () => {
    await writeAll(files, 'state', 'old');
    const sink = await files.create('state');
    await sink.write(new TextEncoder().encode('half'));
    expect(await readText(files, 'state')).toBe('old');
    expect(await files.list('.')).toEqual(['state']);
    await sink.abort();
    expect(await readdir(root)).toEqual(['state']);
    expect(await readText(files, 'state')).toBe('old');
  });

  it('are listed in order, and nothing where there is no folder', async () => {
    for (const name of ['b', 'a', 'c/d']) await writeAll(files, `folder/${name}`, '');
    expect(await files.list('folder')).toEqual(['a', 'b', 'c']);
    expect(await files.list('absent')).toEqual([]);
    expect(await files.exists('folder/c')).toBe(true);
    expect(await files.exists('folder/e')).toBe(false);
  });

  it('are removed with all in them, and not where there is nothing', async () => {
    await writeAll(files, 'folder/a', '');
    await files.remove('folder');
    await files.remove('folder');
    expect(await files.exists('folder')).toBe(false);
    expect(await refusal(files.remove('.'))).toBe('bad_input');
  });

  it('that are missing, or folders, say so', async () => {
    expect(await refusal(files.open('absent'))).toBe('not_found');
    await mkdir(path.join(root, 'folder'));
    expect(await refusal(files.open('folder'))).toBe('bad_input');
    expect(await refusal(files.create('secret/under/file').then((sink) => sink.commit()))).toBeUndefined();
    expect(await refusal(files.create('secret/under/file/more'))).toBe('io');
  });

  it.each(['../secret', 'a/../../secret', 'a\\..\\..\\secret', '..', 'C:\\secret', 'C:secret', '\\\\server\\share'])('cannot be outside: %s', async (file) => {
    for (const attempt of [files.open(file), files.create(file), files.remove(file), files.list(file), files.exists(file)]) {
      expect(await refusal(attempt)).toBe('bad_input');
    }
    expect(await readFile(path.join(outer, 'secret'), 'utf8')).toBe('mine');
  });

  it('with absolute paths are read but never written or removed', async () => {
    const secret = path.join(outer, 'secret');
    expect(await readText(files, secret)).toBe('mine');
    expect(await refusal(files.create(secret))).toBe('bad_input');
    expect(await refusal(files.remove(secret))).toBe('bad_input');
  });
});
