/**
 * Whether a job may write its model into a folder. Writing first removes the model that is there: it must not be one that the
 * job reads, nor one that somebody else made and that cannot be made again here.
 */
import { WORKBENCH_KEY } from '../architecture/decilm.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { CONFIG_FILE } from '../transformer/checkpoint.ts';
import { readText, writeAll, type Files } from '../transformer/files.ts';

const PROBE = '.folder_probe';
const ANOTHER = { hint: 'Choose another folder.' };

/** `models` are the folders of checkpoints that are read. @throws WorkbenchError `bad_input` where `out` may not be replaced. */
export async function refuseOutputFolder(files: Files, out: string, models: readonly string[]): Promise<void> {
  if (!(await files.exists(`${out}/${CONFIG_FILE}`))) return;
  for (const model of models) {
    if (await isSameFolder(files, out, model)) throw new WorkbenchError('bad_input', `Nothing can be written to ${out}, the folder of the model itself.`, ANOTHER);
  }
  if ((await readText(files, `${out}/${CONFIG_FILE}`)).includes(JSON.stringify(WORKBENCH_KEY))) return;
  throw new WorkbenchError('bad_input', `${out} holds a model that Puzzle Workbench did not write; it would be lost.`, ANOTHER);
}

/** Paths do not tell, as one may be absolute or lead through a link: a file is put into one and looked for in the other. */
async function isSameFolder(files: Files, written: string, read: string): Promise<boolean> {
  await writeAll(files, `${written}/${PROBE}`, '');
  try {
    return await files.exists(`${read}/${PROBE}`);
  } finally {
    await files.remove(`${written}/${PROBE}`);
  }
}
