/**
 * The job `export`: a checkpoint of ours as a folder for other programs, either as Hugging Face Transformers has it or in
 * Puzzletron's layout, with a word about who loads it. Weights pass through layer by layer; written in F32 they come back
 * bit for bit.
 */
import type { ExportProvenance } from '../architecture/decilm.ts';
import type { LoaderVerdict } from '../protocol/api.ts';
import type { JobOf } from '../protocol/train.ts';
import { openCheckpoint, type Checkpoint, type WeightSource } from '../transformer/checkpoint.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { companionsOf } from '../transformer/companions.ts';
import { checkpointConfig, type ConfigForm } from '../transformer/hf_config.ts';
import { jsonText } from '../transformer/json_file.ts';
import { exportVerdicts, loadersText } from './export_loaders.ts';
import type { JobContext } from './job.ts';
import { refuseOutputFolder } from './output_folder.ts';
import { inSubBlocks, REPLACEMENT_LIBRARY_FILE, replacementLibrary } from './puzzletron_layout.ts';

export interface Exported {
  readonly folder: string;
  /** What config.json is: that of its family, DeciLM, or AnyModel. */
  readonly form: ConfigForm;
  readonly loaders: readonly LoaderVerdict[];
}

/** @throws WorkbenchError as `openCheckpoint` and `writeCheckpoint` do; `cancelled` leaves nothing behind. */
export async function exportModel(job: JobOf<'export'>, context: JobContext): Promise<Exported> {
  const { files } = context;
  await refuseOutputFolder(files, job.out, [job.model]);
  const checkpoint = await openCheckpoint(files, job.model);
  try {
    const { architecture, config: parent } = checkpoint;
    const provenance: ExportProvenance = { product: 'Puzzle Workbench', weights: job.dtype };
    const form = job.form === 'puzzletron' ? ({ form: 'any_model' } as const) : {};
    const planned = checkpointConfig(architecture, { parent, dtype: job.dtype, provenance, ...form });
    const loaders = exportVerdicts(architecture, planned);
    const companions = await companionsOf(files, checkpoint);
    const options = {
      architecture,
      config: parent,
      dtype: job.dtype,
      provenance,
      ...form,
      tokenizer: companions.tokenizer,
      ...(job.form === 'puzzletron' && { layout: inSubBlocks }),
      extras: {
        ...companions.extras,
        'loader_warnings.json': jsonText({ form: planned.form, loaders }),
        'LOADERS.md': loadersText(architecture, loaders, remarksOn(job, checkpoint)),
        ...(job.form === 'puzzletron' && { [REPLACEMENT_LIBRARY_FILE]: jsonText(replacementLibrary(architecture)) }),
      },
    };
    await writeCheckpoint(files, job.out, options, watched(checkpoint, context));
    for (const { loader, verdict, reasons } of loaders) {
      if (verdict === 'refuses') context.emit({ kind: 'log', level: 'info', text: `${loader} will not load it: ${reasons.join('; ')}.` });
    }
    return { folder: job.out, form: planned.form, loaders };
  } finally {
    await checkpoint.close();
  }
}

/** The weights, with a word of progress and a chance to cancel at every layer. */
function watched(checkpoint: Checkpoint, context: JobContext): WeightSource {
  const report = (done: number): void => context.emit({ kind: 'progress', done, total: checkpoint.layers, unit: 'layers' });
  return {
    embedding: () => checkpoint.embedding(),
    block: async (layer) => {
      await context.breathe();
      report(layer);
      return checkpoint.block(layer);
    },
    finalNorm: () => {
      report(checkpoint.layers);
      return checkpoint.finalNorm();
    },
    head: () => checkpoint.head(),
  };
}

function remarksOn(job: JobOf<'export'>, { tokenizer, notes }: Checkpoint): readonly string[] {
  return [
    ...(job.form === 'puzzletron' ? [`Paths in ${REPLACEMENT_LIBRARY_FILE} are relative to this folder; Puzzletron resolves them against the folder it is started in.`] : []),
    ...(tokenizer === undefined ? ['The model came without tokenizer.json, so this folder has none.'] : []),
    ...notes,
  ];
}
