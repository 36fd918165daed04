/**
 * Sets of a core's choices whose use is worth counting when branching: classes of equal choices; kinds, such as an
 * attention; and every kind up to some size, since "at most 12 layers with an FFN this wide or wider" decides more than a
 * word about one width.
 */
import type { CountClasses } from './count_classes.ts';
import { at, type Core } from './core.ts';
import type { NumericProblem } from './numeric_problem.ts';

export interface Countable {
  readonly members: Int32Array;
  /** 1 for members, 0 for other choices. */
  readonly mask: Uint8Array;
  /** Groups that have a member: the largest possible count. */
  readonly groups: number;
  /** The other choices of those groups. */
  readonly rest: readonly number[];
}

/** More kinds than this are not put in order: the sets would be too many to try. */
const MAX_ORDERED = 40;

/** The classes first, in their order, then the sets of kinds that are none of them. */
export function countablesOf(problem: NumericProblem, core: Core, classes: CountClasses): readonly Countable[] {
  const sets = classes.members.map((members) => countable(core, members));
  const known = new Set(classes.members.map((members) => members.join()));
  const add = (members: readonly number[]): void => {
    const key = members.join();
    if (known.has(key)) return;
    known.add(key);
    sets.push(countable(core, members));
  };
  for (const labels of problem.kinds ?? []) {
    const byLabel = new Map<number, number[]>();
    for (let c = 0; c < core.cost.length; c++) {
      const label = at(labels, at(core.origin, c));
      if (label < 0) continue;
      const members = byLabel.get(label);
      if (members === undefined) byLabel.set(label, [c]);
      else members.push(c);
    }
    const kinds = [...byLabel.values()];
    for (const members of kinds) add(members);
    if (kinds.length > MAX_ORDERED) continue;
    for (const row of core.rowOrigin) {
      const { coef } = problem.rows[row] ?? { coef: [] };
      const mean = (members: readonly number[]): number => members.reduce((sum, c) => sum + at(coef, at(core.origin, c)), 0) / members.length;
      const ordered = kinds.map((members) => ({ members, size: mean(members) })).sort((a, b) => b.size - a.size);
      let upTo: readonly number[] = [];
      for (const { members } of ordered.slice(0, -1)) {
        upTo = [...upTo, ...members].sort((a, b) => a - b);
        add(upTo);
      }
    }
  }
  return sets;
}

function countable(core: Core, members: readonly number[]): Countable {
  const inside = new Set(members);
  const groups = new Set(members.map((c) => at(core.group, c)));
  const rest: number[] = [];
  for (const g of groups) {
    for (let c = at(core.groupStart, g); c < at(core.groupStart, g + 1); c++) if (!inside.has(c)) rest.push(c);
  }
  const mask = new Uint8Array(core.cost.length);
  for (const member of members) mask[member] = 1;
  return { members: Int32Array.from(members), mask, groups: groups.size, rest };
}
