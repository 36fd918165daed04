/**
 * Writes a composed child as a checkpoint of its own (Puzzle, arXiv 2411.19146): from then on it is a model like
 * any other, to be distilled, evaluated and exported. Weights pass through block by block.
 */
import type { JobOf } from '../protocol/train.ts';
import { architectureParams } from '../architecture/count.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { readAll } from '../transformer/files.ts';
import { openModel } from './assemble_model.ts';
import type { JobContext } from './job.ts';

export interface Assembled {
  readonly folder: string;
  readonly num_params: number;
}

/** @throws WorkbenchError `bad_input` where blocks are missing or do not cover the parent's layers; nothing is left then. */
export async function assemble({ source, name, out }: JobOf<'assemble'>, context: JobContext): Promise<Assembled> {
  const inputs = source.kind === 'checkpoint' ? [source.folder] : [source.parent, source.blocks];
  if (inputs.includes(out)) throw new WorkbenchError('bad_input', `A model cannot be assembled into ${out}, the folder of its own parts.`, { hint: 'Choose another folder.' });
  const { files } = context;
  const model = await openModel(files, source);
  try {
    const architecture = { ...model.architecture, name };
    const layers = architecture.blocks.length;
    const { tokenizer } = model.base;
    await writeCheckpoint(
      files,
      out,
      { architecture, config: model.base.config, dtype: 'F32', ...(tokenizer !== undefined && { tokenizer: await readAll(files, tokenizer) }) },
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
