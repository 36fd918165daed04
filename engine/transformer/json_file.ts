/** JSON files of a checkpoint folder: read with the place of what is wrong in them. */
import { objectAt, type JsonObject } from '../architecture/json_fields.ts';
import { badInput } from '../protocol/errors.ts';
import { readText, type Files } from './files.ts';
import { repeatedKey } from './safetensors_keys.ts';

/** @throws WorkbenchError `not_found`; `bad_input` where it is no JSON object or has a key twice. */
export async function readJsonObject(files: Files, path: string): Promise<JsonObject> {
  return parseJsonObject(path, await readText(files, path));
}

/** @throws WorkbenchError `bad_input` naming the file. */
export function parseJsonObject(file: string, text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw badInput(file, '', 'JSON', thrown instanceof Error ? `an error: ${thrown.message}` : 'an error');
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw badInput(file, '', 'every key once', `${JSON.stringify(twice)} twice`);
  return objectAt(json, { file, path: '' });
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
