/** What to call the model of a file that does not say its name. */
import type { Family } from './families.ts';
import type { JsonObject } from './json_fields.ts';

/** Folders that say nothing about the model in them. */
const GENERIC = /^(\.{0,2}|model|models|checkpoints?|config|snapshots|main|[0-9a-f]{40})$/i;

/**
 * The file's own name, of a `config.json` that of its folder, of a folder in the Hugging Face cache that of the
 * repository (`models--ORG--NAME`); else the last part of `_name_or_path`, else family and size.
 */
export function modelName(file: string, config: JsonObject, family: Family, params: number): string {
  const parts = file.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  const stem = parts.at(-1)?.replace(/\.json$/i, '') ?? '';
  if (stem !== '' && !GENERIC.test(stem)) return stem;
  const folder = parts.slice(0, -1).findLast((part) => !GENERIC.test(part));
  const named = config['_name_or_path'];
  const isInCache = folder?.startsWith('models--') === true;
  if (folder !== undefined && isInCache) return folder.split('--').at(-1) ?? folder;
  if (folder !== undefined && folder === parts.at(-2)) return folder;
  const last = typeof named === 'string' ? named.split(/[\\/]/).findLast((part) => !GENERIC.test(part)) : undefined;
  return last ?? folder ?? `${family.name} ${size(params)}`;
}

function size(params: number): string {
  const [value, unit] = params < 1e9 ? [params / 1e6, 'M'] : [params / 1e9, 'B'];
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit}`;
}
