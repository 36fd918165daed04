/** The runs of a project: folders `runs/<id>`, each with a run.json. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { WorkbenchError } from '../protocol/errors.ts';
import { RunFolder } from './run_folder.ts';

const RUNS = 'runs';
/** Run ids become folder names. */
const RUN_ID = /^[a-z0-9][a-z0-9._-]{0,120}$/;

export class RunStore {
  readonly #folder: string;

  constructor(projectFolder: string) {
    this.#folder = path.join(projectFolder, RUNS);
  }

  /** Ids of all folders that may hold a run, in no particular order. */
  async ids(): Promise<string[]> {
    try {
      const entries = await readdir(this.#folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory() && RUN_ID.test(entry.name)).map(({ name }) => name);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }

  /** @throws WorkbenchError `bad_input` for what is not the id of a run. */
  folder(id: string): RunFolder {
    if (!RUN_ID.test(id)) throw new WorkbenchError('bad_input', `"${id}" is not the id of a run.`);
    return new RunFolder(path.join(this.#folder, id));
  }

  /** A new empty folder, whose id begins with a readable word. */
  async create(word: string): Promise<{ readonly id: string; readonly folder: RunFolder }> {
    const id = `${word}-${randomBytes(3).toString('hex')}`;
    const folder = this.folder(id);
    await mkdir(path.dirname(folder.path), { recursive: true });
    await mkdir(folder.path);
    return { id, folder };
  }

  /** Gone from the list at once, whatever may still be writing into it. */
  async remove(id: string): Promise<void> {
    const { path: folder } = this.folder(id);
    const aside = path.join(this.#folder, `.removed-${id}-${randomBytes(3).toString('hex')}`);
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Finishes removals that were cut short; only for whoever alone may write here. */
  async tidy(): Promise<void> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    for (const name of names.filter((each) => each.startsWith('.removed-'))) {
      await rm(path.join(this.#folder, name), { recursive: true, force: true });
    }
  }
}
