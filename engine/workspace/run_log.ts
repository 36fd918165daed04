/**
 * `log.jsonl` of a run: what was said and drawn, one JSON value per line, appended. A process killed while writing leaves
 * the last line torn; it is passed over, and the next line begins on its own.
 */
import { appendFile, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { stepKindSchema } from '../protocol/train.ts';
import { runCellSchema, runLogLineSchema } from '../protocol/train_api.ts';

const FILE = 'log.jsonl';
/** Lines read before other work gets its turn. */
const LINES_AT_ONCE = 500;

export const runLogEntrySchema = z.discriminatedUnion('kind', [
  runLogLineSchema.extend({ kind: z.literal('line') }),
  runCellSchema.extend({ kind: z.literal('cell') }),
  z.object({
    kind: z.literal('points'),
    job: z.string(),
    step: stepKindSchema,
    parent_layers: z.array(z.number().int()).optional(),
    series: z.string(),
    points: z.array(z.tuple([z.number(), z.number()])),
  }),
]);
export type RunLogEntry = z.infer<typeof runLogEntrySchema>;

/** Readable entries in order; none where there is no log. */
export async function readRunLog(folder: string, onEntry: (entry: RunLogEntry) => void): Promise<void> {
  let text: string;
  try {
    text = await readFile(path.join(folder, FILE), 'utf8');
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  let count = 0;
  for (const line of text.split('\n')) {
    if (++count % LINES_AT_ONCE === 0) await turn();
    const entry = entryOf(line);
    if (entry !== undefined) onEntry(entry);
  }
}

/** Appends entries; the first call, or one after a failure, closes a torn last line. Calls must not overlap. */
export class RunLogWriter {
  readonly #file: string;
  #begun = false;

  constructor(folder: string) {
    this.#file = path.join(folder, FILE);
  }

  async append(entries: readonly RunLogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const torn = !this.#begun && !(await endsWithNewline(this.#file));
    // One that fails, as on a full disk, may leave a torn line too.
    this.#begun = false;
    await appendFile(this.#file, (torn ? '\n' : '') + entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    this.#begun = true;
  }
}

function entryOf(line: string): RunLogEntry | undefined {
  try {
    return runLogEntrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Also true of an empty or missing file. */
async function endsWithNewline(file: string): Promise<boolean> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size === 0) return true;
    const { buffer } = await handle.read(new Uint8Array(1), 0, 1, size - 1);
    return buffer[0] === 0x0a;
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
