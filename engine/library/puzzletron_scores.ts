/**
 * `single_sequence_replacement_solutions--validation/`: one file per replacement with the metrics of the parent
 * that has this one replacement, and `teacher.json` with those of the parent itself.
 */
import { isDistance } from './column_names.ts';
import { readReplacement } from './puzzletron_blocks.ts';
import type { Replacement } from './puzzletron_blocks.ts';
import { at, finiteAt, isNonFinite, isObject } from './read_value.ts';
import type { Place } from './read_value.ts';

export interface ScoredReplacement {
  readonly replacement: Replacement;
  /** Value by metric; absent where a metric is NaN or infinite, which Puzzletron drops as well. */
  readonly scores: ReadonlyMap<string, number> | undefined;
  readonly place: Place;
}

export function isScoredSolution(value: unknown): boolean {
  return isObject(value) && isObject(value['puzzle_solution']) && 'single_sequence_replacement' in value['puzzle_solution'];
}

/** Metrics without a replacement. */
export function isTeacherScores(value: unknown): boolean {
  return isObject(value) && !('puzzle_solution' in value) && Object.values(value).some((metric) => isObject(metric) && 'avg' in metric);
}

export function readScored(place: Place): ScoredReplacement {
  const replacement = readReplacement(at(at(place, 'puzzle_solution'), 'single_sequence_replacement'));
  const averages = [...averagesOf(place)];
  const usable = averages.every(([, average]) => !isNonFinite(average.value));
  return {
    replacement,
    scores: usable ? new Map(averages.map(([name, average]) => [name, finiteAt(average)])) : undefined,
    place,
  };
}

/** The parent's own scores; a distance to the parent that is not stated is 0. */
export function readTeacherScores(place: Place | undefined, metrics: readonly string[]): ReadonlyMap<string, number> {
  const stated = place === undefined ? [] : [...averagesOf(place)].map(([name, average]) => [name, finiteAt(average)] as const);
  const distances = metrics.filter(isDistance).map((name) => [name, 0] as const);
  return new Map([...distances, ...stated]);
}

/** Every `{avg}` by its name; the names of nested groups are joined with `_`. */
function* averagesOf(place: Place, prefix = ''): Generator<readonly [string, Place]> {
  if (!isObject(place.value)) return;
  for (const key of Object.keys(place.value)) {
    if (prefix === '' && (key === 'args' || key === 'puzzle_solution')) continue;
    const inner = at(place, key);
    if (!isObject(inner.value)) continue;
    const name = prefix + key.replaceAll(/[^\w.-]/g, '_');
    if ('avg' in inner.value) yield [name, at(inner, 'avg')];
    else yield* averagesOf(inner, `${name}_`);
  }
}
