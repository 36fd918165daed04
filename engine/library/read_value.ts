/** Reading untyped JSON with errors that name the file, the place, what was expected and what was found. */
import { badInput } from '../protocol/errors.ts';
import { SUPPORTED_FORMATS } from './import_file.ts';

/** A value with the place it came from. */
export interface Place {
  readonly file: string;
  /** Path inside the file, such as `layer_3.stats.runtime_ms`; empty for the whole. */
  readonly path: string;
  readonly value: unknown;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was found, short enough for a message. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isObject(value)) {
    const keys = Object.keys(value);
    if (keys.length === 0) return 'an empty object';
    return `an object with ${keys.slice(0, 4).join(', ')}${keys.length > 4 ? ', …' : ''}`.slice(0, 120);
  }
  if (isNonFinite(value)) return String(value);
  if (typeof value === 'string') return value.length > 60 ? `the text ${JSON.stringify(value.slice(0, 57))}…` : `the text ${JSON.stringify(value)}`;
  return String(value);
}

/** NaN or an infinity, as a number or as the reader of JSON files hands it on. */
export function isNonFinite(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity';
}

export function fail(place: Place, expected: string, found = describeValue(place.value)): never {
  throw badInput(place.file, place.path, expected, found, SUPPORTED_FORMATS);
}

export function at(parent: Place, key: string | number): Place {
  const inner = parent.value;
  const value = isObject(inner) || Array.isArray(inner) ? (inner as Readonly<Record<string | number, unknown>>)[key] : undefined;
  const step = typeof key === 'number' ? `[${key}]` : /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  const path = parent.path === '' && step.startsWith('.') ? step.slice(1) : parent.path + step;
  return { file: parent.file, path, value };
}

export function objectAt(place: Place, expected = 'an object'): JsonObject {
  return isObject(place.value) ? place.value : fail(place, expected);
}

export function listAt(place: Place, expected = 'a list'): readonly unknown[] {
  return Array.isArray(place.value) ? place.value : fail(place, expected);
}

export function finiteAt(place: Place, expected = 'a finite number'): number {
  return typeof place.value === 'number' && Number.isFinite(place.value) ? place.value : fail(place, expected);
}

/** A cost: finite and not negative. */
export function costAt(place: Place): number {
  const value = finiteAt(place, 'a finite number of at least 0');
  return value >= 0 ? value : fail(place, 'a finite number of at least 0');
}

export function wholeAt(place: Place, least: number): number {
  const expected = `a whole number of at least ${least}`;
  const value = finiteAt(place, expected);
  return Number.isSafeInteger(value) && value >= least ? value : fail(place, expected);
}

/** The text at a place, or undefined where there is none or null. */
export function optionalText(place: Place): string | undefined {
  if (place.value === undefined || place.value === null) return undefined;
  return typeof place.value === 'string' ? place.value : fail(place, 'text');
}

/** The first few of many names, for notes. */
export function shortList(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
