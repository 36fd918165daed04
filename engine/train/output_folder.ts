/**
 * Whether a job's output folder is that of a model it reads: writing would first remove what is to be read. Paths do not tell,
 * as one may be absolute and the other relative or lead through a link, so a file is put into one and looked for in the other.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import { CONFIG_FILE } from '../transformer/checkpoint.ts';
import { writeAll, type Files } from '../transformer/files.ts';

const PROBE = '.folder_probe';

/** `models` are folders of checkpoints. @throws WorkbenchError `bad_input` where one of them is `out`. */
export async function refuseModelsFolder(files: Files, out: string, models: readonly string[]): Promise<void> {
  if (!(await files.exists(`${out}/${CONFIG_FILE}`))) return;
  await writeAll(files, `${out}/${PROBE}`, '');
  try {
    for (const model of models) {
      if (!(await files.exists(`${model}/${PROBE}`))) continue;
      throw new WorkbenchError('bad_input', `Nothing can be written to ${out}, the folder of the model itself.`, { hint: 'Choose another folder.' });
    }
  } finally {
    await files.remove(`${out}/${PROBE}`);
  }
}
