/**
 * `from.json` of a run that is to take over what another one has done: there from when that was asked for until it is done, so
 * that a run that was killed in between does it first of all.
 */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from './atomic_write.ts';
import { RunFolder } from './run_folder.ts';

const FILE = 'from.json';
/** Relative to the run's folder, with `/`, so that both can be moved together. */
const sourceSchema = z.object({ folder: z.string().min(1) });

/** The other run; undefined where nothing is to be taken over any more. */
export async function sourceOf(run: RunFolder): Promise<RunFolder | undefined> {
  try {
    const { folder } = sourceSchema.parse(JSON.parse(await readFile(path.join(run.path, FILE), 'utf8')));
    return new RunFolder(path.resolve(run.path, folder));
  } catch {
    // What cannot be read is no reason not to run.
    return undefined;
  }
}

export async function setSource(run: RunFolder, source: RunFolder): Promise<void> {
  const folder = path.relative(run.path, source.path).split(path.sep).join('/');
  await writeFileAtomic(path.join(run.path, FILE), `${JSON.stringify({ folder } satisfies z.infer<typeof sourceSchema>)}\n`);
}

export async function clearSource(run: RunFolder): Promise<void> {
  await rm(path.join(run.path, FILE), { force: true });
}
