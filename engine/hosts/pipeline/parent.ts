/** The parent of a plan as its checkpoint describes it. */
import { readModelConfig } from '../../architecture/hugging_face_config.ts';
import { parentFromArchitecture } from '../../architecture/parent.ts';
import { parentArchitecture } from '../../architecture/presets.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Plan } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { readText, type Files } from '../../transformer/files.ts';
import { parentFolder } from './jobs.ts';

/** @throws WorkbenchError `not_found` before there is a checkpoint, `bad_input` where its layers are not all the same full block. */
export async function readParentArchitecture(files: Files, plan: Plan): Promise<Architecture> {
  const file = `${parentFolder(plan)}/config.json`;
  const { architecture } = readModelConfig(file, JSON.parse(await readText(files, file)));
  const parent = parentFromArchitecture(architecture);
  if (parent === undefined) {
    throw new WorkbenchError('bad_input', `${file} is no parent: its layers differ, or are not full blocks.`, { hint: 'Open a model of the Llama family whose layers are all the same.' });
  }
  return { ...parentArchitecture(parent), name: architecture.name };
}
