/**
 * The linear relaxation of a core, by the dual simplex method with generalised upper bounds (Dantzig and Van Slyke
 * 1967): each group has a key choice, and only as many further choices or slacks are basic as there are rows, so a
 * step costs one pass over the choices. It starts where no row has a price (dual feasible), or from the basis of a
 * neighbouring problem. Its prices are the Lagrange multipliers; the bound is always evaluated from them afresh
 * (`lagrangianBound`), hence valid whatever the rounding on the way.
 */
import { at, type Core } from './core.ts';

/** Key choice per group, and per row a further basic choice, or `-1 - r` for the slack of row r. */
export interface Basis {
  readonly keys: Int32Array;
  readonly others: Int32Array;
}

/** What branching adds to the core: rows, and choices that are ruled out (not 0 in `banned`). */
export interface Branching {
  readonly coefs: readonly Float64Array[];
  readonly bounds: readonly number[];
  readonly banned: Uint8Array;
}

export interface Relaxation {
  /** Price per row (the core's, then the extra ones), never negative. */
  readonly prices: Float64Array;
  /** Lower bound on the core's cost, `offset` not included. */
  readonly bound: number;
  /** Reduced cost per choice: what choosing it adds to the bound at least. */
  readonly reduced: Float64Array;
  /** Share of each choice in the optimal mixture. */
  readonly shares: Float64Array;
  readonly basis: Basis;
  /** False where rounding stopped the method early: bound and reduced costs hold, but may be loose. */
  readonly converged: boolean;
}

const PRIMAL_TOLERANCE = 1e-10;
const PIVOT_TOLERANCE = 1e-9;
const REFRESH_EVERY = 40;

/** Solves the relaxation; 'infeasible' only with a certificate that was checked by itself. */
export function solveRelaxation(core: Core, start?: Basis, extra?: Branching): Relaxation | 'infeasible' {
  const relaxation = dualSimplex(core, start, extra);
  if (start === undefined || relaxation === 'infeasible' || relaxation.converged) return relaxation;
  return dualSimplex(core, undefined, extra);
}

