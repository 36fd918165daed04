/**
 * One numeric problem to proven optimality: relaxation, repaired incumbent, reduced-cost fixing, a short own branch
 * and bound, then GLPK on what remains, in turns with branch and bound while neither has finished. Every child is
 * checked in the arithmetic of the problem as given; 'optimal' is only said with a complete proof.
 */
import { BranchAndBound } from './branch_and_bound.ts';
import { coreOf, lift, type Core } from './core.ts';
import { countablesOf } from './countables.ts';
import { factor } from './factor.ts';
import { countClasses, type CountClasses } from './count_classes.ts';
import type { GLPK } from 'glpk.js/node';
import { solveWithGlpk, type GlpkAnswer } from './glpk_model.ts';
import { satisfies, sumOver, type NumericProblem } from './numeric_problem.ts';
import { affordable, undominated } from './presolve.ts';
import { improve, repair, roundRelaxation, type Incumbent } from './primal.ts';
import { solveRelaxation, type Relaxation } from './relaxation.ts';
import { basisFor, basisOf, narrowed, type WarmStart } from './warm_start.ts';

export interface SearchContext {
  readonly glpk: GLPK;
  /** Told when GLPK broke down (it aborts on some hopeless numbers); this instance must not be used again. */
  readonly onGlpkFailure?: (() => void) | undefined;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  /** True once nobody wants the answer; asked for between and inside all stages but a GLPK call. */
  readonly shouldStop: () => boolean;
  /** Clock time at which to give up the proof. */
  readonly deadline: number;
  /** Clock time before which no GLPK call runs beyond it, so that a provisional answer is not late. */
  readonly answerBy?: number;
  /** Called when a better child or bound is known; objective and bound as in the problem given. */
  readonly onProgress?: (chosen: Int32Array, bound: number) => void;
  readonly warmStart?: WarmStart;
  /** Whether a child of this cost, with this proven bound, will do; the search then ends as 'feasible'. */
  readonly enough?: (cost: number, bound: number) => boolean;
}

export type SearchOutcome =
  | {
      readonly kind: 'optimal' | 'feasible';
      readonly chosen: Int32Array;
      readonly cost: number;
      readonly bound: number;
      readonly warmStart: WarmStart;
      readonly relaxation: LinearOptimum;
    }
  | { readonly kind: 'infeasible' }
  /** Out of time or withdrawn before any child was found. */
  | { readonly kind: 'unknown' };

/** Optimum of the linear relaxation, and its prices. */
export interface LinearOptimum {
  readonly cost: number;
  /** Per row of the problem: by how much the cost falls per unit of the row's bound; 0 or more. */
  readonly prices: Float64Array;
}

const FIRST_TURN_MS = 1_500;
const FIRST_GLPK_MS = 150;
/** A core is cut again once the gap has shrunk to this share of what it was cut with. */
const WORTH_CUTTING = 0.8;

/** Solves `problem`; the promise lets the event loop run between stages. */
export async function searchExactly(problem: NumericProblem, context: SearchContext): Promise<SearchOutcome> {
  const factored = factor(problem);
  if (factored === undefined) return searchGroups(problem, context);
  const { warmStart, onProgress } = context;
  const outcome = await searchGroups(factored.problem, {
    ...context,
    ...(warmStart === undefined || !fitsIn(problem, warmStart.chosen) ? {} : { warmStart: { ...warmStart, chosen: factored.split(warmStart.chosen) } }),
    onProgress: (chosen, bound) => onProgress?.(factored.join(chosen), bound),
  });
  if (outcome.kind === 'infeasible' || outcome.kind === 'unknown') return outcome;
  const chosen = factored.join(outcome.chosen);
  // Sums of parts may round to the other side of a limit than the whole.
  if (!satisfies(problem, chosen)) return searchGroups(problem, context);
  const cost = sumOver(problem.cost, chosen);
  return { ...outcome, chosen, cost, bound: outcome.kind === 'optimal' ? cost : outcome.bound, warmStart: { ...outcome.warmStart, chosen } };
}

