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
