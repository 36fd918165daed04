/** A model named on the command line: a preset, or the config.json of any model that can be read. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Upload } from '../../protocol/api.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { readArchitectureFile, readModelFile } from '../architecture_files.ts';
import { Rack } from '../rack.ts';

/** A file goes before a preset of the same name; of a folder its config.json is read. `notes` say what of it is not represented. */
export async function readModel(argument: string): Promise<{ readonly architecture: Architecture; readonly notes: readonly string[] }> {
  if (!existsSync(argument)) {
    if (/[\\/]|\.json$/i.test(argument)) throw new WorkbenchError('not_found', `There is no file ${argument}.`, { details: { file: argument } });
    return { architecture: new Rack().architecture(argument), notes: [] };
  }
  const file = statSync(argument).isDirectory() ? path.join(argument, 'config.json') : argument;
  const upload = { path: file, bytes: await readBytes(file) };
  // An exported solution says nothing that a configuration's notes would be about.
  const isConfig = /"(model_type|hidden_size|architectures)"/.test(new TextDecoder().decode(upload.bytes.subarray(0, 65_536)));
  return isConfig ? readModelFile(upload) : { architecture: readArchitectureFile(upload), notes: [] };
}

async function readBytes(file: string): Promise<Upload['bytes']> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new WorkbenchError('not_found', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { details: { file } });
  }
}
