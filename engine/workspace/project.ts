/**
 * A project folder: `project.json` and `libraries/*.json`. Owns who may write, the revision of the document, and what
 * happens with a file that cannot be read: it is set aside, never overwritten.
 */
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { WorkbenchError } from '../protocol/errors.ts';
import {
  documentSchema,
  projectFileSchema,
  type ProjectDocument,
  type ProjectFile,
  type ProjectState,
} from '../protocol/workspace.ts';
import { removeTemporaryFiles, writeFileAtomic } from './atomic_write.ts';
import { takeLock } from './lock.ts';

const PROJECT_FILE = 'project.json';
const LIBRARIES = 'libraries';
/** Library ids become file names. */
const LIBRARY_ID = /^[a-z0-9][a-z0-9._-]{0,120}$/;

export class Project {
  readonly folder: string;
  readonly #readOnly: string | undefined;
  readonly #recovered: string | undefined;
  readonly #release: () => void;
  readonly #listeners = new Set<(state: ProjectState) => void>();
  #document: ProjectDocument;
  #revision = 1;
  /** Saves run one after the other, so that the newest is the last on disk. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    folder: string,
    document: ProjectDocument,
    readOnly: string | undefined,
    recovered: string | undefined,
    release: () => void,
  ) {
    this.folder = folder;
    this.#document = document;
    this.#readOnly = readOnly;
    this.#recovered = recovered;
    this.#release = release;
  }

  /**
   * Opens a folder, creating it where it is missing; read-only where another process holds it or it cannot be written.
   * @throws WorkbenchError `io` where it cannot even be read, `bad_input` where a newer version of the product wrote it.
   */
  static async open(folder: string): Promise<Project> {
    let readOnly: string | undefined;
    let release = (): void => undefined;
    try {
      await mkdir(path.join(folder, LIBRARIES), { recursive: true });
      const lock = await takeLock(folder);
      if (lock.kind === 'held') {
        release = lock.release;
        await removeTemporaryFiles(folder);
        await removeTemporaryFiles(path.join(folder, LIBRARIES));
      }
      else readOnly = `The project is open in ${lock.by}.`;
    } catch (error) {
      if (isCode(error, 'EEXIST') || isCode(error, 'ENOTDIR')) {
        throw new WorkbenchError('io', `${folder} cannot be a project folder: there is a file in its place.`, {
          hint: 'Choose another folder with --project DIR.',
        });
      }
      if (isCode(error, 'ENOENT')) throw error;
      readOnly = `The folder cannot be written: ${error instanceof Error ? error.message : String(error)}.`;
    }
    try {
      const { document, recovered } = await readDocument(folder, readOnly === undefined);
      return new Project(folder, document, readOnly, recovered, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  state(): ProjectState {
    return {
      folder: this.folder,
      revision: this.#revision,
      document: this.#document,
      read_only: this.#readOnly,
      recovered: this.#recovered,
    };
  }

  /** Told after every save. */
  onChange(listener: (state: ProjectState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Writes a new document. `baseRevision` is the revision it was made from.
   * @returns the new revision. @throws WorkbenchError `conflict` where someone else saved since or holds the project.
   */
  async save(document: ProjectDocument, baseRevision: number): Promise<number> {
    this.#assertWritable();
    if (baseRevision !== this.#revision) {
      throw new WorkbenchError('conflict', 'The project was changed in another window since this one read it.', {
        hint: 'Reload this window to see those changes.',
      });
    }
    const before = this.#document;
    const revision = ++this.#revision;
    this.#document = documentSchema.parse(document);
    const file: ProjectFile = {
      format: 'puzzle-workbench/project',
      version: 1,
      saved_at: new Date().toISOString(),
      document: this.#document,
    };
    const write = this.#writing.then(() =>
      writeFileAtomic(path.join(this.folder, PROJECT_FILE), `${JSON.stringify(file, undefined, 1)}\n`),
    );
    this.#writing = write.catch(() => undefined);
    try {
      await write;
    } catch (error) {
      // Unless a later save is under way, the caller's revision stands, so that it can try again.
      if (this.#revision === revision) {
        this.#revision = baseRevision;
        this.#document = before;
      }
      throw new WorkbenchError('io', `The project could not be saved: ${error instanceof Error ? error.message : String(error)}.`, {
        hint: 'Free space on the disk or choose another folder; the last saved state is intact.',
        retryable: true,
      });
    }
    for (const listener of this.#listeners) listener(this.state());
    return revision;
  }

  /** Paths of the stored libraries by id. */
  async libraryFiles(): Promise<ReadonlyMap<string, string>> {
    const folder = path.join(this.folder, LIBRARIES);
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (isCode(error, 'ENOENT')) return new Map();
      throw error;
    }
    return new Map(
      names
        .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
        .sort()
        .map((name) => [name.slice(0, -'.json'.length), path.join(folder, name)]),
    );
  }

  async writeLibrary(id: string, content: Uint8Array): Promise<void> {
    this.#assertWritable();
    await writeFileAtomic(this.#libraryFile(id), content);
  }

  async removeLibrary(id: string): Promise<void> {
    this.#assertWritable();
    await rm(this.#libraryFile(id), { force: true });
  }

  get writable(): boolean {
    return this.#readOnly === undefined;
  }

  /** Gives the lock back; safe to call more than once and from an exit handler. */
  close(): void {
    this.#release();
  }

  /** Resolves when nothing is being written. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #libraryFile(id: string): string {
    if (!LIBRARY_ID.test(id)) throw new WorkbenchError('bad_input', `"${id}" is not the id of a library.`);
    return path.join(this.folder, LIBRARIES, `${id}.json`);
  }

  #assertWritable(): void {
    if (this.#readOnly === undefined) return;
    throw new WorkbenchError('conflict', `${this.#readOnly} Changes here are not saved.`, {
      hint: 'Close the other one, or open another folder with --project DIR.',
    });
  }
}

async function readDocument(
  folder: string,
  mayWrite: boolean,
): Promise<{ document: ProjectDocument; recovered: string | undefined }> {
  const file = path.join(folder, PROJECT_FILE);
  const empty = documentSchema.parse({ name: path.basename(folder) });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { document: empty, recovered: undefined };
    throw new WorkbenchError('io', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  let problem: string;
  try {
    const json: unknown = JSON.parse(text);
    const parsed = projectFileSchema.safeParse(json);
    if (parsed.success) return { document: parsed.data.document, recovered: undefined };
    if (isNewer(json)) {
      throw new WorkbenchError('bad_input', `${file} was written by a newer version of Puzzle Workbench.`, {
        hint: 'Update the product, or open another folder with --project DIR.',
      });
    }
    const issue = parsed.error.issues[0];
    problem = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a project'}`;
  } catch (error) {
    if (error instanceof WorkbenchError) throw error;
    problem = 'it is not JSON';
  }
  if (!mayWrite) return { document: empty, recovered: `${PROJECT_FILE} could not be read (${problem}).` };
  const aside = `${PROJECT_FILE}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  await rename(file, path.join(folder, aside));
  return {
    document: empty,
    recovered: `${PROJECT_FILE} could not be read (${problem}) and was set aside as ${aside}; the libraries are untouched.`,
  };
}

function isNewer(json: unknown): boolean {
  return (
    typeof json === 'object' &&
    json !== null &&
    'format' in json &&
    json.format === 'puzzle-workbench/project' &&
    'version' in json &&
    typeof json.version === 'number' &&
    json.version > 1
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
