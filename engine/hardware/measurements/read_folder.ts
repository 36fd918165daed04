/**
 * Timings from disk. A named file is read whatever it is called; of a folder, the Parquet, CSV and text files in it and
 * up to four levels below, since published tables lie at `<family>/<program>/<version>/`. Sizes are checked first.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { WorkbenchError } from '../../protocol/errors.ts';
import { SUPPORTED_TABLES, checkSizes, type MeasurementFile } from './measurement_file.ts';

const TABLE_NAME = /\.(parquet|csv|txt)$/i;
const MAX_DEPTH = 4;
const MAX_FILES = 500;

/** @throws WorkbenchError `not_found`, `io`, `too_large`, or `bad_input` for a folder without tables */
export async function readMeasurementFiles(picked: readonly string[]): Promise<MeasurementFile[]> {
  const paths: { name: string; full: string; size: number }[] = [];
  for (const start of picked) {
    const info = await attempt(start, () => stat(start));
    if (!info.isDirectory()) {
      paths.push({ name: path.basename(start), full: start, size: info.size });
      continue;
    }
    const inside = await tablesIn(start, '', 0);
    if (inside.length === 0) {
      throw new WorkbenchError('bad_input', `${start}: expected kernel tables, found no Parquet, CSV or text file.`, { details: { file: start }, hint: SUPPORTED_TABLES });
    }
    for (const name of inside) {
      const full = path.join(start, name);
      paths.push({ name, full, size: (await attempt(full, () => stat(full))).size });
    }
  }
  checkSizes(paths.map(({ name, size }) => ({ path: name, size })));
  const files: MeasurementFile[] = [];
  for (const { name, full } of paths) files.push({ path: name, bytes: await attempt(full, () => readFile(full)) });
  return files;
}

async function tablesIn(root: string, below: string, depth: number): Promise<string[]> {
  const folder = path.join(root, below);
  const entries = await attempt(folder, () => readdir(folder, { withFileTypes: true }));
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (entry.isDirectory() && depth < MAX_DEPTH) found.push(...(await tablesIn(root, name, depth + 1)));
    else if (entry.isFile() && TABLE_NAME.test(entry.name)) found.push(name);
    if (found.length > MAX_FILES) {
      throw new WorkbenchError('too_large', `${root}: more than ${MAX_FILES} tables.`, {
        details: { file: root, expected: `at most ${MAX_FILES} files`, found: `${found.length} and more` },
        hint: 'Pick the folder of one device and version.',
      });
    }
  }
  return found;
}

async function attempt<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof WorkbenchError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') throw new WorkbenchError('not_found', `${file}: no such file or folder.`, { details: { file } });
    const reason = code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : error instanceof Error ? error.message : String(error);
    throw new WorkbenchError('io', `${file}: ${reason}.`, { details: { file }, retryable: true });
  }
}
