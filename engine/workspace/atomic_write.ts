/**
 * Writing a file so that a reader, and a process killed at any moment, sees the old or the new content and nothing
 * in between: temporary file in the same folder, fsync, rename, fsync of the folder.
 */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** Virus scanners and indexers hold files for a moment on Windows. */
const RETRY_AFTER_MS = [10, 50, 200, 500];
const RETRYABLE = new Set(['EPERM', 'EBUSY', 'EACCES']);

const TEMPORARY = /^\..+\.\d+\.\d+\.tmp$/;

let counter = 0;

/** @throws the file system's own error, with the target as it was and no temporary file left behind. */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}.${++counter}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameWithRetry(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Clears what killed processes left half-written in a folder; only for whoever alone may write there. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (TEMPORARY.test(name)) await rm(path.join(folder, name), { force: true });
  }
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
