/**
 * Branch and bound of our own over counts: how often a class of equal choices, or a kind such as an attention, is used.
 * Best bound first, with the relaxation's dual simplex restarted from the parent's basis. What to branch on is learnt
 * from trials (strong branching with pseudo-costs: Achterberg, Koch and Martin 2005). It can be paused, always knows a
 * proven bound, and goes on from where it was.
 */
import { cheapestWithCounts, type CountClasses } from './count_classes.ts';
import type { Countable } from './countables.ts';
import { at, type Core } from './core.ts';
import { Enumeration } from './enumeration.ts';
import { repair, improve, type Incumbent } from './primal.ts';
import { DualSimplex, type Basis, type Branching, type CountRow, type Relaxation, type Solved } from './relaxation.ts';

type Side = 'most' | 'least';

interface Cut {
  /** Index among the countables. */
  readonly counted: number;
  /** 'most': count <= value; 'least': count >= value. */
  readonly side: Side;
  readonly value: number;
}

/** Cuts that decide whole groups rule choices out; others need a row of the relaxation. */
interface PlacedCut extends Cut {
  readonly row: boolean;
}

/** What defines a node before its relaxation is solved. */
interface Ground {
  readonly bound: number;
  readonly cuts: readonly PlacedCut[];
  readonly basis: Basis;
  /** Not 0 for choices that no better child below here uses, by their reduced costs further up. */
  readonly banned: Uint8Array;
}

interface Node extends Ground {
  /** How often each countable is used in the relaxation's mixture. */
  readonly counts: Float64Array;
  /** False where rounding stopped the relaxation early. */
  readonly converged: boolean;
}

/** What branching on one side of a countable brought so far, per unit that its count was moved. */
interface Experience {
  gain: number;
  trials: number;
}

/** Counts this close to whole numbers are tried as such ... */
const NEARLY_INTEGRAL = 1e-6;
/** ... and not branched on when this close: it is the relaxation's own rounding. */
const INTEGRAL = 1e-9;
/** Trials of both sides after which a countable's pseudo-costs are trusted. */
const TRUSTED_TRIALS = 6;
/** Open choices, and steps over them, up to which children are enumerated instead of branched on. */
const MAX_OPEN = 60;
const MAX_STEPS = 1000;
/** Countables tried at a node at most. */
const MAX_TRIALS = 20;
/** A trial that is this many in a row without a better one ends them. */
const PATIENCE = 8;

export class BranchAndBound {
  readonly #core: Core;
  readonly #simplex: DualSimplex;
  readonly #enumeration: Enumeration;
  /** Countables that each choice belongs to. */
  readonly #sets: readonly (readonly number[])[];
  readonly #classes: CountClasses;
  /** The classes first, in their order, then the kinds. */
  readonly #countables: readonly Countable[];
  readonly #experience: readonly Record<Side, Experience>[];
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
  #allGain = 0;
  #allTrials = 0;

