/**
 * Writes a composed child as a checkpoint of its own (Puzzle, arXiv 2411.19146): from then on it is a model like
 * any other, to be distilled, evaluated and exported. Weights pass through block by block.
 */
import type { JobOf } from '../protocol/train.ts';
import { architectureParams } from '../architecture/count.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { companionsOf } from '../transformer/companions.ts';
import { openModel } from './assemble_model.ts';
import type { JobContext } from './job.ts';
import { refuseOutputFolder } from './output_folder.ts';

export interface Assembled {
  readonly folder: string;
  readonly num_params: number;
}

/** @throws WorkbenchError `bad_input` where blocks are missing or do not cover the parent's layers; nothing is left then. */
export async function assemble({ source, name, out }: JobOf<'assemble'>, context: JobContext): Promise<Assembled> {
  const { files } = context;
  await refuseOutputFolder(files, out, [source.kind === 'checkpoint' ? source.folder : source.parent]);
  const model = await openModel(files, source);
  try {
    const architecture = { ...model.architecture, name };
    const layers = architecture.blocks.length;
    const companions = await companionsOf(files, model.base);
    await writeCheckpoint(
      files,
      out,
      { architecture, config: model.base.config, dtype: 'F32', ...companions },
      {
        embedding: () => model.embedding(),
        block: async (index) => {
          await context.breathe();
          context.emit({ kind: 'progress', done: index, total: layers, unit: 'layers' });
          return model.block(index);
        },
        finalNorm: () => model.finalNorm(),
        head: () => model.head(),
      },
    );
    context.emit({ kind: 'progress', done: layers, total: layers, unit: 'layers' });
    return { folder: out, num_params: architectureParams(architecture) };
  } finally {
    await model.close();
  }
}