async function searchGroups(problem: NumericProblem, context: SearchContext): Promise<SearchOutcome> {
  const search = new Search(problem, context);
  if (!search.start()) return { kind: 'infeasible' };
  const { enough } = context;
  const over = (): boolean => context.shouldStop() || context.now() >= context.deadline || (enough !== undefined && search.suffices(enough));
  let ownTurn = FIRST_TURN_MS;
  let glpkTurn = FIRST_GLPK_MS;
  while (!search.proven && !over()) {
    const until = context.now() + ownTurn;
    search.branch(() => context.now() >= until || over());
    await search.report();
    if (search.proven || over()) break;
    search.askGlpk(turnSeconds(context, search.exhausted ? Infinity : glpkTurn));
    await search.report();
    // Where rounding keeps our own search from a verdict, GLPK had the last word.
    if (search.exhausted) break;
    ownTurn = Math.max(ownTurn * 2, glpkTurn / 2);
    glpkTurn *= 2;
  }
  return search.outcome();
}

function turnSeconds(context: SearchContext, wanted: number): number {
  const now = context.now();
  const answerBy = context.answerBy ?? Infinity;
  const end = Math.min(context.deadline, now < answerBy ? answerBy : Infinity);
  return Math.max(0.01, Math.min(wanted, end - now) / 1000);
}

interface Child {
  readonly chosen: Int32Array;
  readonly cost: number;
}

/** What is left to decide, and how far our own branch and bound has come with it. */
interface Remainder {
  readonly core: Core;
  readonly classes: CountClasses;
  readonly tree: BranchAndBound;
  /** Gap the core was cut with. */
  readonly gap: number;
}

class Search {
  readonly #problem: NumericProblem;
  readonly #context: SearchContext;
  readonly #largestCost: number;
  #whole: { core: Core; relaxation: Relaxation } | undefined;
  #remainder: Remainder | undefined;
  #best: Child | undefined;
  /** Proven bound so far, from whichever stage. */
  #bound = -Infinity;
  #settled = false;
  /** Choices that no child can afford were left out before anything else. */
  #tightened = false;
  #glpkFailed = false;

  constructor(problem: NumericProblem, context: SearchContext) {
    this.#problem = problem;
    this.#context = context;
    this.#largestCost = problem.cost.reduce((most, cost) => Math.max(most, Math.abs(cost)), 0);
  }

