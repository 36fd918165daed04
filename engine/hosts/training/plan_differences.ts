/** Where two plans differ, in words: for who gives a folder another plan than it has, and for a run begun from another one. */
import type { Plan } from '../../protocol/train.ts';

export interface PlanDifference {
  /** Such as `parent.training.steps` or `limits[2].kv`. */
  readonly place: string;
  /** As JSON; `nothing` where there is none. */
  readonly there: string;
  readonly asked: string;
}

/** Longer values are cut. */
const MOST_CHARACTERS = 40;
/** Places that are named. */
const NAMED = 3;

/** In the order of the plan. Of lists of different lengths only the lengths; experiments are not compared, as they may come later. */
export function planDifferences(there: Plan, asked: Plan): readonly PlanDifference[] {
  const { experiments: _, ...one } = there;
  const { experiments: __, ...other } = asked;
  return differences('', one, other);
}

/** `parent.training.steps: 160 there, 200 asked for; ...`, the first few. */
export function inWords(found: readonly PlanDifference[]): string {
  const named = found.slice(0, NAMED).map(({ place, there, asked }) => `${place}: ${there} there, ${asked} asked for`);
  return `${named.join('; ')}${found.length > NAMED ? `; and ${found.length - NAMED} more` : ''}`;
}

function differences(place: string, there: unknown, asked: unknown): readonly PlanDifference[] {
  if (Array.isArray(there) && Array.isArray(asked)) {
    if (there.length !== asked.length) return [{ place, there: `${there.length} entries`, asked: `${asked.length}` }];
    return there.flatMap((value, i) => differences(`${place}[${i}]`, value, asked[i]));
  }
  if (isRecord(there) && isRecord(asked)) {
    // Fields of things of two kinds have nothing to do with each other.
    if (there['kind'] !== asked['kind']) return [{ place: `${place}.kind`, there: written(there['kind']), asked: written(asked['kind']) }];
    const names = new Set([...Object.keys(there), ...Object.keys(asked)]);
    return [...names].flatMap((name) => differences(place === '' ? name : `${place}.${name}`, there[name], asked[name]));
  }
  return written(there) === written(asked) ? [] : [{ place, there: cut(written(there)), asked: cut(written(asked)) }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function written(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
