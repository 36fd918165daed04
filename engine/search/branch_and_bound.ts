/**
 * Branch and bound of our own over class counts, best bound first, with the relaxation's dual simplex restarted
 * from the parent's basis. It complements GLPK: it can be paused, always knows a proven bound, and goes on from
 * where it was.
 */
import { cheapestWithCounts, type CountClasses } from './count_classes.ts';
import { at, type Core } from './core.ts';
import { repair, improve, type Incumbent } from './primal.ts';
import { solveRelaxation, type Basis, type Branching, type Relaxation } from './relaxation.ts';

interface Cut {
  readonly class: number;
  /** 'most': count <= value; 'least': count >= value. */
  readonly side: 'most' | 'least';
  readonly value: number;
}

/** Cuts that decide single choices rule others out; those on the count of several need a row of the relaxation. */
interface PlacedCut extends Cut {
  readonly row: boolean;
}

interface Node {
  readonly bound: number;
  readonly cuts: readonly PlacedCut[];
  readonly basis: Basis;
}

/** Counts this close to whole numbers are tried as such ... */
const NEARLY_INTEGRAL = 1e-6;
/** ... and not branched on when this close: it is the relaxation's own rounding. */
const INTEGRAL = 1e-9;

export class BranchAndBound {
  readonly #core: Core;
  readonly #classes: CountClasses;
  readonly #accept: (chosen: Int32Array) => boolean;
  readonly #margin: () => number;
  readonly #largestCost: number;
  /** Binary heap by bound. */
  readonly #open: Node[] = [];
  /** Bounds of nodes that rounding kept from being decided; they stay in the bound for ever. */
  #undecided = Infinity;
  #incumbent: Incumbent | undefined;
  /** Bound of the relaxation that the search started from. */
  readonly rootBound: number;
  nodes = 0;

  /**
   * @param accept checks a found choice in the original problem's arithmetic
   * @param margin how much better than the incumbent a child must be to count
   */
  constructor(
    core: Core,
    classes: CountClasses,
    root: Relaxation,
    incumbent: Incumbent | undefined,
    accept: (chosen: Int32Array) => boolean,
    margin: () => number,
  ) {
    this.#core = core;
    this.#classes = classes;
    this.#accept = accept;
    this.#margin = margin;
    this.#largestCost = core.cost.reduce((most, cost) => Math.max(most, cost), 0);
    this.#incumbent = incumbent;
    this.rootBound = root.bound;
    this.#push({ bound: root.bound, cuts: [], basis: root.basis });
  }

  get incumbent(): Incumbent | undefined {
    return this.#incumbent;
  }

