/**
 * The linear relaxation of a core, by the dual simplex method with generalised upper bounds (Dantzig and Van Slyke
 * 1967): each group has a key choice, and only as many further choices or slacks are basic as there are rows, so a
 * step costs one pass over the choices. It starts where no row has a price (dual feasible), or from the basis of a
 * neighbouring problem. Its prices are the Lagrange multipliers; the bound is always evaluated from them afresh
 * (`lagrangian`), hence valid whatever the rounding on the way.
 */
import type { Core } from './core.ts';

/** Key choice per group, and per row a further basic choice, or `-1 - r` for the slack of row r. */
export interface Basis {
  readonly keys: Int32Array;
  readonly others: Int32Array;
}

/** A row on how many of some choices are used: `sign * count <= bound`. */
export interface CountRow {
  readonly members: Int32Array;
  /** 1 for members, 0 for other choices. */
  readonly mask: Uint8Array;
  readonly sign: 1 | -1;
  readonly bound: number;
}

/** What branching adds to the core: rows, and choices that are ruled out (not 0 in `banned`). */
export interface Branching {
  readonly rows: readonly CountRow[];
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

/** What a solve found; `shares` and `reduced` of the solver tell more until its next solve. */
export interface Solved {
  readonly bound: number;
  readonly basis: Basis;
  readonly converged: boolean;
}

const PRIMAL_TOLERANCE = 1e-10;
const PIVOT_TOLERANCE = 1e-9;
const REFRESH_EVERY = 50;
/** Relative distance of bound and cost above which a solve did not end at an optimum. */
const LOOSE = 1e-7;

/** Solves the relaxation; 'infeasible' only with a certificate that was checked by itself. */
export function solveRelaxation(core: Core, start?: Basis, extra?: Branching): Relaxation | 'infeasible' {
  const simplex = new DualSimplex(core);
  const solved = simplex.solve(start, extra);
  if (solved === 'infeasible') return solved;
  return { ...solved, prices: simplex.prices.slice(0, core.coefs.length + (extra?.rows.length ?? 0)), reduced: simplex.reduced(), shares: simplex.shares() };
}

/** Solves a core again and again, under whatever branching adds. */
export class DualSimplex {
  readonly #core: Core;
  readonly #groups: number;
  readonly #choices: number;
  #extra: Branching;
  #rows = 0;
  #keys: Int32Array;
  #others = new Int32Array(0);
  readonly #isBasic: Uint8Array;
  /** Reduced cost of each choice against its group's key. */
  readonly #distance: Float64Array;
  /** Entry of each choice in the row of the leaving variable, key not subtracted. */
  readonly #weight: Float64Array;
  readonly #keyShare: Float64Array;
  /** Choices that take part, in order: those that are not banned, and basic ones until they leave. */
  readonly #active: Int32Array;
  #activeCount = 0;
  #inverse = new Float64Array(0);
  #matrix = new Float64Array(0);
  #room = new Float64Array(0);
  #values = new Float64Array(0);
  #column = new Float64Array(0);
  #image = new Float64Array(0);
  /** Price per row of the last solve; longer than there are rows. */
  prices = new Float64Array(0);

  constructor(core: Core) {
    this.#core = core;
    this.#groups = core.groupStart.length - 1;
    this.#choices = core.cost.length;
    this.#extra = { rows: [], banned: new Uint8Array(this.#choices) };
    this.#keys = new Int32Array(this.#groups);
    this.#isBasic = new Uint8Array(this.#choices);
    this.#distance = new Float64Array(this.#choices);
    this.#weight = new Float64Array(this.#choices);
    this.#keyShare = new Float64Array(this.#groups);
    this.#active = new Int32Array(this.#choices);
  }

