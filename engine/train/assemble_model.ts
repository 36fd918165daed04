/** A model by its specification: a checkpoint as it is, or the parent with some layers replaced by blocks of a library. */
import { WorkbenchError } from '../protocol/errors.ts';
import type { ModelSource as ModelSpec } from '../protocol/train.ts';
import { variantId, type Architecture, type ChosenBlock } from '../protocol/variant.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import type { Files } from '../transformer/files.ts';
import type { ModelSource } from '../transformer/model_source.ts';
import { readBlock } from './assemble_block.ts';

/** Close it. */
export interface OpenModel extends ModelSource {
  /** The checkpoint that everything but replaced blocks comes from. */
  readonly base: Checkpoint;
  close(): Promise<void>;
}

/**
 * `parent` where the composed model's parent is open already; it then stays open.
 * @throws WorkbenchError `bad_input` where the choices do not cover every layer of the parent once.
 */
export async function openModel(files: Files, spec: ModelSpec, parent?: Checkpoint): Promise<OpenModel> {
  switch (spec.kind) {
    case 'checkpoint': {
      const base = await openCheckpoint(files, spec.folder);
      return { ...base, base };
    }
    case 'composed': {
      const base = parent ?? (await openCheckpoint(files, spec.parent));
      try {
        const { blocks, trained } = spec;
        const architecture = composedArchitecture(base.architecture, spec.choices);
        return {
          ...base,
          base,
          architecture,
          block: (index) => {
            const choice = architecture.blocks[index];
            if (choice === undefined) throw new RangeError(`There is no block ${index} among ${architecture.blocks.length}.`);
            return readBlock({ files, parent: base, blocks, trained }, choice);
          },
          close: () => (parent === undefined ? base.close() : Promise.resolve()),
        };
      } catch (thrown) {
        if (parent === undefined) await base.close();
        throw thrown;
      }
    }
    default:
      return spec satisfies never;
  }
}

/** The parent's shape with these blocks in order of depth. */
export function composedArchitecture(parent: Architecture, choices: readonly ChosenBlock[]): Architecture {
  const blocks = [...choices].sort((a, b) => (a.parent_layers[0] ?? 0) - (b.parent_layers[0] ?? 0));
  const covered = blocks.flatMap(({ parent_layers: layers }) => layers);
  const wrong = parent.blocks.findIndex((_, layer) => covered[layer] !== layer);
  if (wrong >= 0 || covered.length !== parent.blocks.length) {
    const layer = wrong >= 0 ? wrong : parent.blocks.length;
    throw new WorkbenchError('bad_input', `The chosen blocks do not stand for every one of the parent's ${parent.blocks.length} layers once, in order: layer ${layer} is wrong or missing.`, {
      details: { path: 'choices', expected: `layers 0 to ${parent.blocks.length - 1}, each once`, found: covered.join(', ') },
    });
  }
  return {
    ...parent,
    id: `${parent.id}-child`,
    name: `Child of ${parent.name}`,
    parent: parent.id,
    // Its layers are counted as this parent's, whatever those correspond to.
    external: false,
    blocks: blocks.map((block) => ({ ...block, variant: variantId(block) })),
    source: `composed of blocks for ${parent.name}`,
  };
}
