import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readImportFiles } from './read_files.ts';

const SCORES = 'single_sequence_replacement_solutions--validation';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'puzzle-read-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), '{}');
  }
}
const paths = async (picked: string): Promise<string[]> => (await readImportFiles(picked)).map((file) => file.path).sort();

describe('readImportFiles', () => {
  it('takes the JSON files of a folder and one level below, and nothing else', async () => {
    await put('block_library.json', 'LICENSE.txt', 'config.json', 'w.safetensors', 'sub/a.json', 'sub/deep/b.json', '.git/c.json');
    expect(await paths(folder)).toEqual(['block_library.json', 'sub/a.json']);
    const [first] = await readImportFiles(folder);
    expect(new TextDecoder().decode(first?.bytes)).toBe('{}');
  });

  it('brings the siblings of a file that is useless alone', async () => {
    await put('block_library.json', 'measurement_info.json', 'parent_block_stats.json', 'other.json');
    expect(await paths(path.join(folder, 'block_library.json'))).toEqual(['block_library.json', 'measurement_info.json', 'parent_block_stats.json']);
    await put('replacement_library.json', 'subblock_stats.json', `${SCORES}/teacher.json`, `${SCORES}/solution_0.json`);
    expect(await paths(path.join(folder, 'subblock_stats.json'))).toEqual([
      'replacement_library.json',
      `${SCORES}/solution_0.json`,
      `${SCORES}/teacher.json`,
      'subblock_stats.json',
    ]);
  });

  it('takes any other file alone, whatever its name', async () => {
    await put('my library', 'other.json');
    expect(await paths(path.join(folder, 'my library'))).toEqual(['my library']);
  });

  it('finds nothing in an empty folder', async () => {
    expect(await readImportFiles(folder)).toEqual([]);
  });

  it('refuses files that are too large without reading them', async () => {
    await put('big.json', 'small.json');
    await truncate(path.join(folder, 'big.json'), 64 * 2 ** 30);
    await expect(readImportFiles(folder)).rejects.toMatchObject({
      payload: { code: 'too_large', details: { file: 'big.json', expected: 'at most 128.0 MiB' } },
    });
  });

  it('names a path that is not there', async () => {
    const missing = path.join(folder, 'missing');
    await expect(readImportFiles(missing)).rejects.toMatchObject({
      message: `${missing}: no such file or folder.`,
      payload: { code: 'not_found', details: { file: missing } },
    });
  });
});