  /** @param cutoff a bound from which on nobody cares how much higher it is */
  solve(start?: Basis, extra?: Branching, cutoff = Infinity): Solved | 'infeasible' {
    this.#extra = extra ?? { rows: [], banned: new Uint8Array(this.#choices) };
    this.#resize(this.#core.coefs.length + this.#extra.rows.length);
    const solved = this.#run(start, cutoff);
    if (start === undefined || solved === 'infeasible') return solved;
    // A basis of another problem need not be dual feasible here; then its end is no optimum, and its bound is loose.
    const optimal = solved.bound >= cutoff || this.#cost() - solved.bound <= LOOSE * (1 + Math.abs(solved.bound));
    return solved.converged && optimal ? solved : this.#run(undefined, cutoff);
  }

  /** Share of each choice in the mixture found last. */
  shares(): Float64Array {
    const shares = new Float64Array(this.#choices);
    this.forEachBasic((choice, share) => {
      shares[choice] = share;
    });
    return shares;
  }

  /** Visits every choice that may have a share. */
  forEachBasic(visit: (choice: number, share: number) => void): void {
    for (let g = 0; g < this.#groups; g++) visit(this.#keys[g], this.#keyShare[g]);
    for (let k = 0; k < this.#rows; k++) if (this.#others[k] >= 0) visit(this.#others[k], this.#values[k]);
  }

  /** Reduced cost per choice at the last prices, relative to the group's cheapest; Infinity where banned. */
  reduced(): Float64Array {
    const reduced = new Float64Array(this.#choices).fill(Infinity);
    this.#lagrangian(reduced);
    for (let i = 0; i < this.#activeCount; i++) if (this.#extra.banned[this.#active[i]] === 1) reduced[this.#active[i]] = Infinity;
    return reduced;
  }

  /** Makes room for so many rows; arrays may be longer than that. */
  #resize(rows: number): void {
    this.#rows = rows;
    if (this.#values.length >= rows) return;
    const capacity = 2 * rows;
    this.#others = new Int32Array(capacity);
    this.#inverse = new Float64Array(capacity * capacity);
    this.#matrix = new Float64Array(capacity * capacity);
    this.#room = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#column = new Float64Array(capacity);
    this.#image = new Float64Array(capacity);
    this.prices = new Float64Array(capacity);
  }

  #isSlackBasic(row: number): boolean {
    for (let k = 0; k < this.#rows; k++) if (this.#others[k] === -1 - row) return true;
    return false;
  }

  #run(start: Basis | undefined, cutoff: number): Solved | 'infeasible' {
    const m = this.#rows;
    const { group } = this.#core;
    const { banned } = this.#extra;
    const active = this.#active;
    const weight = this.#weight;
    const distance = this.#distance;
    const keys = this.#keys;
    const isBasic = this.#isBasic;
    if (!this.#begin(start)) return 'infeasible';
    if (!this.#refresh()) return this.#finish(false);
    let limitless = cutoff === Infinity;
    const steps = 200 + 40 * m + 6 * this.#groups;
    for (let step = 1; step < steps; step++) {
      if (step % REFRESH_EVERY === 0 && !this.#refresh()) return this.#finish(false);
      this.#primal();
      if (!limitless && this.#cost() >= cutoff) {
        // Dual feasible all along: this cost is a bound, as far as rounding goes; the afresh evaluated one decides.
        this.#price();
        if (this.#lagrangian() >= cutoff) return this.#finish(true);
        limitless = true;
      }
      // The basic variable furthest from its bounds leaves: below 0, or above 0 where its choice is banned.
      let leave = -1;
      let leavingGroup = -1;
      let worst = PRIMAL_TOLERANCE;
      let sign = 1;
      for (let k = 0; k < m; k++) {
        const value = this.#values[k];
        const other = this.#others[k];
        const violation = other >= 0 && banned[other] === 1 ? Math.abs(value) : -value;
        if (violation > worst) {
          worst = violation;
          leave = k;
          leavingGroup = -1;
          sign = value < 0 ? 1 : -1;
        }
        if (other < 0) continue;
        // Keys of groups without further basic choices have share 1.
        const g = group[other];
        const share = this.#keyShare[g];
        const keyViolation = banned[this.#keys[g]] === 1 ? Math.abs(share) : -share;
        if (keyViolation > worst) {
          worst = keyViolation;
          leavingGroup = g;
          sign = share < 0 ? 1 : -1;
        }
      }
      if (leavingGroup >= 0) leave = this.#swapKey(leavingGroup);
      if (leave < 0) {
        this.#price();
        return this.#finish(true);
      }
      // Ratio test over choices that are not basic, and slacks.
      this.#weigh(leave, sign);
      let enter = -1;
      let enterSlack = -1;
      let ratioLimit = Infinity;
      let pivotSize = 0;
      for (let i = 0; i < this.#activeCount; i++) {
        const c = active[i];
        const size = weight[keys[group[c]]] - weight[c];
        if (size < PIVOT_TOLERANCE || isBasic[c] === 1 || banned[c] === 1) continue;
        const ratio = Math.max(0, distance[c]) / size;
        if (ratio < ratioLimit - 1e-13 * (1 + ratioLimit) || (ratio <= ratioLimit && size > pivotSize)) {
          ratioLimit = ratio;
          pivotSize = size;
          enter = c;
        }
      }
      for (let r = 0; r < m; r++) {
        const size = -sign * this.#inverse[leave * m + r];
        if (size < PIVOT_TOLERANCE || this.#isSlackBasic(r)) continue;
        const ratio = Math.max(0, this.prices[r]) / size;
        if (ratio < ratioLimit - 1e-13 * (1 + ratioLimit) || (ratio <= ratioLimit && size > pivotSize)) {
          ratioLimit = ratio;
          pivotSize = size;
          enter = -1;
          enterSlack = r;
        }
      }
      if (ratioLimit === Infinity) {
        const impossible = this.#excludes(leave, sign);
        if (impossible) return 'infeasible';
        this.#price();
        return this.#finish(false);
      }
      for (let i = 0; i < this.#activeCount; i++) distance[active[i]] += ratioLimit * (weight[active[i]] - weight[keys[group[active[i]]]]);
      for (let r = 0; r < m; r++) this.prices[r] += ratioLimit * sign * this.#inverse[leave * m + r];
      const left = this.#others[leave];
      if (left >= 0) this.#isBasic[left] = 0;
      if (enter >= 0) {
        this.#isBasic[enter] = 1;
        this.#others[leave] = enter;
        const key = this.#keys[group[enter]];
        for (let r = 0; r < m; r++) this.#column[r] = this.#coef(r, enter) - this.#coef(r, key);
      } else {
        this.#others[leave] = -1 - enterSlack;
        this.#column.fill(0);
        this.#column[enterSlack] = 1;
      }
      if (!this.#update(leave) && !this.#refresh()) return this.#finish(false);
      if (left >= 0 && !this.#freeGroup(group[left])) return 'infeasible';
    }
    this.#price();
    return this.#finish(false);
  }

  #finish(converged: boolean): Solved {
    return { bound: this.#lagrangian(), basis: { keys: this.#keys.slice(), others: this.#others.slice(0, this.#rows) }, converged };
  }

  #coef(row: number, choice: number): number {
    const m = this.#core.coefs.length;
    if (row < m) return this.#core.coefs[row][choice];
    const extra = this.#extra.rows[row - m];
    return extra.sign * extra.mask[choice];
  }

  /** False where everything is banned in some group. */
  #begin(start: Basis | undefined): boolean {
    const { cost, group } = this.#core;
    if (start === undefined) {
      for (let g = 0; g < this.#groups; g++) {
        const key = this.#cheapestAllowed(g, cost);
        if (key < 0) return false;
        this.#keys[g] = key;
      }
    } else this.#keys.set(start.keys);
    for (let k = 0; k < this.#rows; k++) this.#others[k] = start !== undefined && k < start.others.length ? start.others[k] : -1 - k;
    this.#isBasic.fill(0);
    for (const key of this.#keys) this.#isBasic[key] = 1;
    for (let k = 0; k < this.#rows; k++) if (this.#others[k] >= 0) this.#isBasic[this.#others[k]] = 1;
    this.#activeCount = 0;
    for (let c = 0; c < this.#choices; c++) if (this.#extra.banned[c] === 0 || this.#isBasic[c] === 1) this.#active[this.#activeCount++] = c;
    if (start === undefined) return true;
    // A banned key that is alone in its group gives way to the cheapest allowed choice at the prices to come.
    const alone = new Uint8Array(this.#groups).fill(1);
    for (let k = 0; k < this.#rows; k++) if (this.#others[k] >= 0) alone[group[this.#others[k]]] = 0;
    let priced = false;
    for (let g = 0; g < this.#groups; g++) {
      if (alone[g] === 0 || this.#extra.banned[this.#keys[g]] === 0) continue;
      if (!priced) {
        // A singular basis comes to light again right after this.
        if (!this.#invert()) return true;
        this.#price();
        this.#measure();
        priced = true;
      }
      const next = this.#cheapestAllowed(g, this.#distance);
      if (next < 0) return false;
      this.#isBasic[this.#keys[g]] = 0;
      this.#isBasic[next] = 1;
      this.#keys[g] = next;
    }
    return true;
  }

  /** Where a group's banned key stands alone after another choice left, another key; false where all are banned. */
  #freeGroup(g: number): boolean {
    const { group } = this.#core;
    const old = this.#keys[g];
    if (this.#extra.banned[old] === 0) return true;
    for (let k = 0; k < this.#rows; k++) if (this.#others[k] >= 0 && group[this.#others[k]] === g) return true;
    const next = this.#cheapestAllowed(g, this.#distance);
    if (next < 0) return false;
    const base = this.#distance[next];
    for (let c = this.#core.groupStart[g]; c < this.#core.groupStart[g + 1]; c++) this.#distance[c] -= base;
    for (let r = 0; r < this.#rows; r++) this.#room[r] -= this.#coef(r, next) - this.#coef(r, old);
    this.#isBasic[old] = 0;
    this.#isBasic[next] = 1;
    this.#keys[g] = next;
    return true;
  }

  #cheapestAllowed(g: number, weight: Float64Array): number {
    let best = -1;
    for (let c = this.#core.groupStart[g]; c < this.#core.groupStart[g + 1]; c++) {
      if (this.#extra.banned[c] === 0 && (best < 0 || weight[c] < weight[best])) best = c;
    }
    return best;
  }

  /** Everything that is kept up to date on the way, computed afresh; false where the basis is singular. */
  #refresh(): boolean {
    if (!this.#invert()) return false;
    const { coefs, bounds, group } = this.#core;
    const own = coefs.length;
    for (let r = 0; r < own; r++) {
      const coef = coefs[r];
      let room = bounds[r];
      for (let g = 0; g < this.#groups; g++) room -= coef[this.#keys[g]];
      this.#room[r] = room;
    }
    for (const [index, { members, sign, bound }] of this.#extra.rows.entries()) {
      let room = bound;
      for (const member of members) if (this.#keys[group[member]] === member) room -= sign;
      this.#room[own + index] = room;
    }
    this.#price();
    this.#measure();
    return true;
  }

  /** Values of the basic variables: `inverse * room`, and of the keys. */
  #primal(): void {
    const m = this.#rows;
    this.#keyShare.fill(1);
    for (let k = 0; k < m; k++) {
      let value = 0;
      for (let r = 0; r < m; r++) value += this.#inverse[k * m + r] * this.#room[r];
      this.#values[k] = value;
      const other = this.#others[k];
      if (other >= 0) this.#keyShare[this.#core.group[other]] -= value;
    }
  }

  /** Cost of the basic solution. */
  #cost(): number {
    const { cost } = this.#core;
    let sum = 0;
    for (let g = 0; g < this.#groups; g++) sum += cost[this.#keys[g]] * this.#keyShare[g];
    for (let k = 0; k < this.#rows; k++) if (this.#others[k] >= 0) sum += cost[this.#others[k]] * this.#values[k];
    return sum;
  }

  /** Prices from `prices . column = cost difference` for every basic choice. */
  #price(): void {
    const m = this.#rows;
    const { cost, group } = this.#core;
    this.prices.fill(0);
    for (let k = 0; k < m; k++) {
      const other = this.#others[k];
      if (other < 0) continue;
      const difference = cost[other] - cost[this.#keys[group[other]]];
      for (let r = 0; r < m; r++) this.prices[r] -= difference * this.#inverse[k * m + r];
    }
    for (let r = 0; r < m; r++) this.prices[r] = Math.max(0, this.prices[r]);
  }

  /** Reduced costs against the keys at the present prices. */
  #measure(): void {
    const { group } = this.#core;
    this.#rowsOver(this.#weight, this.prices, this.#core.cost);
    for (let i = 0; i < this.#activeCount; i++) {
      const c = this.#active[i];
      this.#distance[c] = this.#weight[c] - this.#weight[this.#keys[group[c]]];
    }
  }

  /** The leaving variable's row of the tableau over the choices, turned so that it is below its bound. */
  #weigh(leave: number, sign: number): void {
    const m = this.#rows;
    for (let r = 0; r < m; r++) this.#image[r] = sign * this.#inverse[leave * m + r];
    this.#rowsOver(this.#weight, this.#image);
  }

  /** target[c] = base[c] + sum over rows of factor[r] coef[r][c], for the choices that take part. */
  #rowsOver(target: Float64Array, factors: Float64Array, base?: Float64Array): void {
    const { coefs } = this.#core;
    const own = coefs.length;
    const active = this.#active;
    const count = this.#activeCount;
    for (let i = 0; i < count; i++) target[active[i]] = base === undefined ? 0 : base[active[i]];
    for (let r = 0; r < own; r++) {
      const factor = factors[r];
      if (factor === 0) continue;
      const coef = coefs[r];
      for (let i = 0; i < count; i++) target[active[i]] += factor * coef[active[i]];
    }
    for (let r = own; r < this.#rows; r++) {
      const { members, sign } = this.#extra.rows[r - own];
      const factor = factors[r] * sign;
      if (factor !== 0) for (let i = 0; i < members.length; i++) target[members[i]] += factor;
    }
  }

  /**
   * A key leaves by changing places with the group's largest other basic choice. Its column then changes sign and is
   * taken off those of the group's further basic choices; the inverse follows.
   * @returns the place where the old key now stands
   */
  #swapKey(g: number): number {
    const m = this.#rows;
    const { group } = this.#core;
    const inGroup = (k: number): boolean => this.#others[k] >= 0 && group[this.#others[k]] === g;
    let place = -1;
    for (let k = 0; k < m; k++) if (inGroup(k) && (place < 0 || this.#values[k] > this.#values[place])) place = k;
    const old = this.#keys[g];
    const next = this.#others[place];
    for (let r = 0; r < m; r++) {
      let sum = 0;
      for (let k = 0; k < m; k++) if (inGroup(k)) sum += this.#inverse[k * m + r];
      this.#inverse[place * m + r] = -sum;
      this.#room[r] -= this.#coef(r, next) - this.#coef(r, old);
    }
    this.#keys[g] = next;
    this.#others[place] = old;
    return place;
  }

  /** Replaces basis column `leave` by the entering column in the inverse; false where the pivot is too small to trust. */
  #update(leave: number): boolean {
    const m = this.#rows;
    const inverse = this.#inverse;
    const image = this.#image;
    for (let k = 0; k < m; k++) {
      let sum = 0;
      for (let r = 0; r < m; r++) sum += inverse[k * m + r] * this.#column[r];
      image[k] = sum;
    }
    const pivot = image[leave];
    if (Math.abs(pivot) < 1e-7) return false;
    for (let r = 0; r < m; r++) inverse[leave * m + r] /= pivot;
    for (let k = 0; k < m; k++) {
      const factor = image[k];
      if (k === leave || factor === 0) continue;
      for (let r = 0; r < m; r++) inverse[k * m + r] -= factor * inverse[leave * m + r];
    }
    return true;
  }

  /** Inverse of the working basis, row-major, by Gauss-Jordan with partial pivoting; false where singular. */
  #invert(): boolean {
    const m = this.#rows;
    const { group } = this.#core;
    const inverse = this.#inverse;
    const matrix = this.#matrix;
    matrix.fill(0, 0, m * m);
    inverse.fill(0, 0, m * m);
    for (let k = 0; k < m; k++) {
      inverse[k * m + k] = 1;
      const other = this.#others[k];
      if (other < 0) {
        matrix[(-1 - other) * m + k] = 1;
        continue;
      }
      const key = this.#keys[group[other]];
      for (let r = 0; r < m; r++) matrix[r * m + k] = this.#coef(r, other) - this.#coef(r, key);
    }
    for (let k = 0; k < m; k++) {
      let pivot = k;
      for (let r = k + 1; r < m; r++) if (Math.abs(matrix[r * m + k]) > Math.abs(matrix[pivot * m + k])) pivot = r;
      const size = matrix[pivot * m + k];
      if (!(Math.abs(size) > 1e-12)) return false;
      for (let c = 0; c < m; c++) {
        const left = matrix[pivot * m + c];
        matrix[pivot * m + c] = matrix[k * m + c];
        matrix[k * m + c] = left / size;
        const right = inverse[pivot * m + c];
        inverse[pivot * m + c] = inverse[k * m + c];
        inverse[k * m + c] = right / size;
      }
      for (let r = 0; r < m; r++) {
        const factor = matrix[r * m + k];
        if (r === k || factor === 0) continue;
        for (let c = 0; c < m; c++) {
          matrix[r * m + c] -= factor * matrix[k * m + c];
          inverse[r * m + c] -= factor * inverse[k * m + c];
        }
      }
    }
    return true;
  }

  /**
   * Bound for the present prices: `sum over groups of min (cost + price . coef) - price . bound` over the choices that
   * are not banned. Writes reduced costs to `reduced` where given.
   */
  #lagrangian(reduced: Float64Array = this.#weight): number {
    const { cost, bounds, group } = this.#core;
    const { banned, rows } = this.#extra;
    for (let r = 0; r < this.#rows; r++) this.prices[r] = Math.max(0, this.prices[r]);
    this.#rowsOver(reduced, this.prices, cost);
    let bound = 0;
    for (let r = 0; r < this.#rows; r++) bound -= this.prices[r] * (r < bounds.length ? bounds[r] : rows[r - bounds.length].bound);
    const active = this.#active;
    for (let from = 0, to = 0; from < this.#activeCount; from = to) {
      const g = group[active[from]];
      let low = Infinity;
      for (to = from; to < this.#activeCount && group[active[to]] === g; to++) {
        const c = active[to];
        if (banned[c] === 0 && reduced[c] < low) low = reduced[c];
      }
      if (low === Infinity) continue;
      for (let i = from; i < to; i++) reduced[active[i]] -= low;
      bound += low;
    }
    return bound;
  }

  /** Farkas: weights >= 0 under which the smallest possible sum of the rows exceeds the sum of their bounds. */
  #excludes(leave: number, sign: number): boolean {
    const m = this.#rows;
    const { bounds } = this.#core;
    for (let r = 0; r < m; r++) this.#image[r] = Math.max(0, sign * this.#inverse[leave * m + r]);
    this.#rowsOver(this.#weight, this.#image);
    let smallest = 0;
    for (let g = 0; g < this.#groups; g++) {
      const choice = this.#cheapestAllowed(g, this.#weight);
      if (choice < 0) return true;
      smallest += this.#weight[choice];
    }
    let allowed = 0;
    let size = 0;
    for (let r = 0; r < m; r++) {
      const bound = r < bounds.length ? bounds[r] : this.#extra.rows[r - bounds.length].bound;
      allowed += this.#image[r] * bound;
      size += this.#image[r] * Math.abs(bound);
    }
    return smallest > allowed + 1e-11 * (size + Math.abs(smallest));
  }
}

/** The choice with the smallest weight in each group. */
export function cheapest(core: Core, weight: Float64Array): Int32Array {
  const chosen = new Int32Array(core.groupStart.length - 1);
  for (let g = 0; g < chosen.length; g++) {
    let best = core.groupStart[g];
    for (let c = best + 1; c < core.groupStart[g + 1]; c++) if (weight[c] < weight[best]) best = c;
    chosen[g] = best;
  }
  return chosen;
}
