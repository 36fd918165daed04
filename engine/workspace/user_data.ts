/**
 * What belongs to the user and not to a project: preferences, recent libraries, the project used last. Losing it costs
 * little, so a file that cannot be read counts as empty.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { preferencesSchema, type Preferences, type Recent } from '../protocol/workspace.ts';
import { writeFileAtomic } from './atomic_write.ts';

const MAX_RECENTS = 10;

const fileSchema = z.object({
  preferences: preferencesSchema.default({ theme: 'system' }),
  recents: z.array(z.object({ path: z.string(), label: z.string(), opened_at: z.string() })).default([]),
  last_project: z.string().optional(),
});
type UserFile = z.infer<typeof fileSchema>;

/** `~/PuzzleWorkbench`, or PUZZLE_HOME: the user's file and the default project are in it. */
export function homeFolder(): string {
  return process.env['PUZZLE_HOME'] ?? path.join(os.homedir(), 'PuzzleWorkbench');
}

export function defaultProjectFolder(): string {
  return path.join(homeFolder(), 'default');
}

export class UserData {
  readonly #file: string;
  #content: UserFile;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, content: UserFile) {
    this.#file = file;
    this.#content = content;
  }

  static async open(folder = homeFolder()): Promise<UserData> {
    const file = path.join(folder, 'preferences.json');
    let content: UserFile;
    try {
      content = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      content = fileSchema.parse({});
    }
    return new UserData(file, content);
  }

  get preferences(): Preferences {
    return this.#content.preferences;
  }

  get lastProject(): string | undefined {
    return this.#content.last_project;
  }

  async savePreferences(preferences: Preferences): Promise<void> {
    await this.#change({ preferences });
  }

  async rememberProject(folder: string): Promise<void> {
    if (this.#content.last_project !== folder) await this.#change({ last_project: folder });
  }

  async addRecent(file: string, label: string): Promise<void> {
    const entry = { path: file, label, opened_at: new Date().toISOString() };
    const others = this.#content.recents.filter((recent) => recent.path !== file);
    await this.#change({ recents: [entry, ...others].slice(0, MAX_RECENTS) });
  }

  /** Newest first; whether each still exists is looked up now. */
  recents(): Recent[] {
    return this.#content.recents.map((recent) => ({
      id: recentId(recent.path),
      label: recent.label,
      opened_at: recent.opened_at,
      exists: existsSync(recent.path),
    }));
  }

  recentPath(id: string): string | undefined {
    return this.#content.recents.find((recent) => recentId(recent.path) === id)?.path;
  }

  async #change(change: Partial<UserFile>): Promise<void> {
    this.#content = { ...this.#content, ...change };
    const text = `${JSON.stringify(this.#content, undefined, 1)}\n`;
    this.#writing = this.#writing.then(() => writeFileAtomic(this.#file, text));
    try {
      await this.#writing;
    } catch {
      // Forgetting a preference must never stop the work.
      this.#writing = Promise.resolve();
    }
  }
}

function recentId(file: string): string {
  return createHash('sha256').update(file).digest('hex').slice(0, 16);
}
