/**
 * One writer per project: a lock file naming the process that holds it. A lock whose process is gone, or which is
 * older than the machine's start, is taken over.
 */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';

const FILE = '.lock';
/** Between its creation and its content a lock file is empty for a moment. */
const WRITING_MS = 5_000;

const holderSchema = z.object({ pid: z.number().int(), host: z.string(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

export type LockResult =
  | { readonly kind: 'held'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly by: string };

/** Takes the lock of a project folder, or says who has it. @throws where the folder cannot be written at all. */
export async function takeLock(folder: string): Promise<LockResult> {
  const file = path.join(folder, FILE);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await open(file, 'wx');
      const holder: Holder = { pid: process.pid, host: os.hostname(), since: new Date().toISOString() };
      await handle.writeFile(JSON.stringify(holder));
      await handle.close();
      // Synchronous, so that it also works in an exit handler.
      return { kind: 'held', release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = await readHolder(file);
    if (holder === 'being written') return { kind: 'taken', by: 'another process that is just starting' };
    if (holder !== undefined && isAlive(holder)) {
      return { kind: 'taken', by: describe(holder) };
    }
    // Moved away before removal: of two processes that find the same stale lock only one can move it.
    const aside = `${file}.stale-${process.pid}`;
    try {
      await rename(file, aside);
      const moved = await readHolder(aside);
      if (moved !== undefined && moved !== 'being written' && isAlive(moved)) {
        // Between the look and the move another process took the lock: it gets it back.
        await rename(aside, file);
        return { kind: 'taken', by: describe(moved) };
      }
      await rm(aside, { force: true });
    } catch {
      // The other one was faster; the next attempt meets its lock.
    }
  }
  return { kind: 'taken', by: 'another process' };
}

/** Which living process holds a folder's lock, this one included; nothing is changed. */
export async function lockHolder(folder: string): Promise<string | undefined> {
  const holder = await readHolder(path.join(folder, FILE));
  if (holder === 'being written') return 'another process that is just starting';
  return holder !== undefined && isAlive(holder) ? describe(holder) : undefined;
}

function describe(holder: Holder): string {
  return `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
}

/** Undefined where the file is gone or was left behind half-written. */
async function readHolder(file: string): Promise<Holder | 'being written' | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    const parsed = holderSchema.safeParse(parseJson(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    return Date.now() - mtimeMs < WRITING_MS ? 'being written' : undefined;
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  // Another machine's processes cannot be seen from here: its word is taken.
  if (holder.host !== os.hostname()) return true;
  if (Date.parse(holder.since) < Date.now() - os.uptime() * 1000 - 1000) return false;
  if (holder.pid === process.pid) return true;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
