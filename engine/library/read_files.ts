/**
 * Reads from disk what an import may need, and no more: JSON files in a folder and one level below, their sizes
 * checked before any is read. A single file of a library that spans several brings its siblings.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { WorkbenchError } from '../protocol/errors.ts';
import { mayBelong } from './import.ts';
import { checkImportSize } from './import_file.ts';
import type { ImportFile } from './import_file.ts';

const SCORES_FOLDER = 'single_sequence_replacement_solutions--validation';
/** A folder holds a library, not a disk: beyond this it was picked by mistake. */
const MAX_FILES = 20_000;
/** Files that are useless alone, and what to read with them. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [
    ['block_library.json', 'measurement_info.json', 'parent_block_stats.json'],
    ['replacement_library.json', 'subblock_stats.json', 'single_sequence_replacement_solutions.json', SCORES_FOLDER],
  ].flatMap((group) => group.map((name) => [name, group])),
);

/** Throws `not_found`, `io` or `too_large`, naming the path. */
export async function readImportFiles(picked: string): Promise<ImportFile[]> {
  const info = await attempt(picked, () => stat(picked));
  const folder = info.isDirectory() ? picked : path.dirname(picked);
  let paths: string[];
  if (info.isDirectory()) {
    paths = await filesIn(picked, await attempt(picked, () => readdir(picked)));
  } else {
    const name = path.basename(picked);
    const siblings = COMPANIONS[name] ?? [];
    const present = siblings.length === 0 ? [] : (await attempt(folder, () => readdir(folder))).filter((entry) => siblings.includes(entry));
    paths = [...new Set([name, ...(await filesIn(folder, present))])];
  }
  const sizes = await Promise.all(
    paths.map(async (relative) => ({ path: relative, size: (await attempt(relative, () => stat(path.join(folder, relative)))).size })),
  );
  checkImportSize(sizes);
  const files: ImportFile[] = [];
  for (const relative of paths) {
    files.push({ path: relative, bytes: await attempt(relative, () => readFile(path.join(folder, relative))) });
  }
  return files;
}

/** Of the named entries, the files that may belong to a library, and those one level below. */
async function filesIn(folder: string, entries: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of [...entries].sort()) {
    const info = await stat(path.join(folder, entry)).catch(() => undefined);
    if (info?.isFile() === true && mayBelong(entry)) found.push(entry);
    if (info?.isDirectory() === true && !entry.startsWith('.') && entry !== 'node_modules') {
      const below = await readdir(path.join(folder, entry), { withFileTypes: true }).catch(() => []);
      found.push(...below.filter((inner) => inner.isFile() && mayBelong(inner.name)).map((inner) => `${entry}/${inner.name}`).sort());
    }
    if (found.length > MAX_FILES) {
      throw new WorkbenchError('too_large', `${folder}: more than ${MAX_FILES} JSON files, which is no block library.`, {
        details: { file: folder, expected: `at most ${MAX_FILES} JSON files`, found: `${found.length} and more` },
        hint: 'Pick the folder of the block library itself.',
      });
    }
  }
  return found;
}

async function attempt<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') throw new WorkbenchError('not_found', `${file}: no such file or folder.`, { details: { file } });
    const reason = code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : error instanceof Error ? error.message : String(error);
    throw new WorkbenchError('io', `${file}: ${reason}.`, { details: { file }, retryable: true });
  }
}
