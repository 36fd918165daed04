/**
 * The best child of a compiled problem: over all batches that workloads leave open, and whether or not blocks replace
 * several layers. Alternatives are taken in the order of their linear bounds, so that most are excluded unsearched.
 */
import type { Alternative, CompiledLimit, CompiledProblem } from './compile.ts';
import { coreOf } from './core.ts';
import { searchExactly, type SearchContext, type SearchOutcome } from './exact_search.ts';
import type { NumericProblem, Row } from './numeric_problem.ts';
import { undominated } from './presolve.ts';
import { solveRelaxation } from './relaxation.ts';
import { coverBound, searchCover } from './spans.ts';

/** How the question differs from the compiled problem. */
export interface Question {
  /** Minimised instead of the objective. */
  readonly cost?: Float64Array;
  /** Left out. */
  readonly without?: Pick<CompiledLimit, 'workload' | 'column' | 'side'> | undefined;
  /** Added. */
  readonly rows?: readonly Row[];
  /** Choices that may be used; all where absent. */
  readonly allowed?: (choice: number) => boolean;
}

export interface ChildOutcome {
  readonly outcome: SearchOutcome;
  /** The alternative that the outcome belongs to. */
  readonly alternative: Alternative;
}

export interface ChildContext extends Omit<SearchContext, 'onProgress'> {
  /** Called when a better child or bound is known; the bound holds for all alternatives together. */
  readonly onProgress?: (chosen: Int32Array, bound: number, alternative: Alternative) => void;
}

export async function searchChild(compiled: CompiledProblem, context: ChildContext, question: Question = {}): Promise<ChildOutcome> {
  const [only, ...more] = compiled.alternatives;
  if (only === undefined) throw new Error('A compiled problem has at least one alternative.');
  const { onProgress, ...rest } = context;
  if (more.length === 0) {
    const outcome = await search(numericOf(compiled, only, question), { ...rest, onProgress: (chosen, bound) => onProgress?.(chosen, bound, only) });
    return { outcome, alternative: only };
  }
  const ranked = compiled.alternatives
    .map((alternative) => ({ alternative, numeric: numericOf(compiled, alternative, question) }))
    .map((entry) => ({ ...entry, bound: linearBound(entry.numeric) }))
    .filter((entry) => entry.bound < Infinity)
    .sort((a, b) => a.bound - b.bound);
  let best: { outcome: Extract<SearchOutcome, { chosen: Int32Array }>; alternative: Alternative } | undefined;
  let unknown = false;
  /** Over the alternatives already searched. */
  let bound = Infinity;
  for (const [index, { alternative, numeric, bound: linear }] of ranked.entries()) {
    if (context.shouldStop()) break;
    if (best !== undefined && linear >= best.outcome.cost - 1e-10 * Math.abs(best.outcome.cost)) break;
    const nextBound = Math.min(bound, ranked[index + 1]?.bound ?? Infinity);
    const outcome = await search(numeric, {
      ...rest,
      onProgress: (chosen, proven) => {
        if (best === undefined) onProgress?.(chosen, Math.min(proven, nextBound), alternative);
      },
    });
    if (outcome.kind === 'infeasible') continue;
    if (outcome.kind === 'unknown') {
      unknown = true;
      bound = Math.min(bound, linear);
      continue;
    }
    bound = Math.min(bound, outcome.bound);
    if (best === undefined || outcome.cost < best.outcome.cost) best = { outcome, alternative };
  }
  if (best === undefined) return { outcome: { kind: unknown || context.shouldStop() ? 'unknown' : 'infeasible' }, alternative: only };
  const { outcome, alternative } = best;
  // An alternative that was given up early may hold a better child, down to its bound.
  if (context.shouldStop()) for (const entry of ranked) bound = Math.min(bound, entry.bound);
  const proven = bound >= outcome.cost - 1e-10 * Math.abs(outcome.cost) && !unknown;
  return { outcome: { ...outcome, kind: proven ? 'optimal' : 'feasible', bound: proven ? outcome.cost : bound }, alternative };
}

/** The problem of one alternative as numbers. */
export function numericOf(compiled: CompiledProblem, alternative: Alternative, question: Question = {}): NumericProblem {
  const { without, rows = [], cost = compiled.numeric.cost, allowed } = question;
  const same = (limit: CompiledLimit): boolean =>
    without !== undefined && limit.workload === without.workload && limit.column === without.column && limit.side === without.side;
  const kept = alternative.limits.filter((limit) => !same(limit)).map((limit) => limit.row);
  const problem = { ...compiled.numeric, cost, rows: [...kept, ...rows] };
  if (allowed === undefined) return problem;
  // A choice that must not be used costs more than its row leaves.
  const coef = Float64Array.from(cost, (_, choice) => (allowed(choice) ? 0 : 1));
  return { ...problem, rows: [...problem.rows, { key: 'allowed', coef, bound: 0, tolerance: 1e-6 }] };
}

function search(problem: NumericProblem, context: SearchContext): Promise<SearchOutcome> {
  return problem.last === undefined ? searchExactly(problem, context) : searchCover(problem, context);
}

/** Cost that no child of the problem can undercut; Infinity where there is none. */
export function linearBound(problem: NumericProblem): number {
  if (problem.last !== undefined) return coverBound(problem);
  const core = coreOf(problem, undominated(problem));
  const relaxation = core && solveRelaxation(core);
  return core === undefined || relaxation === undefined || relaxation === 'infeasible' ? Infinity : core.offset + relaxation.bound;
}