  /**
   * @param accept checks a found choice in the original problem's arithmetic
   * @param margin how much better than the incumbent a child must be to count
   */
  constructor(
    core: Core,
    classes: CountClasses,
    countables: readonly Countable[],
    root: Relaxation,
    incumbent: Incumbent | undefined,
    accept: (chosen: Int32Array) => boolean,
    margin: () => number,
  ) {
    this.#core = core;
    this.#classes = classes;
    this.#simplex = new DualSimplex(core);
    this.#enumeration = new Enumeration(core);
    this.#countables = countables;
    const sets: number[][] = Array.from(core.cost, () => []);
    for (const [index, { members }] of countables.entries()) for (const member of members) sets[member]?.push(index);
    this.#sets = sets;
    this.#experience = countables.map(() => ({ most: { gain: 0, trials: 0 }, least: { gain: 0, trials: 0 } }));
    this.#accept = accept;
    this.#margin = margin;
    this.#largestCost = core.cost.reduce((most, cost) => Math.max(most, cost), 0);
    this.#incumbent = incumbent;
    this.rootBound = root.bound;
    const first = this.#solve({ bound: root.bound, cuts: [], basis: root.basis, banned: new Uint8Array(core.cost.length) });
    if (first !== undefined) this.#push(first);
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
    const { bound, counts } = node;
    if (!node.converged) {
      // Rounding stands in the way of a verdict: nothing unproven may be called optimal.
      this.#undecided = Math.min(this.#undecided, bound);
      return;
    }
    const classCounts = counts.subarray(0, this.#classes.members.length);
    const distance = furthestFromWhole(classCounts);
    if (distance <= NEARLY_INTEGRAL && this.#settles(bound, classCounts)) return;
    if (distance <= INTEGRAL) {
      this.#splitOff(node, Array.from(classCounts, Math.round));
      return;
    }
    if (this.nodes % 4 === 1) this.#tryRounding(node);
    if (!this.#hopeless(bound)) this.#split(node, counts);
  }

  /** The relaxation of what a node stands for; undefined where it holds no better child. */
  #solve(node: Ground): Node | undefined {
    const branching = this.#branching(node);
    const solved = this.#simplex.solve(node.basis, branching, this.#cutoff());
    if (solved === 'infeasible') return undefined;
    const bound = Math.max(node.bound, solved.bound);
    if (this.#hopeless(bound)) return undefined;
    const reduced = this.#simplex.reduced();
    if (this.#enumerates(solved, reduced)) return undefined;
    const { banned } = branching;
    const gap = this.#cutoff() - solved.bound;
    for (let c = 0; c < banned.length; c++) if (!(reduced[c] <= gap)) banned[c] = 1;
    const counts = new Float64Array(this.#countables.length);
    this.#simplex.forEachBasic((choice, share) => {
      for (const set of this.#sets[choice] ?? []) counts[set] = at(counts, set) + share;
    });
    return { bound, cuts: node.cuts, basis: solved.basis, banned, counts, converged: solved.converged };
  }

  /** Whether all children that the relaxation just solved leaves possible were looked at. */
  #enumerates(solved: Solved, reduced: Float64Array): boolean {
    if (this.#incumbent === undefined) return false;
    const { complete, chosen } = this.#enumeration.run(reduced, this.#simplex.prices, solved.bound, this.#cutoff(), MAX_OPEN, MAX_STEPS);
    if (chosen !== undefined) {
      if (!this.#accept(chosen)) return false;
      this.offer({ chosen, cost: sum(this.#core.cost, chosen) });
    }
    return complete;
  }

  #cutoff(): number {
    return this.#incumbent === undefined ? Infinity : this.#incumbent.cost - this.#margin();
  }

  /** Branches on the countable whose two sides raise the bound most, by trial or by experience. */
  #split(parent: Node, counts: Float64Array): void {
    const candidates: { counted: number; count: number; score: number; trusted: boolean }[] = [];
    for (const [counted, count] of counts.entries()) {
      if (Math.abs(count - Math.round(count)) <= INTEGRAL) continue;
      const experience = this.#experience[counted];
      if (experience === undefined) continue;
      const down = count - Math.floor(count);
      const expected = this.#expected(experience.most) * down * this.#expected(experience.least) * (1 - down);
      const trusted = Math.min(experience.most.trials, experience.least.trials) >= TRUSTED_TRIALS;
      candidates.push({ counted, count, score: expected, trusted });
    }
    candidates.sort((a, b) => b.score - a.score);
    let best: { score: number; sides: readonly Node[] } | undefined;
    let trials = 0;
    let worse = 0;
    for (const candidate of candidates) {
      if (best !== undefined && (trials >= MAX_TRIALS || worse >= PATIENCE || (candidate.trusted && candidate.score <= best.score))) break;
      const sides = this.#sides(parent, candidate.counted, candidate.count);
      if (!candidate.trusted) trials++;
      if (sides.nodes.length < 2) {
        // One side is impossible or hopeless: what remains is this node, only tighter.
        for (const node of sides.nodes) this.#push(node);
        return;
      }
      if (best === undefined || sides.score > best.score) {
        best = { score: sides.score, sides: sides.nodes };
        worse = 0;
      } else worse++;
      if (candidate.trusted) break;
    }
    for (const node of best?.sides ?? []) this.#push(node);
  }

  /** Mean gain per unit; that of all countables where there is none yet. */
  #expected({ gain, trials }: Experience): number {
    if (trials > 0) return Math.max(gain / trials, 1e-12);
    return Math.max(this.#allGain / Math.max(1, this.#allTrials), 1e-12);
  }

  /** Both sides solved; sides that cannot hold a better child are left out. */
  #sides(parent: Node, counted: number, count: number): { nodes: readonly Node[]; score: number } {
    const nodes: Node[] = [];
    let score = 1;
    for (const side of ['most', 'least'] as const) {
      const value = side === 'most' ? Math.floor(count) : Math.ceil(count);
      const cut = this.#withCut(parent, { counted, side, value });
      const node = cut && this.#solve(cut);
      // A side without hope raised the bound at least to the incumbent, as far as anyone cares.
      const gain = node === undefined ? this.#hope(parent) : node.bound - parent.bound;
      this.#learn(counted, side, gain / Math.abs(value - count));
      score *= Math.max(gain, 1e-12);
      if (node !== undefined) nodes.push(node);
    }
    return { nodes, score };
  }

  /** How far a node's bound may rise until it is hopeless. */
  #hope(node: Pick<Node, 'bound'>): number {
    return (this.#incumbent?.cost ?? this.#largestCost * this.#core.openGroups.length) - node.bound;
  }

  #learn(counted: number, side: Side, gain: number): void {
    const experience = this.#experience[counted]?.[side];
    if (experience === undefined || !Number.isFinite(gain)) return;
    experience.gain += gain;
    experience.trials++;
    this.#allGain += gain;
    this.#allTrials++;
  }

  /** The node with one more cut; undefined where the cut is impossible. */
  #withCut(parent: Ground, cut: Cut): Ground | undefined {
    const countable = this.#countables[cut.counted];
    if (countable === undefined || cut.value < 0 || cut.value > countable.groups) return undefined;
    const row = !decides(countable, cut);
    return { bound: parent.bound, banned: parent.banned, ...extend(parent.cuts, { ...cut, row }, parent.basis, this.#core.coefs.length) };
  }

  #branch(parent: Node, ...cuts: readonly Cut[]): void {
    let child: Ground | undefined = parent;
    for (const cut of cuts) child = child && this.#withCut(child, cut);
    const node = child && this.#solve(child);
    if (node !== undefined) this.#push(node);
  }

  /**
   * Integral counts whose cheapest child breaks a row by next to nothing, or costs more than the bound by as little:
   * sets these counts apart, class by class, until they stand alone. Then that child has been judged.
   */
  #splitOff(parent: Node, counts: readonly number[]): void {
    const has = (k: number, side: Cut['side'], value: number): boolean =>
      parent.cuts.some((cut) => cut.counted === k && cut.side === side && cut.value === value);
    const k = counts.findIndex((value, index) => !has(index, 'most', value) || !has(index, 'least', value));
    if (k < 0) return;
    const value = counts[k] ?? 0;
    const most: Cut = { counted: k, side: 'most', value };
    const least: Cut = { counted: k, side: 'least', value };
    this.#branch(parent, most, least);
    if (!has(k, 'least', value)) this.#branch(parent, { ...most, value: value - 1 });
    if (!has(k, 'most', value)) this.#branch(parent, { ...least, value: value + 1 });
  }

  /** Counts are integral: whether the cheapest child with these counts is as good as the node's bound. */
  #settles(bound: number, counts: Float64Array): boolean {
    const chosen = cheapestWithCounts(this.#core, this.#classes, Array.from(counts, Math.round));
    if (chosen === undefined || !this.#accept(chosen)) return false;
    const cost = sum(this.#core.cost, chosen);
    this.offer({ chosen, cost });
    return cost <= bound + this.#margin() + INTEGRAL * this.#largestCost;
  }

  #tryRounding(node: Node): void {
    if (this.#simplex.solve(node.basis, this.#branching(node)) === 'infeasible') return;
    const chosen = new Int32Array(this.#core.groupStart.length - 1);
    const largest = new Float64Array(chosen.length).fill(-1);
    this.#simplex.forEachBasic((choice, share) => {
      const g = at(this.#core.group, choice);
      if (share <= at(largest, g)) return;
      largest[g] = share;
      chosen[g] = choice;
    });
    const reduced = this.#simplex.reduced();
    if (!repair(this.#core, chosen, reduced)) return;
    const found = this.nodes % 32 === 1 ? improve(this.#core, chosen, reduced) : { chosen, cost: sum(this.#core.cost, chosen) };
    if ((this.#incumbent === undefined || found.cost < this.#incumbent.cost) && this.#accept(found.chosen)) this.offer(found);
  }

  #branching({ cuts, banned: ruledOut }: Ground): Branching {
    const rows: CountRow[] = [];
    const banned = ruledOut.slice();
    for (const cut of cuts) {
      const countable = this.#countables[cut.counted];
      if (countable === undefined) continue;
      const { members, mask, rest } = countable;
      if (cut.row) rows.push({ members, mask, sign: cut.side === 'most' ? 1 : -1, bound: cut.side === 'most' ? cut.value : -cut.value });
      else if (cut.side === 'most') {
        if (cut.value === 0) for (const member of members) banned[member] = 1;
      } else if (cut.value === countable.groups) for (const other of rest) banned[other] = 1;
    }
    return { rows, banned };
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

function furthestFromWhole(counts: Float64Array): number {
  let most = 0;
  for (const count of counts) most = Math.max(most, Math.abs(count - Math.round(count)));
  return most;
}

/** Whether the cut says it all by ruling choices out, or says nothing. */
function decides(countable: Countable, { side, value }: Cut): boolean {
  return side === 'most' ? value === 0 || value >= countable.groups : value <= 0 || value === countable.groups;
}

/** The cuts with one more (replacing a weaker one of the same kind), and the basis with its slack where a row is new. */
function extend(
  cuts: readonly PlacedCut[],
  cut: PlacedCut,
  basis: Basis,
  coreRows: number,
): { cuts: readonly PlacedCut[]; basis: Basis } {
  const known = cuts.findIndex((other) => other.counted === cut.counted && other.side === cut.side);
  const held = cuts[known];
  // A row stays a row, so that the basis still fits.
  if (held !== undefined && (held.row || !cut.row)) return { cuts: cuts.map((other, i) => (i === known ? { ...cut, row: held.row } : other)), basis };
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
