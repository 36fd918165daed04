/**
 * Branch and bound over a cover: a look for good children among few tilings, the proof among all that the gap leaves,
 * and, where those are too many, a decision on one boundary between layers; see `spans.ts` for the method.
 */
import { agrees, boundaryToDecide, followed } from './cover_boundaries.ts';
import { at } from './core.ts';
import { coverCoreOf, covers, undominatedIntervals, type CoverCore } from './cover_core.ts';
import { relaxCover, type CoverRelaxation } from './cover_relaxation.ts';
import { placeIn, tilingsOf, type Tilings } from './cover_tilings.ts';
import { searchExactly, type LinearOptimum, type SearchContext, type SearchOutcome } from './exact_search.ts';
import { satisfies, sumOver, type NumericProblem } from './numeric_problem.ts';

/** How many tilings are searched exactly without branching first, and in how many good children are looked for. */
export interface Effort {
  readonly many: number;
  readonly few: number;
}

export const EFFORT: Effort = { many: 6_000, few: 1_500 };
/** Longest look for good children in one place. */
const LOOK_MS = 400;

interface Child {
  readonly chosen: Int32Array;
  readonly cost: number;
}

interface Node {
  readonly core: CoverCore;
  readonly relaxation: CoverRelaxation;
  readonly bound: number;
}

/** What the search is asked beyond the problem, where it only looks for some child. */
interface Wanted {
  /** Children dearer than this are of no use. */
  readonly atMost: number;
  /** Called with every child that satisfies the problem; the search ends where it says so. */
  readonly suffices: (child: Child) => boolean;
  readonly known: Child | undefined;
}

export class CoverSearch {
  readonly #problem: NumericProblem;
  readonly #context: SearchContext;
  readonly #effort: Effort;
  readonly #wanted: Wanted | undefined;
  readonly #largestCost: number;
  readonly #open: Node[] = [];
  #best: Child | undefined;
  #sufficed = false;
  /** Least bound of what ended without a verdict. */
  #undecided = Infinity;
  /** Bound of the node at work, as far as it is known. */
  #current = Infinity;
  #root: LinearOptimum | undefined;

  constructor(problem: NumericProblem, context: SearchContext, effort: Effort, wanted?: Wanted) {
    this.#problem = problem;
    this.#context = context;
    this.#effort = effort;
    this.#wanted = wanted;
    this.#largestCost = problem.cost.reduce((most, cost) => Math.max(most, Math.abs(cost)), 0);
    if (wanted?.known !== undefined) this.#consider(wanted.known.chosen);
  }

