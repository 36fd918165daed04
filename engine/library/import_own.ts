/** Libraries in the format of this workbench: its own exports, and what is stored in a project. */
import { librarySchema } from '../protocol/library.ts';
import type { Library } from '../protocol/library.ts';
import { checkLibrary } from './check_library.ts';
import { at, fail, isNonFinite, isObject } from './read_value.ts';
import type { Place } from './read_value.ts';

export function isOwnLibrary(value: unknown): boolean {
  return isObject(value) && value['format'] === 'puzzle-workbench/library';
}

export function importOwn(root: Place): Library {
  const parsed = librarySchema.safeParse(root.value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    let place = root;
    for (const step of issue?.path ?? []) place = at(place, typeof step === 'symbol' ? String(step) : step);
    const expected = isNonFinite(place.value) ? 'a finite number' : (issue?.message ?? 'another value').replace(/^Invalid input: expected /, '');
    fail(place, expected.replace(/, received .*$/, ''));
  }
  checkLibrary(parsed.data, root.file);
  return parsed.data;
}
