/**
 * Choices with the same coefficients in every row. Rows only see how often a class is used, so these counts are the
 * only integers that matter; for given counts the cheapest child is a transportation problem, whose corners are
 * integral (`cheapestWithCounts`). Where costs differ by layer, every class has one member and counts are choices.
 */
import { at, type Core } from './core.ts';
import type { NumericProblem } from './numeric_problem.ts';

export interface CountClasses {
  readonly classOf: Int32Array;
  readonly members: readonly (readonly number[])[];
}

/** Groups the choices of a core by their row coefficients in the problem that it was cut from. */
export function countClasses(problem: NumericProblem, core: Core): CountClasses {
  const classOf = new Int32Array(core.cost.length);
  const members: number[][] = [];
  const known = new Map<string, number>();
  const coefs = core.rowOrigin.map((row) => problem.rows[row]?.coef ?? []);
  for (let c = 0; c < classOf.length; c++) {
    const origin = at(core.origin, c);
    const key = coefs.map((coef) => at(coef, origin)).join();
    let index = known.get(key);
    if (index === undefined) {
      index = members.length;
      known.set(key, index);
      members.push([]);
    }
    classOf[c] = index;
    members[index]?.push(c);
  }
  return { classOf, members };
}

/**
 * The cheapest choice per group in which class k is used `counts[k]` times, by successive shortest paths over
 * classes; undefined where there is none.
 */
export function cheapestWithCounts(core: Core, classes: CountClasses, counts: readonly number[]): Int32Array | undefined {
  const groups = core.groupStart.length - 1;
  const kinds = classes.members.length;
  const chosen = new Int32Array(groups).fill(-1);
  const left = [...counts];
  if (left.reduce((sum, count) => sum + count, 0) !== groups) return undefined;
  // Cheapest member of class k in group g, or -1.
  const member = new Int32Array(groups * kinds).fill(-1);
  for (let c = 0; c < core.cost.length; c++) {
    const slot = at(core.group, c) * kinds + at(classes.classOf, c);
    const held = at(member, slot);
    if (held < 0 || at(core.cost, c) < at(core.cost, held)) member[slot] = c;
  }
  const costIn = (g: number, k: number): number => {
    const c = at(member, g * kinds + k);
    return c < 0 ? Infinity : at(core.cost, c);
  };
  for (let g = 0; g < groups; g++) {
    // distance[k]: least cost of putting g somewhere so that class k gains one, moving earlier groups on the way.
    const distance = Array.from({ length: kinds }, (_, k) => costIn(g, k));
    const via = new Int32Array(kinds).fill(-1);
    const moved = new Int32Array(kinds).fill(-1);
    const step = shifts(g);
    for (let round = 0, changed = true; changed && round <= kinds; round++) {
      changed = false;
      for (const { from, to, by, cost } of step) {
        const reached = (distance[from] ?? Infinity) + cost;
        if (reached < (distance[to] ?? Infinity) - 1e-12) {
          distance[to] = reached;
          via[to] = from;
          moved[to] = by;
          changed = true;
        }
      }
    }
    let end = -1;
    for (let k = 0; k < kinds; k++) {
      if ((left[k] ?? 0) > 0 && (end < 0 || (distance[k] ?? Infinity) < (distance[end] ?? Infinity))) end = k;
    }
    if (end < 0 || distance[end] === Infinity) return undefined;
    left[end] = (left[end] ?? 0) - 1;
    let k = end;
    for (let guard = 0; at(via, k) >= 0 && guard <= kinds; guard++) {
      const by = at(moved, k);
      chosen[by] = at(member, by * kinds + k);
      k = at(via, k);
    }
    chosen[g] = at(member, g * kinds + k);
  }
  return chosen;

  /** For each pair of classes, the cheapest move of an already placed group from one to the other. */
  function shifts(placed: number): { from: number; to: number; by: number; cost: number }[] {
    const best = new Map<number, { from: number; to: number; by: number; cost: number }>();
    for (let by = 0; by < placed; by++) {
      const now = at(chosen, by);
      const from = at(classes.classOf, now);
      for (let c = at(core.groupStart, by); c < at(core.groupStart, by + 1); c++) {
        const to = at(classes.classOf, c);
        if (to === from || at(member, by * kinds + to) !== c) continue;
        const cost = at(core.cost, c) - at(core.cost, now);
        const known = best.get(from * kinds + to);
        if (known === undefined || cost < known.cost) best.set(from * kinds + to, { from, to, by, cost });
      }
    }
    return [...best.values()];
  }
}
