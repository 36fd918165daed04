/** Folders of the repository as the files of a job, read into memory. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MemoryFiles } from '../../engine/transformer/memory_files.ts';

const FIXTURES = path.resolve(import.meta.dirname, '..', 'fixtures');

/** The files of test/fixtures/`folder`, under their names. */
export function fixtureFiles(folder: string): MemoryFiles {
  const entries = readdirSync(path.join(FIXTURES, folder), { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new MemoryFiles(
    Object.fromEntries(
      entries.map(({ parentPath, name }) => {
        const file = path.join(parentPath, name);
        return [path.relative(path.join(FIXTURES, folder), file).replaceAll('\\', '/'), new Uint8Array(readFileSync(file))];
      }),
    ),
  );
}