function dualSimplex(core: Core, start: Basis | undefined, extra: Branching | undefined): Relaxation | 'infeasible' {
  const coefs = extra === undefined ? core.coefs : [...core.coefs, ...extra.coefs];
  const bounds = extra === undefined ? core.bounds : [...core.bounds, ...extra.bounds];
  const m = coefs.length;
  const groups = core.groupStart.length - 1;
  const n = core.cost.length;
  const banned = extra?.banned ?? new Uint8Array(n);
  const keys = start?.keys.slice() ?? cheapestAllowed(core.cost);
  const others = new Int32Array(m);
  for (let k = 0; k < m; k++) others[k] = start?.others[k] ?? -1 - k;
  const isBasic = new Uint8Array(n);
  for (const key of keys) isBasic[key] = 1;
  for (const other of others) if (other >= 0) isBasic[other] = 1;

  let inverse = invert(coefs, core, keys, others);
  const prices = new Float64Array(m);
  const scratch = { weight: new Float64Array(n), price: new Float64Array(n), values: new Float64Array(m), room: new Float64Array(m) };
  const keyShare = new Float64Array(groups);
  let converged = false;
  const limit = 200 + 40 * m + 6 * groups;
  for (let step = 0; step < limit && inverse !== undefined; step++) {
    if (step > 0 && step % REFRESH_EVERY === 0) {
      inverse = invert(coefs, core, keys, others);
      if (inverse === undefined) break;
    }
    primal(inverse);
    dual(inverse);
    // The basic variable furthest from its bounds leaves: below 0, or above 0 where its choice is banned.
    let leave = -1;
    let leavingKey = -1;
    let sign = 1;
    let worst = PRIMAL_TOLERANCE;
    for (let k = 0; k < m; k++) {
      const value = at(scratch.values, k);
      const other = at(others, k);
      const violation = other >= 0 && banned[other] === 1 ? Math.abs(value) : -value;
      if (violation <= worst) continue;
      worst = violation;
      leave = k;
      sign = value < 0 ? 1 : -1;
    }
    for (let g = 0; g < groups; g++) {
      const share = at(keyShare, g);
      const violation = banned[at(keys, g)] === 1 ? Math.abs(share) : -share;
      if (violation <= worst) continue;
      worst = violation;
      leavingKey = g;
      sign = share < 0 ? 1 : -1;
    }
    if (leavingKey >= 0) {
      // A key leaves by handing its part to the group's largest other basic choice.
      leave = -1;
      for (let k = 0; k < m; k++) {
        const other = at(others, k);
        if (other >= 0 && at(core.group, other) === leavingKey && (leave < 0 || at(scratch.values, k) > at(scratch.values, leave))) leave = k;
      }
      const old = at(keys, leavingKey);
      if (leave < 0) {
        // Alone in its group, and banned: the group's cheapest choice at these prices is the key from now on.
        const next = cheapestIn(leavingKey, (c) => at(core.cost, c) + at(scratch.price, c));
        if (next < 0) return 'infeasible';
        isBasic[old] = 0;
        isBasic[next] = 1;
        keys[leavingKey] = next;
        continue;
      }
      keys[leavingKey] = at(others, leave);
      others[leave] = old;
      inverse = invert(coefs, core, keys, others);
      if (inverse === undefined) break;
      dual(inverse);
    }
    if (leave < 0) {
      converged = true;
      break;
    }
    // Ratio test over non-basic choices and slacks.
    const row = weights(inverse, leave, sign);
    combine(scratch.weight, (r) => at(row, r));
    let enter = -1;
    let enterSlack = -1;
    let best = Infinity;
    let bestPivot = 0;
    for (let g = 0; g < groups; g++) {
      const key = at(keys, g);
      const baseWeight = at(scratch.weight, key);
      const basePrice = at(core.cost, key) + at(scratch.price, key);
      for (let c = at(core.groupStart, g); c < at(core.groupStart, g + 1); c++) {
        if (isBasic[c] === 1 || banned[c] === 1) continue;
        const alpha = at(scratch.weight, c) - baseWeight;
        if (alpha > -PIVOT_TOLERANCE) continue;
        const ratio = Math.max(0, at(core.cost, c) + at(scratch.price, c) - basePrice) / -alpha;
        if (ratio < best - 1e-13 * (1 + best) || (ratio <= best && -alpha > bestPivot)) {
          best = ratio;
          bestPivot = -alpha;
          enter = c;
        }
      }
    }
    for (let r = 0; r < m; r++) {
      const alpha = at(row, r);
      if (alpha > -PIVOT_TOLERANCE || others.includes(-1 - r)) continue;
      const ratio = at(prices, r) / -alpha;
      if (ratio < best - 1e-13 * (1 + best) || (ratio <= best && -alpha > bestPivot)) {
        best = ratio;
        bestPivot = -alpha;
        enter = -1;
        enterSlack = r;
      }
    }
    if (best === Infinity) {
      if (excludes(row)) return 'infeasible';
      break;
    }
    const left = at(others, leave);
    if (left >= 0) isBasic[left] = 0;
    const column = new Float64Array(m);
    if (enter >= 0) {
      const key = at(keys, at(core.group, enter));
      isBasic[enter] = 1;
      others[leave] = enter;
      for (let r = 0; r < m; r++) column[r] = at(coefs[r] ?? [], enter) - at(coefs[r] ?? [], key);
    } else {
      others[leave] = -1 - enterSlack;
      column[enterSlack] = 1;
    }
    if (!update(inverse, column, leave, m)) inverse = invert(coefs, core, keys, others);
  }

  const finished = lagrangianBound(core, prices, coefs, bounds, banned);
  const shares = new Float64Array(n);
  for (let g = 0; g < groups; g++) shares[at(keys, g)] = at(keyShare, g);
  for (let k = 0; k < m; k++) if (at(others, k) >= 0) shares[at(others, k)] = at(scratch.values, k);
  return { prices, ...finished, shares, basis: { keys, others }, converged };

  /** Values of the basic variables: `inverse (bounds - sum of key columns)`, and of the keys. */
  function primal(matrix: Float64Array): void {
    for (let r = 0; r < m; r++) {
      const coef = coefs[r] ?? new Float64Array();
      let room = bounds[r] ?? 0;
      for (let g = 0; g < groups; g++) room -= coef[keys[g] ?? 0] ?? 0;
      scratch.room[r] = room;
    }
    keyShare.fill(1);
    for (let k = 0; k < m; k++) {
      let value = 0;
      for (let r = 0; r < m; r++) value += (matrix[k * m + r] ?? 0) * (scratch.room[r] ?? 0);
      scratch.values[k] = value;
      const other = at(others, k);
      if (other >= 0) keyShare[at(core.group, other)] = at(keyShare, at(core.group, other)) - value;
    }
  }

  /** Prices from `prices . column = cost difference` for every basic choice, and their sum per choice. */
  function dual(matrix: Float64Array): void {
    prices.fill(0);
    for (let k = 0; k < m; k++) {
      const other = at(others, k);
      if (other < 0) continue;
      const difference = at(core.cost, other) - at(core.cost, at(keys, at(core.group, other)));
      for (let r = 0; r < m; r++) prices[r] = at(prices, r) - difference * at(matrix, k * m + r);
    }
    for (let r = 0; r < m; r++) prices[r] = Math.max(0, at(prices, r));
    combine(scratch.price, (r) => at(prices, r));
  }

  /** target[c] = sum over rows of factor(r) coef[r][c]. */
  function combine(target: Float64Array, factor: (row: number) => number): void {
    target.fill(0);
    for (let r = 0; r < m; r++) {
      const f = factor(r);
      const coef = coefs[r];
      if (f === 0 || coef === undefined) continue;
      for (let c = 0; c < n; c++) target[c] = (target[c] ?? 0) + f * (coef[c] ?? 0);
    }
  }

  /** Row of the inverse, turned so that the leaving variable is below its bound. */
  function weights(matrix: Float64Array, row: number, sign: number): Float64Array {
    return Float64Array.from({ length: m }, (_, r) => sign * at(matrix, row * m + r));
  }

  /** The group's choice of least weight that is not banned, or -1. */
  function cheapestIn(g: number, weight: (choice: number) => number): number {
    let best = -1;
    for (let c = at(core.groupStart, g); c < at(core.groupStart, g + 1); c++) {
      if (banned[c] === 0 && (best < 0 || weight(c) < weight(best))) best = c;
    }
    return best;
  }

  /** Per group; where everything is banned, its first choice, which the method then finds to be in the way. */
  function cheapestAllowed(weight: Float64Array): Int32Array {
    return Int32Array.from({ length: groups }, (_, g) => Math.max(cheapestIn(g, (c) => at(weight, c)), at(core.groupStart, g)));
  }

  /** Farkas: weights >= 0 under which the smallest possible sum of the rows exceeds the sum of their bounds. */
  function excludes(row: Float64Array): boolean {
    const factors = row.map((weight) => Math.max(0, weight));
    combine(scratch.weight, (r) => at(factors, r));
    let smallest = 0;
    for (let g = 0; g < groups; g++) {
      const choice = cheapestIn(g, (c) => at(scratch.weight, c));
      if (choice < 0) return true;
      smallest += at(scratch.weight, choice);
    }
    let allowed = 0;
    let size = 0;
    for (let r = 0; r < m; r++) {
      allowed += at(factors, r) * (bounds[r] ?? 0);
      size += at(factors, r) * Math.abs(bounds[r] ?? 0);
    }
    return smallest > allowed + 1e-11 * (size + smallest);
  }
}

