/** Sets of a core's choices whose use is worth counting when branching: classes of equal choices, and kinds. */
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

/** The classes first, in their order, then the kinds that are not one of them. */
export function countablesOf(problem: NumericProblem, core: Core, classes: CountClasses): readonly Countable[] {
  const sets = classes.members.map((members) => countable(core, members));
  const known = new Set(classes.members.map((members) => members.join()));
  for (const labels of problem.kinds ?? []) {
    const byLabel = new Map<number, number[]>();
    for (let c = 0; c < core.cost.length; c++) {
      const label = at(labels, at(core.origin, c));
      const members = byLabel.get(label);
      if (members === undefined) byLabel.set(label, [c]);
      else members.push(c);
    }
    for (const members of byLabel.values()) {
      const key = members.join();
      if (known.has(key)) continue;
      known.add(key);
      sets.push(countable(core, members));
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
