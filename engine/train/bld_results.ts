/** What a distillation job has to show so far: kept across stops group by group, and listed in the layer's `bld.json` at last. */
import { z } from 'zod';
import { blockTrainingSchema, layerTrainingSchema, type BlockTraining, type JobOf, type LayerTraining } from '../protocol/train.ts';
import { readText, writeAll } from '../transformer/files.ts';
import { trainingPath } from './block_files.ts';
import type { JobContext } from './job.ts';

const savedSchema = z.object({ identity: z.string(), results: z.array(blockTrainingSchema) });

export class LayerResults {
  readonly #spec: JobOf<'distil_blocks'>;
  readonly #context: JobContext;
  readonly #results = new Map<string, BlockTraining>();

  constructor(spec: JobOf<'distil_blocks'>, context: JobContext) {
    this.#spec = spec;
    this.#context = context;
  }

  /** Takes over the groups that were complete when an earlier attempt at the same specification ended. */
  async resume(): Promise<void> {
    const { files } = this.#context;
    if (!(await files.exists(this.#path))) return;
    const saved = savedSchema.safeParse(JSON.parse(await readText(files, this.#path)));
    if (saved.success && saved.data.identity === this.#identity) this.#keep(saved.data.results);
  }

  has(target: string): boolean {
    return this.#results.has(target);
  }

  async add(results: readonly BlockTraining[]): Promise<void> {
    this.#keep(results);
    await writeAll(this.#context.files, this.#path, JSON.stringify({ identity: this.#identity, results: [...this.#results.values()] } satisfies z.infer<typeof savedSchema>));
  }

  /**
   * Writes `bld.json`: `targets` in this order, one that needed no training as the parent's own. Targets of other jobs for the
   * same layers (the first stage of two) stay listed.
   */
  async finish(targets: readonly string[]): Promise<LayerTraining> {
    const { files, device } = this.#context;
    const { out, parent_layers: layers } = this.#spec;
    const path = trainingPath(out, layers);
    const before = (await files.exists(path)) ? layerTrainingSchema.parse(JSON.parse(await readText(files, path))).targets : [];
    const training: LayerTraining = {
      parent_layers: [...layers],
      targets: [
        ...before.filter(({ target }) => !targets.includes(target)),
        ...targets.map((target) => this.#results.get(target) ?? { target, initial_nmse: 0, final_nmse: 0, steps: 0, curve: [] }),
      ],
      device,
    };
    await writeAll(files, path, JSON.stringify(training));
    await files.remove(this.#path);
    return training;
  }

  #keep(results: readonly BlockTraining[]): void {
    for (const result of results) this.#results.set(result.target, result);
  }

  get #identity(): string {
    return JSON.stringify(this.#spec);
  }

  get #path(): string {
    return `state/${this.#spec.id}.groups.json`;
  }
}