/**
 * Bound and reduced costs for given prices: `sum over groups of min (cost + price . coef) - price . bound`, with
 * the rows of the core or whatever rows are given, over the choices that are not banned.
 */
export function lagrangianBound(
  core: Core,
  prices: Float64Array,
  coefs: readonly Float64Array[] = core.coefs,
  bounds: readonly number[] = core.bounds,
  banned?: Uint8Array,
): { bound: number; reduced: Float64Array } {
  const reduced = core.cost.slice();
  let bound = 0;
  for (const [r, coef] of coefs.entries()) {
    const price = prices[r] ?? 0;
    if (price === 0) continue;
    bound -= price * (bounds[r] ?? 0);
    for (let c = 0; c < reduced.length; c++) reduced[c] = (reduced[c] ?? 0) + price * (coef[c] ?? 0);
  }
  for (let g = 0; g + 1 < core.groupStart.length; g++) {
    let low = Infinity;
    const end = at(core.groupStart, g + 1);
    for (let c = at(core.groupStart, g); c < end; c++) if (banned?.[c] !== 1) low = Math.min(low, at(reduced, c));
    for (let c = at(core.groupStart, g); c < end; c++) reduced[c] = at(reduced, c) - low;
    bound += low;
  }
  return { bound, reduced };
}

