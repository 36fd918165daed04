/**
 * One numeric problem to proven optimality: relaxation, repaired incumbent, reduced-cost fixing, a short own branch
 * and bound, then GLPK on what remains, in turns with branch and bound while neither has finished. Every child is
 * checked in the arithmetic of the problem as given; 'optimal' is only said with a complete proof.
 */
import { BranchAndBound } from './branch_and_bound.ts';
import { coreOf, lift, type Core } from './core.ts';
import { countClasses } from './count_classes.ts';
import type { GLPK } from 'glpk.js/node';
import { solveWithGlpk } from './glpk_model.ts';
import { satisfies, sumOver, type NumericProblem } from './numeric_problem.ts';
import { undominated } from './presolve.ts';
import { improve, repair, roundRelaxation, type Incumbent } from './primal.ts';
import { solveRelaxation, type Relaxation } from './relaxation.ts';
import { basisFor, basisOf, type WarmStart } from './warm_start.ts';

export interface SearchContext {
  readonly glpk: GLPK;
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
}

export type SearchOutcome =
  | {
      readonly kind: 'optimal' | 'feasible';
      readonly chosen: Int32Array;
      readonly cost: number;
      readonly bound: number;
      readonly warmStart: WarmStart;
    }
  | { readonly kind: 'infeasible' }
  /** Out of time or withdrawn before any child was found. */
  | { readonly kind: 'unknown' };

const FIRST_TURN_MS = 5;
const FIRST_GLPK_MS = 250;

/** Solves `problem`; the promise lets the event loop run between stages. */
export async function searchExactly(problem: NumericProblem, context: SearchContext): Promise<SearchOutcome> {
  const search = prepare(problem, context);
  if (search === 'infeasible') return { kind: 'infeasible' };
  const { tree, finish, progress } = search;
  let ownTurn = FIRST_TURN_MS;
  let glpkTurn = FIRST_GLPK_MS;
  const over = (): boolean => context.shouldStop() || context.now() >= context.deadline;
  for (let turn = 0; !tree.done && !over(); turn++) {
    if (turn % 2 === 0) {
      const until = context.now() + ownTurn;
      tree.run(() => context.now() >= until || over());
      ownTurn *= turn === 0 ? 8 : 2;
    } else {
      if (search.askGlpk(turnSeconds(context, glpkTurn))) break;
      glpkTurn *= 2;
    }
    progress();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return finish();
}

function turnSeconds(context: SearchContext, wanted: number): number {
  const now = context.now();
  const answerBy = context.answerBy ?? Infinity;
  const end = Math.min(context.deadline, now < answerBy ? answerBy : Infinity);
  return Math.max(0.01, Math.min(wanted, end - now) / 1000);
}

interface Prepared {
  readonly tree: BranchAndBound;
  readonly progress: () => void;
  readonly finish: () => SearchOutcome;
  /** True where GLPK settled the problem. */
  readonly askGlpk: (seconds: number) => boolean;
}

function prepare(problem: NumericProblem, context: SearchContext): Prepared | 'infeasible' {
  let best: { chosen: Int32Array; cost: number } | undefined;
  const consider = (chosen: Int32Array): boolean => {
    if (!satisfies(problem, chosen)) return false;
    const cost = sumOver(problem.cost, chosen);
    if (best === undefined || cost < best.cost) best = { chosen, cost };
    return true;
  };

  const keep = undominated(problem);
  const whole = coreOf(problem, keep);
  if (whole === undefined) return 'infeasible';
  const first = solveRelaxation(whole, context.warmStart && basisFor(whole, context.warmStart));
  if (first === 'infeasible') return 'infeasible';
  const rootBound = whole.offset + first.bound;
  if (context.warmStart !== undefined && fitsIn(problem, context.warmStart.chosen)) consider(context.warmStart.chosen);
  const warm = context.warmStart === undefined ? undefined : locate(whole, context.warmStart.chosen);
  if (warm !== undefined && repair(whole, warm, first.reduced)) consider(lift(whole, improve(whole, warm, first.reduced).chosen));
  const rounded = roundRelaxation(whole, first);
  if (rounded !== undefined) consider(lift(whole, rounded.chosen));
  if (best !== undefined) context.onProgress?.(best.chosen, Math.min(rootBound, best.cost));

  let core = whole;
  let relaxation: Relaxation = first;
  for (let round = 0; round < 4 && best !== undefined; round++) {
    const gap = best.cost - core.offset - relaxation.bound;
    const before = core.cost.length;
    const kept = keptBy(core, relaxation, best.chosen, gap + marginOf(problem, best.cost), problem.cost.length);
    const smaller = coreOf(problem, kept);
    if (smaller === undefined) break;
    const again = solveRelaxation(smaller);
    if (again === 'infeasible') break;
    core = smaller;
    relaxation = again;
    const old = best.cost;
    const start = locate(core, best.chosen);
    if (start !== undefined) consider(lift(core, improve(core, start, relaxation.reduced).chosen));
    const retry = roundRelaxation(core, relaxation);
    if (retry !== undefined) consider(lift(core, retry.chosen));
    if (core.cost.length > 0.9 * before && best.cost >= old) break;
  }

  const classes = countClasses(core);
  const accept = (chosen: Int32Array): boolean => consider(lift(core, chosen));
  const margin = (): number => (best === undefined ? 0 : marginOf(problem, best.cost));
  const tree = new BranchAndBound(core, classes, relaxation, incumbentIn(core, best), accept, margin);
  const bound = (): number => {
    const value = Math.max(rootBound, core.offset + tree.bound);
    return best === undefined ? value : Math.min(value, best.cost);
  };
  let settled = false;
  let settledInfeasible = false;
  return {
    tree,
    progress: () => {
      if (best !== undefined) context.onProgress?.(best.chosen, bound());
    },
    askGlpk: (seconds) => {
      const answer = solveWithGlpk(context.glpk, core, classes, tree.bound, tree.incumbent, seconds, accept);
      if (answer.found !== undefined) tree.offer(answer.found);
      settled = answer.kind === 'proven';
      settledInfeasible = settled && best === undefined;
      return settled;
    },
    finish: () => {
      const proven = settled || tree.proven;
      if (best === undefined) return proven || settledInfeasible ? { kind: 'infeasible' } : { kind: 'unknown' };
      return {
        kind: proven ? 'optimal' : 'feasible',
        chosen: best.chosen,
        cost: best.cost,
        bound: proven ? best.cost : bound(),
        warmStart: { chosen: best.chosen, ...basisOf(whole, first.basis) },
      };
    },
  };
}

/** Differences below this do not count as better: rounding of a sum of costs. */
function marginOf(problem: NumericProblem, cost: number): number {
  let largest = 0;
  for (const value of problem.cost) largest = Math.max(largest, Math.abs(value));
  return 1e-10 * Math.abs(cost) + 1e-13 * largest;
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

function incumbentIn(core: Core, best: { chosen: Int32Array; cost: number } | undefined): Incumbent | undefined {
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
