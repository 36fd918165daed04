/**
 * Small files that the shell keeps for itself, such as where the window was. Writes replace the whole file at once
 * (temp file, fsync, rename); a file that is missing or damaged counts as empty, since nothing in it is worth an error.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';

/** Either the old bytes or all the new ones are there afterwards, whatever happens in between. */
export function writeFileAtomically(file: string, bytes: string | Uint8Array): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file).slice(0, 100)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    const descriptor = openSync(temporary, 'wx');
    try {
      writeFileSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

export function readStateFile<S extends z.ZodType>(file: string, schema: S): z.infer<S> | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Loses the state rather than disturbing the user when the disk refuses; says so in the log. */
export function writeStateFile(file: string, state: unknown): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomically(file, `${JSON.stringify(state)}\n`);
  } catch (error) {
    console.error(`Could not write ${path.basename(file)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