/** The choice with the smallest weight in each group. */
export function cheapest(core: Core, weight: Float64Array): Int32Array {
  const chosen = new Int32Array(core.groupStart.length - 1);
  for (let g = 0; g < chosen.length; g++) {
    let best = at(core.groupStart, g);
    for (let c = best + 1; c < at(core.groupStart, g + 1); c++) if (at(weight, c) < at(weight, best)) best = c;
    chosen[g] = best;
  }
  return chosen;
}

/** Inverse of the working basis, row-major, by Gauss-Jordan with partial pivoting; undefined where singular. */
function invert(coefs: readonly Float64Array[], core: Core, keys: Int32Array, others: Int32Array): Float64Array | undefined {
  const m = coefs.length;
  const matrix = new Float64Array(m * m);
  const inverse = new Float64Array(m * m);
  for (let k = 0; k < m; k++) {
    inverse[k * m + k] = 1;
    const other = at(others, k);
    if (other < 0) {
      matrix[(-1 - other) * m + k] = 1;
      continue;
    }
    const key = at(keys, at(core.group, other));
    for (let r = 0; r < m; r++) matrix[r * m + k] = at(coefs[r] ?? [], other) - at(coefs[r] ?? [], key);
  }
  for (let k = 0; k < m; k++) {
    let pivot = k;
    for (let r = k + 1; r < m; r++) if (Math.abs(at(matrix, r * m + k)) > Math.abs(at(matrix, pivot * m + k))) pivot = r;
    const size = at(matrix, pivot * m + k);
    if (!(Math.abs(size) > 1e-12)) return undefined;
    for (let c = 0; c < m; c++) {
      swap(matrix, pivot * m + c, k * m + c);
      swap(inverse, pivot * m + c, k * m + c);
      matrix[k * m + c] = at(matrix, k * m + c) / size;
      inverse[k * m + c] = at(inverse, k * m + c) / size;
    }
    for (let r = 0; r < m; r++) {
      const factor = at(matrix, r * m + k);
      if (r === k || factor === 0) continue;
      for (let c = 0; c < m; c++) {
        matrix[r * m + c] = at(matrix, r * m + c) - factor * at(matrix, k * m + c);
        inverse[r * m + c] = at(inverse, r * m + c) - factor * at(inverse, k * m + c);
      }
    }
  }
  return inverse;
}

function swap(array: Float64Array, a: number, b: number): void {
  const kept = at(array, a);
  array[a] = at(array, b);
  array[b] = kept;
}

/** Replaces basis column `leave` by `column` in the inverse; false where the pivot is too small to trust. */
function update(inverse: Float64Array, column: Float64Array, leave: number, m: number): boolean {
  const image = new Float64Array(m);
  for (let k = 0; k < m; k++) for (let r = 0; r < m; r++) image[k] = at(image, k) + at(inverse, k * m + r) * at(column, r);
  const pivot = at(image, leave);
  if (Math.abs(pivot) < 1e-7) return false;
  for (let r = 0; r < m; r++) inverse[leave * m + r] = at(inverse, leave * m + r) / pivot;
  for (let k = 0; k < m; k++) {
    const factor = at(image, k);
    if (k === leave || factor === 0) continue;
    for (let r = 0; r < m; r++) inverse[k * m + r] = at(inverse, k * m + r) - factor * at(inverse, leave * m + r);
  }
  return true;
}