  /** Takes over a child found elsewhere. */
  offer(found: Incumbent): void {
    if (this.#incumbent === undefined || found.cost < this.#incumbent.cost) this.#incumbent = found;
  }

  /** Proven lower bound on the core's cost above its offset. */
  get bound(): number {
    return Math.min(this.#open[0]?.bound ?? Infinity, this.#undecided, this.#incumbent?.cost ?? Infinity);
  }

  get done(): boolean {
    const best = this.#open[0];
    return best === undefined || this.#hopeless(best.bound);
  }

  /** True where nothing better than the incumbent can exist (or nothing at all, without an incumbent). */
  get proven(): boolean {
    return this.done && (this.#undecided === Infinity || this.#hopeless(this.#undecided));
  }

  /** Works until done or `stop` says so. */
  run(stop: () => boolean): void {
    while (!this.done) {
      const node = this.#pop();
      if (node !== undefined) this.#expand(node);
      if (stop()) return;
    }
  }

  #hopeless(bound: number): boolean {
    return this.#incumbent !== undefined && bound >= this.#incumbent.cost - this.#margin();
  }

  #expand(node: Node): void {
    this.nodes++;
    const relaxation = solveRelaxation(this.#core, node.basis, this.#branching(node.cuts));
    if (relaxation === 'infeasible') return;
    const bound = Math.max(node.bound, relaxation.bound);
    if (this.#hopeless(bound)) return;
    const counts = this.#classes.members.map((members) => members.reduce((sum, c) => sum + at(relaxation.shares, c), 0));
    const split = mostFractional(counts);
    const distance = Math.abs((counts[split] ?? 0) - Math.round(counts[split] ?? 0));
    if (!relaxation.converged) {
      // Rounding stands in the way of a verdict: nothing unproven may be called optimal.
      this.#undecided = Math.min(this.#undecided, bound);
      return;
    }
    if (distance <= NEARLY_INTEGRAL && this.#settles(bound, counts)) return;
    const parent = { bound, cuts: node.cuts, basis: relaxation.basis };
    if (distance <= INTEGRAL) {
      this.#splitOff(parent, counts.map(Math.round));
      return;
    }
    if (this.nodes % 4 === 1) this.#tryRounding(relaxation);
    const count = counts[split] ?? 0;
    this.#branch(parent, { class: split, side: 'most', value: Math.floor(count) });
    this.#branch(parent, { class: split, side: 'least', value: Math.ceil(count) });
  }

  #branch(parent: Node, ...cuts: readonly Cut[]): void {
    let child = parent;
    for (const cut of cuts) {
      const members = this.#classes.members[cut.class]?.length ?? 0;
      if (cut.value < 0 || cut.value > members) return;
      const row = members > 1 && (cut.side === 'least' || cut.value > 0);
      child = { ...child, ...extend(child.cuts, { ...cut, row }, child.basis, this.#core.coefs.length) };
    }
    this.#push(child);
  }

  /**
   * Integral counts whose cheapest child breaks a row by next to nothing, or costs more than the bound by as little:
   * sets these counts apart, class by class, until they stand alone. Then that child has been judged.
   */
  #splitOff(parent: Node, counts: readonly number[]): void {
    const has = (k: number, side: Cut['side'], value: number): boolean =>
      parent.cuts.some((cut) => cut.class === k && cut.side === side && cut.value === value);
    const k = counts.findIndex((value, index) => !has(index, 'most', value) || !has(index, 'least', value));
    if (k < 0) return;
    const value = counts[k] ?? 0;
    const most: Cut = { class: k, side: 'most', value };
    const least: Cut = { class: k, side: 'least', value };
    this.#branch(parent, most, least);
    if (!has(k, 'least', value)) this.#branch(parent, { ...most, value: value - 1 });
    if (!has(k, 'most', value)) this.#branch(parent, { ...least, value: value + 1 });
  }

  /** Counts are integral: whether the cheapest child with these counts is as good as the node's bound. */
  #settles(bound: number, counts: readonly number[]): boolean {
    const chosen = cheapestWithCounts(this.#core, this.#classes, counts.map(Math.round));
    if (chosen === undefined || !this.#accept(chosen)) return false;
    const cost = sum(this.#core.cost, chosen);
    this.offer({ chosen, cost });
    return cost <= bound + this.#margin() + INTEGRAL * this.#largestCost;
  }

  #tryRounding(relaxation: Relaxation): void {
    const chosen = new Int32Array(this.#core.groupStart.length - 1);
    const share = new Float64Array(chosen.length).fill(-1);
    for (let c = 0; c < this.#core.cost.length; c++) {
      const g = at(this.#core.group, c);
      if (at(relaxation.shares, c) > at(share, g)) {
        share[g] = at(relaxation.shares, c);
        chosen[g] = c;
      }
    }
    if (!repair(this.#core, chosen, relaxation.reduced)) return;
    const found = this.nodes % 16 === 1 ? improve(this.#core, chosen, relaxation.reduced) : { chosen, cost: sum(this.#core.cost, chosen) };
    if ((this.#incumbent === undefined || found.cost < this.#incumbent.cost) && this.#accept(found.chosen)) this.offer(found);
  }

  #branching(cuts: readonly PlacedCut[]): Branching {
    const coefs: Float64Array[] = [];
    const bounds: number[] = [];
    const banned = new Uint8Array(this.#core.cost.length);
    for (const { class: k, side, value, row } of cuts) {
      const members = this.#classes.members[k] ?? [];
      if (row) {
        const coef = new Float64Array(banned.length);
        for (const member of members) coef[member] = side === 'most' ? 1 : -1;
        coefs.push(coef);
        bounds.push(side === 'most' ? value : -value);
      } else if (side === 'most' && value === 0) {
        for (const member of members) banned[member] = 1;
      } else if (side === 'least' && value === 1) {
        const only = members[0] ?? 0;
        const g = at(this.#core.group, only);
        for (let c = at(this.#core.groupStart, g); c < at(this.#core.groupStart, g + 1); c++) if (c !== only) banned[c] = 1;
      }
    }
    return { coefs, bounds, banned };
  }

  #push(node: Node): void {
    const heap = this.#open;
    let i = heap.push(node) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.bound <= node.bound) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = node;
  }

  #pop(): Node | undefined {
    const heap = this.#open;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      if (right !== undefined && right.bound < left.bound) child++;
      const smaller = heap[child];
      if (smaller === undefined || smaller.bound >= last.bound) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

/** Index of the count furthest from a whole number. */
function mostFractional(counts: readonly number[]): number {
  let best = 0;
  let most = -1;
  for (const [k, count] of counts.entries()) {
    const distance = Math.abs(count - Math.round(count));
    if (distance > most) {
      most = distance;
      best = k;
    }
  }
  return best;
}

/** The cuts with one more (replacing a weaker one of the same kind), and the basis with its slack where a row is new. */
function extend(
  cuts: readonly PlacedCut[],
  cut: PlacedCut,
  basis: Basis,
  coreRows: number,
): { cuts: readonly PlacedCut[]; basis: Basis } {
  const known = cuts.findIndex((other) => other.class === cut.class && other.side === cut.side);
  if (known >= 0) return { cuts: cuts.map((other, i) => (i === known ? { ...cut, row: other.row } : other)), basis };
  if (!cut.row) return { cuts: [...cuts, cut], basis };
  const others = new Int32Array(basis.others.length + 1);
  others.set(basis.others);
  others[basis.others.length] = -1 - (coreRows + cuts.filter((other) => other.row).length);
  return { cuts: [...cuts, cut], basis: { keys: basis.keys, others } };
}

function sum(values: Float64Array, chosen: Int32Array): number {
  let result = 0;
  for (const choice of chosen) result += at(values, choice);
  return result;
}
