/** Reads one file as an architecture, whatever of the known forms it has. */
import { fromHuggingFaceConfig, readModelConfig } from '../architecture/hugging_face_config.ts';
import { fromPuzzletronSolutions } from '../architecture/puzzletron_solution.ts';
import { parseJsonFile } from '../library/json_file.ts';
import type { Upload } from '../protocol/api.ts';
import { badInput } from '../protocol/errors.ts';
import type { Architecture, ParentModel } from '../protocol/variant.ts';

/** @throws WorkbenchError `bad_input` naming the place in the file. */
export function readArchitectureFile(upload: Upload): Architecture {
  const json = parseJsonFile(upload);
  if (typeof json !== 'object' || json === null) {
    throw badInput(upload.path, '', 'an architecture', String(json), 'Readable are config.json files of Llama-family and DeciLM models and exported solutions.');
  }
  const isSolution = Array.isArray(json) || 'chosen_replacements' in json || 'chosen_block_configs' in json;
  return isSolution ? fromPuzzletronSolutions(upload.path, json)[0] : fromHuggingFaceConfig(upload.path, json);
}

/** A model from its config.json, as a parent where all its layers are the same, and what of it is not represented. */
export function readModelFile(upload: Upload): { architecture: Architecture; parent?: ParentModel; notes: string[] } {
  const { architecture, parent, notes } = readModelConfig(upload.path, parseJsonFile(upload));
  return { architecture, ...(parent !== undefined && { parent }), notes: [...notes] };
}
