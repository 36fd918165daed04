/** What a solve leaves for the next one on the same library: its child and the basis of its relaxation. */
import { at, type Core } from './core.ts';
import type { Basis } from './relaxation.ts';

export interface WarmStart {
  /** Choice per group. */
  readonly chosen: Int32Array;
  /** Basis in terms of the library's choices: per open group its key, and per row a choice or a row's key. */
  readonly rowKeys: readonly string[];
  readonly keys: Int32Array;
  readonly others: readonly (number | string)[];
}

/** The basis in terms that survive a change of limits. */
export function basisOf(core: Core, basis: Basis): Omit<WarmStart, 'chosen'> {
  return {
    rowKeys: core.rowKeys,
    keys: Int32Array.from(basis.keys, (key) => at(core.origin, key)),
    others: Array.from(basis.others, (other) => (other < 0 ? (core.rowKeys[-1 - other] ?? '') : at(core.origin, other))),
  };
}

/**
 * The stored basis for `core`; undefined unless it has the same rows and choices. It stays dual feasible when only
 * row bounds changed, so the dual simplex method goes on from it.
 */
export function basisFor(core: Core, warm: WarmStart): Basis | undefined {
  if (warm.rowKeys.join('\n') !== core.rowKeys.join('\n') || warm.keys.length !== core.groupStart.length - 1) return undefined;
  const place = new Map(Array.from(core.origin, (origin, c) => [origin, c]));
  const keys = Int32Array.from(warm.keys, (key) => place.get(key) ?? -1);
  if (keys.some((key, g) => key < 0 || core.group[key] !== g)) return undefined;
  const others = new Int32Array(warm.others.length);
  for (const [k, other] of warm.others.entries()) {
    const found = typeof other === 'string' ? -1 - core.rowKeys.indexOf(other) : place.get(other);
    if (found === undefined || (typeof other === 'string' && found === 0)) return undefined;
    others[k] = found;
  }
  return { keys, others };
}

/**
 * A basis of `from` in terms of `to`, a core cut from the same problem with fewer choices; undefined where one of its
 * choices or rows is missing there.
 */
export function narrowed(from: Core, to: Core, basis: Basis): Basis | undefined {
  const place = new Map(Array.from(to.origin, (origin, c) => [origin, c]));
  const keyOf = new Map(Array.from(from.openGroups, (group, g) => [group, at(from.origin, at(basis.keys, g))]));
  const keys = Int32Array.from(to.openGroups, (group) => place.get(keyOf.get(group) ?? -1) ?? -1);
  if (keys.includes(-1)) return undefined;
  const others: number[] = [];
  for (const other of basis.others) {
    const row = other < 0 ? to.rowOrigin.indexOf(at(from.rowOrigin, -1 - other)) : -1;
    if (other < 0) {
      if (row >= 0) others.push(-1 - row);
      continue;
    }
    const found = place.get(at(from.origin, other));
    if (found === undefined) return undefined;
    others.push(found);
  }
  return others.length === to.coefs.length ? { keys, others: Int32Array.from(others) } : undefined;
}
