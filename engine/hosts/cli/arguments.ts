/** Reading what the verbs share: limits, libraries, numbers. */
import { existsSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { z } from 'zod';
import { importLibrary } from '../../library/import.ts';
import { readImportFiles } from '../../library/read_files.ts';
import { MEASURED_SAMPLE_ID, measuredSample } from '../../library/measured_sample.ts';
import { sampleLibrary, sampleView } from '../../library/sample.ts';
import { fromView, toView } from '../../library/view.ts';
import type { Library, LibraryView } from '../../protocol/library.ts';
import { isRecipeId } from '../../protocol/recipe.ts';
import { workloadSchema, type Limit, type Problem } from '../../protocol/problem.ts';
import { Rack } from '../rack.ts';
import { viewOfRecipe } from '../recipes.ts';
import { bansOf, locksOf } from './holds.ts';
import { readInputFile } from './input_file.ts';
import { UsageError } from './usage_error.ts';

/** The library to use where no file is named. */
export const SAMPLE = 'sample';

/** `parseArgs`, with its complaints as usage errors. */
export function parse<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // What it says about positional arguments helps nobody here.
    throw new UsageError((error instanceof Error ? error.message : String(error)).replace(/ To specify a positional argument.*$/s, ''));
  }
}

export const PROBLEM_OPTIONS = {
  library: { type: 'string' },
  objective: { type: 'string' },
  max: { type: 'string', multiple: true },
  min: { type: 'string', multiple: true },
  lock: { type: 'string', multiple: true },
  ban: { type: 'string', multiple: true },
  workload: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** Of the verbs that may give several children. */
export const SOLUTION_OPTIONS = {
  solutions: { type: 'string' },
  'min-different-layers': { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

export interface ProblemValues {
  readonly library?: string | undefined;
  readonly objective?: string | undefined;
  readonly max?: string[] | undefined;
  readonly min?: string[] | undefined;
  readonly lock?: string[] | undefined;
  readonly ban?: string[] | undefined;
  readonly workload?: string | undefined;
}

const WORKLOAD_HINT =
  'A workload file is a list such as [{"id": "chat", "name": "Chat", "isl": 128, "osl": 1024, "batch": "largest", "limits": [{"column": "ttft_ms", "max": 500}]}].';

/** A file or folder on disk, `sample`, or the id of a generated library. */
export async function readLibrary(argument: string): Promise<Library> {
  if (isRecipeId(argument)) return fromView(await loadLibrary(argument));
  if (argument === MEASURED_SAMPLE_ID) return measuredSample();
  return argument === SAMPLE && !existsSync(SAMPLE) ? sampleLibrary() : importLibrary(await readImportFiles(argument));
}

export async function loadLibrary(argument: string | undefined): Promise<LibraryView> {
  if (argument === undefined) throw new UsageError('--library PATH is needed (or --library sample).');
  if (argument === SAMPLE && !existsSync(SAMPLE)) return sampleView(argument);
  if (isRecipeId(argument)) return viewOfRecipe(argument, new Rack(), loadLibrary);
  return toView(argument, await readLibrary(argument));
}

/** The problem as the options state it; reads the workload file. */
export async function problemOf(values: ProblemValues, view: LibraryView): Promise<Problem> {
  const workloads = values.workload === undefined ? undefined : await readInputFile(values.workload, z.array(workloadSchema), WORKLOAD_HINT);
  return {
    library_id: view.id,
    objective: values.objective ?? view.header.default_objective,
    limits: [
      ...(values.max ?? []).map((text): Limit => {
        const { column, value } = assignment('--max', text);
        return { column, max: value };
      }),
      ...(values.min ?? []).map((text): Limit => {
        const { column, value } = assignment('--min', text);
        return { column, min: value };
      }),
    ],
    ...(workloads === undefined ? {} : { workloads }),
    ...(values.lock === undefined ? {} : { locks: locksOf(values.lock, view) }),
    ...(values.ban === undefined ? {} : { bans: bansOf(values.ban, view) }),
  };
}

/** `COLUMN=VALUE`. */
function assignment(option: string, text: string): { readonly column: string; readonly value: number } {
  const at = text.indexOf('=');
  const column = text.slice(0, at).trim();
  const number = text.slice(at + 1).trim();
  const value = Number(number);
  if (at < 1 || number === '' || !Number.isFinite(value)) {
    throw new UsageError(`${option} ${text}: expected COLUMN=VALUE with a number, such as ${option} memory_mib=80000.`);
  }
  return { column, value };
}

export function wholeNumber(option: string, text: string | undefined, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (text === undefined) return fallback;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new UsageError(`${option} ${text}: expected a whole number ${range}.`);
  }
  return value;
}

/** Seeds are 32 bits wide in every file that keeps one. */
export function seedOf(text: string | undefined): number {
  return wholeNumber('--seed', text, 1, 0, 0xffffffff);
}

export function needed(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`${option} is needed.`);
  return value;
}

export function noPositionals(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not expected here; options begin with --.`);
}

