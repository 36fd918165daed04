/**
 * Reading foreign JSON field by field, where a failure must name the file, the place inside it, what was expected
 * and what was found. All functions throw `badInput`.
 */
import { badInput, type WorkbenchError } from '../protocol/errors.ts';

export interface Place {
  readonly file: string;
  /** Path from the root of the file, such as `block_configs[3].ffn`; empty for the root. */
  readonly path: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function at(place: Place, key: string | number): Place {
  const step = typeof key === 'number' ? `[${key}]` : place.path === '' ? key : `.${key}`;
  return { file: place.file, path: place.path + step };
}

/** JSON files leave a field out or write null, and mean the same. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function unexpected(place: Place, expected: string, value: unknown, hint?: string): WorkbenchError {
  return badInput(place.file, place.path, expected, describe(value), hint);
}

export function objectAt(value: unknown, place: Place): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw unexpected(place, 'an object', value);
}

export function listAt(value: unknown, place: Place): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(place, 'a list', value);
}

export function countAt(value: unknown, place: Place): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw unexpected(place, 'a positive whole number', value);
}

export function positiveAt(value: unknown, place: Place): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw unexpected(place, 'a positive number', value);
}

/** A flag; absent and null mean false. */
export function flagAt(value: unknown, place: Place): boolean {
  if (!isGiven(value)) return false;
  if (typeof value === 'boolean') return value;
  throw unexpected(place, 'true or false', value);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
