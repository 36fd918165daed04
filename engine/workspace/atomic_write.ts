/**
 * Writing a file so that a reader, and a process killed at any moment, sees the old or the new content and nothing
 * in between: temporary file in the same folder, fsync, rename, fsync of the folder.
 */
import { constants, copyFile, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** Virus scanners and indexers hold files for a moment on Windows. */
const RETRY_AFTER_MS = [10, 50, 200, 500];
const RETRYABLE = new Set(['EPERM', 'EBUSY', 'EACCES']);

const TEMPORARY = /^\..+\.\d+\.\d+\.tmp$/;

let counter = 0;

/** Whether a file name is that of a file being written, or left behind so. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** A file being written piece by piece; the target is as it was until `commit`. */
export class AtomicFile {
  readonly #target: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #open = true;

  private constructor(target: string, temporary: string, handle: FileHandle) {
    this.#target = target;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Makes the target's folder where it is missing. @throws the file system's own error. */
  static async create(target: string): Promise<AtomicFile> {
    const temporary = await temporaryOf(target);
    return new AtomicFile(target, temporary, await open(temporary, 'wx'));
  }

  /**
   * One that holds what `source` does, without taking space on disk twice where the file system can share it until one of the
   * two changes. @throws the file system's own error, leaving nothing behind.
   */
  static async copyOf(source: string, target: string): Promise<AtomicFile> {
    const temporary = await temporaryOf(target);
    try {
      await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      return new AtomicFile(target, temporary, await open(temporary, 'r+'));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async write(content: string | Uint8Array): Promise<void> {
    await this.#handle.writeFile(content);
  }

  /** Puts the new content in the target's place. @throws the file system's own error, leaving everything as it was. */
  async commit(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      await renameWithRetry(this.#temporary, this.#target);
    } catch (error) {
      await this.abort();
      throw error;
    }
    await syncFolder(path.dirname(this.#target));
  }

  /** Leaves nothing behind; harmless after `commit`. */
  async abort(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

/** @throws the file system's own error, with the target as it was and no temporary file left behind. */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const target = await AtomicFile.create(file);
  try {
    await target.write(content);
  } catch (error) {
    await target.abort();
    throw error;
  }
  await target.commit();
}

/** The same for a copy of a file. */
export async function copyFileAtomic(source: string, target: string): Promise<void> {
  await (await AtomicFile.copyOf(source, target)).commit();
}

/** Clears what killed processes left half-written in a folder; only for whoever alone may write there. */
export async function removeTemporaryFiles(folder: string, { deep = false }: { readonly deep?: boolean } = {}): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isTemporaryName(entry.name)) await rm(path.join(folder, entry.name), { force: true });
    else if (deep && entry.isDirectory()) await removeTemporaryFiles(path.join(folder, entry.name), { deep });
  }
}

/** In the same folder, which is made where it is missing. */
async function temporaryOf(target: string): Promise<string> {
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  return path.join(folder, `.${path.basename(target)}.${process.pid}.${++counter}.tmp`);
}

async function renameWithRetry(from: string, to: string): Promise<void> {
  for (const wait of RETRY_AFTER_MS) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && RETRYABLE.has(String(error.code)))) throw error;
      await delay(wait);
    }
  }
  await rename(from, to);
}

/** Makes the rename itself durable; not every file system allows opening a folder. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The content is safe either way; at worst the previous version is found after a power cut.
  }
}
