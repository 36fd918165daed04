/** JSON files that say what to solve: read whole, checked against a schema, and refused with the place of the first fault. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { parseJsonFile } from '../../library/json_file.ts';
import { WorkbenchError, badInput } from '../../protocol/errors.ts';

/** @throws WorkbenchError naming the file and, as `[index].key`, the place in it. */
export async function readInputFile<T>(file: string, schema: z.ZodType<T>, hint: string): Promise<T> {
  return checkInput(file, await readJson(file, hint), schema, hint);
}

/** The same for what was read from the file before. */
export function checkInput<T>(file: string, json: unknown, schema: z.ZodType<T>, hint: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const steps = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])];
  const expected = unknown === undefined ? (issue?.message ?? 'something else').replace(/^Invalid input: expected /, '') : 'no such key';
  throw badInput(file, placeOf(steps), expected.replace(/, received .*$/, ''), describe(valueAt(json, steps)), hint);
}

/** @throws WorkbenchError where the file is missing or no JSON. */
export async function readJson(file: string, hint: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new WorkbenchError(missing ? 'not_found' : 'io', missing ? `There is no file ${file}.` : `${file}: ${error instanceof Error ? error.message : String(error)}`, {
      details: { file },
      hint,
    });
  }
  try {
    return parseJsonFile({ path: file, bytes });
  } catch (error) {
    // Its hint speaks of library formats.
    if (error instanceof WorkbenchError) throw new WorkbenchError(error.payload.code, error.payload.message, { ...error.payload, hint });
    throw error;
  }
}

/** `[2].max.memory_mib`. */
export function placeOf(steps: readonly PropertyKey[]): string {
  return steps.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`)).join('');
}

function valueAt(json: unknown, steps: readonly PropertyKey[]): unknown {
  let value = json;
  for (const step of steps) value = typeof value === 'object' && value !== null ? (value as Readonly<Record<PropertyKey, unknown>>)[step] : undefined;
  return value;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
