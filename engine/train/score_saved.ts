/** Scores of a job so far, kept across stops: each costs a pass through the model. */
import { z } from 'zod';
import { layerScoresSchema, type JobOf, type LayerScores, type Quality } from '../protocol/train.ts';
import { readText, writeAll, type Files } from '../transformer/files.ts';

const savedSchema = layerScoresSchema.pick({ parent: true, variants: true }).extend({ identity: z.string() });
type Saved = z.infer<typeof savedSchema>;

export class SavedScores {
  readonly #files: Files;
  readonly #path: string;
  readonly #identity: string;

  constructor(files: Files, spec: JobOf<'score_blocks'>) {
    this.#files = files;
    this.#path = `state/${spec.id}.scores.json`;
    this.#identity = JSON.stringify(spec);
  }

  /** What an earlier attempt at the same specification left behind. */
  async read(): Promise<Saved | undefined> {
    if (!(await this.#files.exists(this.#path))) return undefined;
    const saved = savedSchema.safeParse(JSON.parse(await readText(this.#files, this.#path)));
    return saved.success && saved.data.identity === this.#identity ? saved.data : undefined;
  }

  write(parent: Quality, variants: LayerScores['variants']): Promise<void> {
    return writeAll(this.#files, this.#path, JSON.stringify({ identity: this.#identity, parent, variants } satisfies Saved));
  }

  /** Once the result is written. */
  remove(): Promise<void> {
    return this.#files.remove(this.#path);
  }
}
