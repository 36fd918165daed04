/** The models of an evaluation, opened, as paths of blocks from an embedding to a head. */
import { badInput } from '../protocol/errors.ts';
import type { JobOf } from '../protocol/train.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import type { Files } from '../transformer/files.ts';
import { blockOrigins } from './assemble_block.ts';
import { openModel, type OpenModel } from './assemble_model.ts';
import type { Stage } from './evaluation_tree.ts';

export interface EvaluatedModel {
  readonly name: string;
  /** The checkpoint that embedding, final norm and head come from. */
  readonly base: Checkpoint;
  readonly stages: readonly Stage[];
}

type Named = JobOf<'evaluate'>['models'][number];

export class EvaluatedModels {
  readonly parent: EvaluatedModel;
  /** In the order asked for. */
  readonly models: readonly EvaluatedModel[];
  readonly #open: readonly { close(): Promise<void> }[];

  private constructor(parent: EvaluatedModel, models: readonly EvaluatedModel[], open: readonly { close(): Promise<void> }[]) {
    this.parent = parent;
    this.models = models;
    this.#open = open;
  }

  /** @throws WorkbenchError where a model cannot be opened, or is not of the parent's width and vocabulary. */
  static async open(files: Files, parentFolder: string, named: readonly Named[]): Promise<EvaluatedModels> {
    const open: { close(): Promise<void> }[] = [];
    try {
      const checkpoints = new Map<string, Checkpoint>();
      const checkpoint = async (folder: string): Promise<Checkpoint> => {
        const known = checkpoints.get(folder);
        if (known !== undefined) return known;
        const opened = await openCheckpoint(files, folder);
        open.push(opened);
        checkpoints.set(folder, opened);
        return opened;
      };
      const base = await checkpoint(parentFolder);
      const parent = { name: 'parent', base, stages: await stagesOf(files, base, { parent: base, blocks: '', trained: true }) };
      const models: EvaluatedModel[] = [];
      for (const { name, source } of named) {
        const own = await checkpoint(source.kind === 'composed' ? source.parent : source.folder);
        checkComparable(source.kind === 'composed' ? source.parent : source.folder, own, base);
        if (source.kind === 'checkpoint') {
          models.push({ name, base: own, stages: await stagesOf(files, own, { parent: own, blocks: '', trained: true }) });
          continue;
        }
        const model = await openModel(files, source, own);
        models.push({ name, base: own, stages: await stagesOf(files, model, { parent: own, blocks: source.blocks, trained: source.trained }) });
      }
      return new EvaluatedModels(parent, models, open);
    } catch (thrown) {
      for (const one of open) await one.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    for (const one of this.#open) await one.close();
  }
}

interface Origin {
  readonly parent: Checkpoint;
  readonly blocks: string;
  readonly trained: boolean;
}

/** A checkpoint is its own parent: all of its blocks are that one's. */
async function stagesOf(files: Files, model: OpenModel | Checkpoint, origin: Origin): Promise<readonly Stage[]> {
  const stages: Stage[] = [];
  const isOwn = model === origin.parent;
  for (const [index, block] of model.architecture.blocks.entries()) {
    const choice = isOwn ? { ...block, parent_layers: [index] } : block;
    const { attention, ffn } = await blockOrigins({ files, ...origin }, choice);
    stages.push({
      key: [origin.parent.folder, choice.parent_layers.join('-'), ...[attention, ffn].map((word) => (word.startsWith('initial') ? `${word} of ${origin.blocks}` : word))].join(' | '),
      block,
      load: () => model.block(index),
    });
  }
  return stages;
}

function checkComparable(folder: string, { architecture: { shape } }: Checkpoint, { folder: parentFolder, architecture: { shape: parent } }: Checkpoint): void {
  for (const field of ['vocab_size', 'hidden_size'] as const) {
    if (shape[field] !== parent[field]) throw badInput(folder, field, `${parent[field]}, as in ${parentFolder}`, String(shape[field]), 'Evaluate children of this parent.');
  }
}