  async run(): Promise<SearchOutcome> {
    const core = coverCoreOf(this.#problem, undominatedIntervals(this.#problem));
    const root = core && this.#node(core, []);
    if (root === undefined) return { kind: 'infeasible' };
    this.#root = { cost: root.bound, prices: pricesOf(this.#problem, root) };
    const { warmStart } = this.#context;
    if (warmStart !== undefined && covers(this.#problem, warmStart.chosen)) this.#consider(warmStart.chosen);
    this.#consider(Int32Array.from(root.relaxation.path, (c) => at(root.core.origin, c)));
    this.#open.push(root);
    this.#emit();
    while (!this.#over && this.#open.length > 0) {
      const node = this.#take();
      if (this.#hopeless(node.bound)) continue;
      this.#current = node.bound;
      await this.#work(node, node === root);
      this.#current = Infinity;
      await this.#report();
    }
    return this.#outcome();
  }

  get #over(): boolean {
    return this.#sufficed || this.#context.shouldStop() || this.#context.now() >= this.#context.deadline;
  }

  /** Cost from which on children are of no use. */
  get #limit(): number {
    return Math.min(this.#best?.cost ?? Infinity, this.#wanted?.atMost ?? Infinity);
  }

  /** Differences below this do not count as better: the rounding of a sum of costs. */
  get #margin(): number {
    const limit = this.#limit;
    return 1e-10 * (limit === Infinity ? 0 : Math.abs(limit)) + 1e-13 * this.#largestCost;
  }

  /** Bounds at the cost of the best child leave nothing better; a limit without a child may still be met exactly. */
  #hopeless(bound: number): boolean {
    if (this.#best !== undefined && bound >= this.#best.cost - this.#margin) return true;
    return bound === Infinity || bound > this.#limit + this.#margin;
  }

  /** Looks for children in the node, then decides it, or opens two others in its stead. */
  async #work(node: Node, isRoot: boolean): Promise<void> {
    let explored = -Infinity;
    if (this.#limit === Infinity || isRoot) explored = await this.#look(node);
    if (this.#hopeless(this.#current)) return;
    if (this.#over) return this.#giveUp();
    if (isRoot && this.#best === undefined && this.#wanted === undefined && !(await this.#findAny())) {
      if (this.#over) this.#giveUp();
      return;
    }
    if (this.#hopeless(this.#current)) return;
    const gap = this.#limit - relaxedBound(node) + this.#margin;
    if (gap <= explored) return;
    const keep = (c: number): boolean => at(node.relaxation.reduced, c) <= gap;
    const boundary = boundaryToDecide(node.core, node.relaxation.shares, keep);
    const tilings = tilingsOf(this.#problem, node.core, node.relaxation, gap, boundary === undefined ? Infinity : this.#effort.many);
    if (tilings !== undefined) {
      await this.#solve(tilings, Infinity, this.#context.deadline);
      if (!this.#hopeless(this.#current)) this.#giveUp();
      return;
    }
    if (boundary !== undefined) this.#branch(node, keep, boundary);
  }

  /** Good children among few tilings of little reduced cost; the gap within which the node holds no better one. */
  async #look(node: Node): Promise<number> {
    const { core, relaxation } = node;
    const reduced = relaxation.reduced.slice().sort();
    let found: { tilings: Tilings; gap: number } | undefined;
    for (let count = Math.min(reduced.length, 12 * core.layers); found === undefined && count >= core.layers; count = Math.floor(count / 2)) {
      // With every choice kept nothing at all is left out, however little the tensions of tilings leave.
      const gap = count === reduced.length ? Infinity : Math.max(at(reduced, count - 1), this.#margin);
      const tilings = tilingsOf(this.#problem, core, relaxation, gap, this.#effort.few);
      if (tilings !== undefined) found = { tilings, gap };
    }
    const until = Math.min(this.#context.deadline, this.#context.now() + LOOK_MS);
    if (found !== undefined) {
      // What is left out costs more than the gap above the bound.
      await this.#solve(found.tilings, relaxedBound(node) + found.gap, until);
      if (this.#hopeless(this.#current)) return Infinity;
      if (this.#best !== undefined) return this.#current - relaxedBound(node);
    }
    // Nothing there, or too many: the boundaries that the relaxation mostly crosses are crossed, the others not.
    const fixed = followed(this.#problem, core, relaxation.shares);
    if (fixed === undefined) return -Infinity;
    const free = new Float64Array(fixed.first.length);
    const plain = tilingsOf(this.#problem, fixed, { reduced: free, tension: free }, 0, Infinity);
    if (plain !== undefined) await this.#solve(plain, -Infinity, until);
    return -Infinity;
  }

  /**
   * Some child that satisfies all rows: for each row in turn the child that takes least of it while the rows before
   * hold, until it is within the row too. False where there is none, or where time ran out.
   */
  async #findAny(): Promise<boolean> {
    let known: Child | undefined;
    for (const [index, row] of this.#problem.rows.entries()) {
      const within = row.bound + row.tolerance;
      const problem = { ...this.#problem, cost: row.coef, rows: this.#problem.rows.slice(0, index) };
      const search: CoverSearch = new CoverSearch(
        problem,
        { ...this.#context, onProgress: () => undefined },
        this.#effort,
        { atMost: within, suffices: ({ chosen, cost }) => this.#consider(chosen) || cost <= within, known },
      );
      const outcome = await search.run();
      if (this.#best !== undefined) return true;
      if (!('chosen' in outcome) || outcome.cost > within) {
        if (outcome.kind === 'unknown' || outcome.kind === 'feasible') this.#giveUp();
        return false;
      }
      known = { chosen: outcome.chosen, cost: 0 };
      const next = this.#problem.rows[index + 1];
      if (next !== undefined) known = { ...known, cost: sumOver(next.coef, known.chosen) };
    }
    return this.#best !== undefined;
  }

  /**
   * Solves a problem of tilings, whose children are those of the node at work but for some that cost `outside` or more;
   * what it proves raises the node's bound.
   */
  async #solve(tilings: Tilings, outside: number, deadline: number): Promise<void> {
    const { numeric, parts } = tilings;
    const complete = (chosen: Int32Array): Int32Array => Int32Array.from(Array.from(chosen).flatMap((choice) => parts[choice] ?? []));
    const raise = (proven: number): void => {
      this.#current = Math.max(this.#current, Math.min(proven, outside));
    };
    let excluded = false;
    const start = this.#best && placeIn(tilings, this.#best.chosen);
    const { onProgress: _, warmStart: __, ...context } = this.#context;
    const outcome = await searchExactly(numeric, {
      ...context,
      deadline,
      shouldStop: () => excluded || this.#sufficed || context.shouldStop(),
      ...(start === undefined ? {} : { warmStart: { chosen: start, rowKeys: [], keys: new Int32Array(), others: [] } }),
      onProgress: (chosen, proven) => {
        const before = this.#current;
        const better = this.#consider(complete(chosen));
        raise(proven);
        excluded = this.#hopeless(this.#current);
        if (better || this.#current > before) this.#emit();
      },
    });
    if ('chosen' in outcome) {
      this.#consider(complete(outcome.chosen));
      raise(outcome.bound);
    } else if (outcome.kind === 'infeasible') raise(Infinity);
  }

  /** Two nodes: no block crosses some boundary, or one does. */
  #branch(node: Node, keep: (choice: number) => boolean, boundary: number): void {
    const { core, relaxation } = node;
    for (const crossed of [false, true]) {
      const kept = new Uint8Array(this.#problem.cost.length);
      for (let c = 0; c < core.first.length; c++) if (keep(c) && agrees(core, c, boundary, crossed)) kept[at(core.origin, c)] = 1;
      const smaller = coverCoreOf(this.#problem, kept);
      const child = smaller && this.#node(smaller, relaxation.pieces);
      if (child !== undefined && !this.#hopeless(child.bound)) this.#open.push({ ...child, bound: Math.max(child.bound, this.#current) });
    }
  }

  #node(core: CoverCore, known: readonly (readonly number[])[]): Node | undefined {
    const relaxation = relaxCover(core, known);
    return relaxation === 'infeasible' ? undefined : { core, relaxation, bound: core.offset + relaxation.bound };
  }

  /** The open node of least bound. */
  #take(): Node {
    let best = 0;
    for (const [index, node] of this.#open.entries()) if (node.bound < (this.#open[best]?.bound ?? Infinity)) best = index;
    const [node] = this.#open.splice(best, 1);
    if (node === undefined) throw new Error('No node is open.');
    return node;
  }

  /** Leaves the node at work undecided. */
  #giveUp(): void {
    this.#undecided = Math.min(this.#undecided, this.#current);
  }

  /** Keeps a child that satisfies the problem as given and is the best so far. */
  #consider(chosen: Int32Array): boolean {
    if (!satisfies(this.#problem, chosen)) return false;
    const cost = sumOver(this.#problem.cost, chosen);
    if (this.#wanted?.suffices({ chosen, cost }) === true) this.#sufficed = true;
    if (this.#best !== undefined && cost >= this.#best.cost) return false;
    this.#best = { chosen, cost };
    return true;
  }

  #bound(): number {
    const open = this.#open.reduce((least, node) => Math.min(least, node.bound), Infinity);
    return Math.min(open, this.#undecided, this.#current, this.#best?.cost ?? Infinity);
  }

  #emit(): void {
    if (this.#best !== undefined) this.#context.onProgress?.(this.#best.chosen, this.#bound());
  }

  async #report(): Promise<void> {
    this.#emit();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #outcome(): SearchOutcome {
    const best = this.#best;
    const bound = this.#bound();
    const settled = this.#open.every((node) => this.#hopeless(node.bound)) && (this.#undecided === Infinity || this.#hopeless(this.#undecided));
    if (best === undefined) return { kind: settled ? 'infeasible' : 'unknown' };
    return {
      kind: settled ? 'optimal' : 'feasible',
      ...best,
      bound: settled ? best.cost : bound,
      warmStart: { chosen: best.chosen, rowKeys: [], keys: new Int32Array(), others: [] },
      relaxation: this.#root ?? { cost: bound, prices: new Float64Array(this.#problem.rows.length) },
    };
  }
}

/** What reduced costs add to; the node's own bound may be higher. */
function relaxedBound({ core, relaxation }: Node): number {
  return core.offset + relaxation.bound;
}

/** Prices of the relaxation in the problem's own units, by row. */
function pricesOf(problem: NumericProblem, { core, relaxation }: Node): Float64Array {
  const prices = new Float64Array(problem.rows.length);
  for (const [r, row] of core.rowOrigin.entries()) prices[row] = at(relaxation.prices, r) / (core.rowScales[r] ?? 1);
  return prices;
}