  /** Relaxation, first child and first cut; false where the problem is infeasible. */
  start(): boolean {
    const affordableOnes = affordable(this.#problem);
    this.#tightened = affordableOnes.includes(0);
    const core = coreOf(this.#problem, undominated(this.#problem, affordableOnes));
    if (core === undefined) return false;
    const { warmStart } = this.#context;
    const relaxation = solveRelaxation(core, warmStart && basisFor(core, warmStart));
    if (relaxation === 'infeasible') return false;
    this.#whole = { core, relaxation };
    this.#bound = core.offset + relaxation.bound;
    if (warmStart !== undefined && fitsIn(this.#problem, warmStart.chosen)) {
      this.#consider(warmStart.chosen);
      const warm = locate(core, warmStart.chosen);
      if (warm !== undefined && repair(core, warm, relaxation.reduced)) this.#consider(lift(core, warm));
    }
    const rounded = roundRelaxation(core, relaxation, 0);
    if (rounded !== undefined) this.#consider(lift(core, rounded.chosen));
    this.#tell();
    this.#cut(core, relaxation);
    if (this.#best !== undefined) this.#context.onProgress?.(this.#best.chosen, this.#provenBound(this.#best));
    return true;
  }

  get proven(): boolean {
    return this.#settled || this.#remainder === undefined || this.#remainder.tree.proven;
  }

  /** True where our own search has nothing left to branch on, with or without a proof. */
  get exhausted(): boolean {
    return this.#remainder?.tree.done ?? true;
  }

  /** A turn of our own branch and bound, and a new cut where it has closed enough of the gap. */
  branch(stop: () => boolean): void {
    this.#remainder?.tree.run(stop);
    this.#recut();
  }

  /** A turn of GLPK on the remainder. */
  askGlpk(seconds: number): void {
    const remainder = this.#remainder;
    if (remainder === undefined || this.#glpkFailed) return;
    const { core, classes, tree } = remainder;
    const accept = (chosen: Int32Array): boolean => this.#consider(lift(core, chosen));
    let answer: GlpkAnswer;
    try {
      answer = solveWithGlpk(this.#context.glpk, core, classes, tree.bound, tree.incumbent, seconds, accept);
    } catch {
      // Our own search is complete by itself, if slower; it goes on alone.
      this.#glpkFailed = true;
      this.#context.onGlpkFailure?.();
      return;
    }
    if (answer.found !== undefined) tree.offer(answer.found);
    this.#settled = answer.kind === 'proven';
    this.#recut();
  }

  suffices(enough: (cost: number, bound: number) => boolean): boolean {
    return this.#best !== undefined && enough(this.#best.cost, this.#provenBound(this.#best));
  }

  async report(): Promise<void> {
    if (this.#best !== undefined) this.#context.onProgress?.(this.#best.chosen, this.#provenBound(this.#best));
    await new Promise((resolve) => setImmediate(resolve));
  }

  outcome(): SearchOutcome {
    const best = this.#best;
    const { proven } = this;
    if (best === undefined || this.#whole === undefined) return { kind: proven ? 'infeasible' : 'unknown' };
    return {
      kind: proven ? 'optimal' : 'feasible',
      ...best,
      bound: this.#provenBound(best),
      warmStart: { chosen: best.chosen, ...basisOf(this.#whole.core, this.#whole.relaxation.basis) },
      relaxation: this.#linearOptimum(this.#whole),
    };
  }

  #linearOptimum({ core, relaxation }: { readonly core: Core; readonly relaxation: Relaxation }): LinearOptimum {
    const whole = this.#tightened ? coreOf(this.#problem, undominated(this.#problem)) : undefined;
    const solved = whole && solveRelaxation(whole);
    return whole === undefined || solved === undefined || solved === 'infeasible'
      ? linearOptimum(this.#problem, core, relaxation)
      : linearOptimum(this.#problem, whole, solved);
  }

  /** Provisional, while the remainder is not cut out yet. */
  #tell(): void {
    if (this.#best !== undefined) this.#context.onProgress?.(this.#best.chosen, Math.min(this.#bound, this.#best.cost));
  }

  #provenBound(best: Child): number {
    if (this.proven) return best.cost;
    if (this.#remainder !== undefined) {
      this.#bound = Math.max(this.#bound, this.#remainder.core.offset + this.#remainder.tree.bound);
    }
    return Math.min(this.#bound, best.cost);
  }

  /** Keeps a child that satisfies the problem as given; false where it does not. */
  #consider(chosen: Int32Array): boolean {
    if (!satisfies(this.#problem, chosen)) return false;
    const cost = sumOver(this.#problem.cost, chosen);
    if (this.#best === undefined || cost < this.#best.cost) this.#best = { chosen, cost };
    return true;
  }

  #improve(core: Core, relaxation: Relaxation, start: Int32Array): void {
    this.#consider(lift(core, improve(core, start, relaxation.reduced).chosen));
  }

  /** Differences below this do not count as better: the rounding of a sum of costs. */
  #margin(): number {
    return 1e-10 * Math.abs(this.#best?.cost ?? 0) + 1e-13 * this.#largestCost;
  }

  #recut(): void {
    const remainder = this.#remainder;
    if (remainder === undefined || this.#best === undefined || this.proven || remainder.tree.done) return;
    const gap = this.#best.cost - remainder.core.offset - remainder.tree.rootBound;
    if (gap > WORTH_CUTTING * remainder.gap) return;
    this.#provenBound(this.#best);
    const relaxation = solveRelaxation(remainder.core);
    if (relaxation !== 'infeasible') this.#cut(remainder.core, relaxation);
  }

  /** Reduced-cost fixing until it removes little, improving the child in what is left. */
  #cut(from: Core, solved: Relaxation): void {
    let core = from;
    let relaxation = solved;
    for (let round = 0; round < 4 && this.#best !== undefined; round++) {
      const before = this.#best;
      const gap = before.cost - core.offset - relaxation.bound + this.#margin();
      const smaller = coreOf(this.#problem, keptBy(core, relaxation, before.chosen, gap, this.#problem.cost.length));
      const again = smaller && solveRelaxation(smaller, narrowed(core, smaller, relaxation.basis));
      if (smaller === undefined || again === undefined || again === 'infeasible') break;
      const shrunk = smaller.cost.length <= 0.9 * core.cost.length;
      core = smaller;
      relaxation = again;
      const start = locate(core, before.chosen);
      if (start !== undefined) this.#improve(core, relaxation, start);
      this.#tell();
      const rounded = roundRelaxation(core, relaxation, 3);
      if (rounded !== undefined) this.#consider(lift(core, rounded.chosen));
      if (!shrunk && this.#best.cost >= before.cost) break;
    }
    const classes = countClasses(this.#problem, core);
    const accept = (chosen: Int32Array): boolean => this.#consider(lift(core, chosen));
    const tree = new BranchAndBound(core, classes, countablesOf(this.#problem, core, classes), relaxation, incumbentIn(core, this.#best), accept, () => this.#margin());
    const gap = this.#best === undefined ? Infinity : this.#best.cost - core.offset - relaxation.bound;
    this.#remainder = { core, classes, tree, gap };
  }
}

/** Reduced-cost fixing: choices whose reduced cost exceeds the gap cannot be in a better child. */
function keptBy(core: Core, relaxation: Relaxation, best: Int32Array, gap: number, choices: number): Uint8Array {
  const keep = new Uint8Array(choices);
  for (const choice of core.fixed) keep[choice] = 1;
  for (const group of core.openGroups) keep[core.fixed[group] ?? 0] = 0;
  for (const [c, reduced] of relaxation.reduced.entries()) if (reduced <= gap) keep[core.origin[c] ?? 0] = 1;
  for (const choice of best) keep[choice] = 1;
  return keep;
}

function linearOptimum(problem: NumericProblem, core: Core, relaxation: Relaxation): LinearOptimum {
  const prices = new Float64Array(problem.rows.length);
  for (const [r, row] of core.rowOrigin.entries()) prices[row] = (relaxation.prices[r] ?? 0) / (core.rowScales[r] ?? 1);
  return { cost: core.offset + relaxation.bound, prices };
}

function incumbentIn(core: Core, best: Child | undefined): Incumbent | undefined {
  const chosen = best && locate(core, best.chosen);
  return best === undefined || chosen === undefined ? undefined : { chosen, cost: best.cost - core.offset };
}

/** A complete choice in terms of the core; undefined where it uses something that was cut. */
function locate(core: Core, complete: Int32Array): Int32Array | undefined {
  const place = new Map(Array.from(core.origin, (origin, c) => [origin, c]));
  const chosen = new Int32Array(core.openGroups.length);
  for (const [g, original] of core.openGroups.entries()) {
    const found = place.get(complete[original] ?? -1);
    if (found === undefined) return undefined;
    chosen[g] = found;
  }
  return chosen;
}

/** Whether `chosen` names one choice of each group. */
function fitsIn(problem: NumericProblem, chosen: Int32Array): boolean {
  if (chosen.length !== problem.groupStart.length - 1) return false;
  return chosen.every((choice, g) => choice >= (problem.groupStart[g] ?? 0) && choice < (problem.groupStart[g + 1] ?? 0));
}
