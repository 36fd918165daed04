/**
 * The folder of one training run: `run.json`, `log.jsonl`, and `done/<job>.json`, which marks a job as done and is written
 * after all its files. The same in a project and anywhere a command line puts it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import { runStateSchema, type JobSpec, type RunState } from '../protocol/train.ts';
import { copyFileAtomic, removeTemporaryFiles, writeFileAtomic } from './atomic_write.ts';
import { lockHolder, takeLock } from './lock.ts';

const RUN_FILE = 'run.json';
const DONE = 'done';

/** What stays of a job that is done. `memory` as the trainer process reported it. */
const doneSchema = z.object({
  format: z.literal('puzzle-workbench/job-done'),
  version: z.literal(1),
  spec_sha256: z.string(),
  seconds: z.number(),
  memory: z.unknown().optional(),
  result: z.unknown().optional(),
});

export interface DoneJob {
  /** What the job returned, as JSON keeps it. */
  readonly result: unknown;
  /** Of its last attempt. */
  readonly seconds: number;
  readonly memory: unknown;
}

export class RunFolder {
  /** Absolute. */
  readonly path: string;
  #writing: Promise<void> = Promise.resolve();
  /** The newest state not yet begun to be written. */
  #newest: RunState | undefined;

  constructor(folder: string) {
    this.path = path.resolve(folder);
  }

  /** Undefined where there is no run. @throws WorkbenchError `bad_input` where its file cannot be read as one. */
  async read(): Promise<RunState | undefined> {
    const file = path.join(this.path, RUN_FILE);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') throw new WorkbenchError('bad_input', `${this.path} is a file; a run needs a folder.`);
      throw error;
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw badInput(file, '', 'JSON', 'something else', 'Move the folder away to make room for a new run.');
    }
    const parsed = runStateSchema.safeParse(json);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw badInput(file, issue?.path.join('.') ?? '', 'the state of a run', issue?.message ?? 'something else', 'It may be from another version of the product.');
  }

  /** Writes whole states one after the other; of several waiting ones only the newest. */
  write(state: RunState): Promise<void> {
    this.#newest = state;
    const write = this.#writing.then(async () => {
      const newest = this.#newest;
      if (newest === undefined) return;
      this.#newest = undefined;
      await writeFileAtomic(path.join(this.path, RUN_FILE), `${JSON.stringify(newest, undefined, 1)}\n`);
    });
    this.#writing = write.catch(() => undefined);
    return write;
  }

  /** What is kept of a job, where it was done with this very specification. */
  async done(spec: JobSpec): Promise<DoneJob | undefined> {
    let text: string;
    try {
      text = await readFile(this.#doneFile(spec), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const { spec_sha256, result, seconds, memory } = doneSchema.parse(JSON.parse(text));
      return spec_sha256 === specHash(spec) ? { result, seconds, memory } : undefined;
    } catch {
      // A marker that cannot be read marks nothing.
      return undefined;
    }
  }

  async markDone(spec: JobSpec, { result, seconds, memory }: DoneJob): Promise<void> {
    const content: z.infer<typeof doneSchema> = { format: 'puzzle-workbench/job-done', version: 1, spec_sha256: specHash(spec), seconds, memory, result };
    await writeFileAtomic(this.#doneFile(spec), `${JSON.stringify(content, undefined, 1)}\n`);
  }

  /** Whether a job is marked as done, whatever its specification was. */
  async isMarked(id: string): Promise<boolean> {
    return (await this.#markedAtMs(id)) !== undefined;
  }

  /** When the last attempt at a job that is done began, at the latest; milliseconds since 1970. */
  async begunAtMs(spec: JobSpec): Promise<number | undefined> {
    const done = await this.done(spec);
    const marked = await this.#markedAtMs(spec.id);
    return done === undefined || marked === undefined ? undefined : marked - 1000 * done.seconds;
  }

  /** Marks a job as done like another run has it, once its files are here. @throws the file system's own error. */
  async markDoneLike(other: RunFolder, id: string): Promise<void> {
    await copyFileAtomic(other.#doneFile({ id }), this.#doneFile({ id }));
  }

  /** Has a job done again, whatever was made of it. */
  async unmark(id: string): Promise<void> {
    await rm(this.#doneFile({ id }), { force: true });
  }

  /**
   * Makes this process the only one to run jobs here, and clears what killed ones left half-written.
   * @throws WorkbenchError `conflict` naming who runs it.
   */
  async take(): Promise<() => void> {
    await mkdir(this.path, { recursive: true });
    const lock = await takeLock(this.path);
    if (lock.kind === 'taken') throw new WorkbenchError('conflict', `The run in ${this.path} is under way in ${lock.by}.`, { hint: 'Wait for it, or stop it there.' });
    try {
      await removeTemporaryFiles(this.path, { deep: true });
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock.release;
  }

  /** Which living process runs it, this one included. */
  holder(): Promise<string | undefined> {
    return lockHolder(this.path);
  }

  async #markedAtMs(id: string): Promise<number | undefined> {
    try {
      return (await stat(this.#doneFile({ id }))).mtimeMs;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #doneFile({ id }: Pick<JobSpec, 'id'>): string {
    return path.join(this.path, DONE, `${id}.json`);
  }
}

/** Equal for specifications that say the same, in whatever order. */
export function specHash(spec: unknown): string {
  return createHash('sha256').update(canonical(spec)).digest('hex');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
