/**
 * A stated problem to its answers: compiles it, searches exactly, finds further different children, explains what
 * cannot be met. Runs wherever it is called; `search_worker.ts` runs it off the engine's event loop.
 */
import type { GLPK } from 'glpk.js/node';
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import { gapOf, type Problem, type SolveUpdate, type WireSolution } from '../protocol/problem.ts';
import { compile, type CompiledProblem } from './compile.ts';
import { searchExactly, type SearchContext } from './exact_search.ts';
import { explainInfeasible } from './infeasible.ts';
import type { NumericProblem, Row } from './numeric_problem.ts';
import { costsOf } from './totals.ts';
import type { WarmStart } from './warm_start.ts';

/** Without a proof by then, the best child so far is given with its gap while the search goes on. */
const ANSWER_WITHIN_MS = 2_000;
/** Then the search is given up and the gap stands. */
const GIVE_UP_AFTER_MS = 60_000;

export interface SolveContext {
  readonly glpk: GLPK;
  readonly onGlpkFailure?: () => void;
  readonly now: () => number;
  readonly shouldStop: () => boolean;
  readonly onUpdate: (update: SolveUpdate) => void;
  readonly warmStart?: WarmStart | undefined;
}

/** What frontier, contour and explanation need; they report in their own ways. */
export type StudyContext = Omit<SolveContext, 'onUpdate' | 'warmStart'>;

/** Solves, reporting as it goes; gives what the next solve on the library may start from. */
export async function solveProblem(view: LibraryView, problem: Problem, context: SolveContext): Promise<WarmStart | undefined> {
  const startedAt = context.now();
  const compiled = compile(view, problem);
  const wanted = problem.solutions ?? 1;
  const found: Found[] = [];
  let warmStart: WarmStart | undefined;
  let exhausted = false;
  /** False once the search for a further child ended without a verdict. */
  let complete = true;
  let lastShown = '';

  const emit = (status: 'optimal' | 'feasible', final: boolean): void => {
    const [first] = found;
    if (first === undefined) return;
    const objective = compiled.objectiveOf(first.cost);
    const bound = status === 'optimal' ? objective : compiled.objectiveOf(first.bound);
    const shown = `${status} ${objective} ${bound} ${found.length} ${final}`;
    if (shown === lastShown) return;
    lastShown = shown;
    context.onUpdate({
      status,
      objective,
      bound,
      gap: status === 'optimal' ? 0 : Math.max(...found.map(({ cost, bound: proven }) => gapOf(compiled.objectiveOf(cost), compiled.objectiveOf(proven)))),
      solve_ms: context.now() - startedAt,
      solutions: found.map((solution) => toWire(view, compiled, solution)),
      limits: [],
      final,
      exhausted,
    });
  };

  while (found.length < wanted) {
    const numeric = withDiversity(compiled.numeric, found, problem.min_different_layers ?? 1);
    const index = found.length;
    const outcome = await searchExactly(numeric, {
      ...searchContext(context, startedAt),
      ...(index === 0 && context.warmStart !== undefined ? { warmStart: context.warmStart } : {}),
      onProgress: (chosen, bound) => {
        found[index] = { chosen, cost: costOf(numeric, chosen), bound, proven: false };
        emit('feasible', false);
      },
    });
    if (context.shouldStop()) {
      context.onUpdate({ status: 'cancelled' });
      return warmStart;
    }
    if (outcome.kind === 'unknown') {
      if (index === 0) {
        throw new WorkbenchError('internal', 'No child was found in time, and none was shown to be impossible.', {
          hint: 'Loosen a limit a little.',
        });
      }
      found.length = index;
      complete = false;
      break;
    }
    if (outcome.kind === 'infeasible') {
      found.length = index;
      if (index === 0) {
        const solveMs = context.now() - startedAt;
        await explainInfeasible(compiled, searchContext(context, startedAt), (reachable) =>
          context.onUpdate({ status: 'infeasible', solve_ms: solveMs, reachable: [...reachable], conflict: [] }),
        );
        if (context.shouldStop()) context.onUpdate({ status: 'cancelled' });
        return undefined;
      }
      exhausted = true;
      break;
    }
    found[index] = { chosen: outcome.chosen, cost: outcome.cost, bound: outcome.bound, proven: outcome.kind === 'optimal' };
    if (index === 0) warmStart = outcome.warmStart;
  }
  emit(complete && found.every((solution) => solution.proven) ? 'optimal' : 'feasible', true);
  return warmStart;
}

interface Found {
  readonly chosen: Int32Array;
  readonly cost: number;
  readonly bound: number;
  readonly proven: boolean;
}

export function searchContext(context: SolveContext, startedAt: number): SearchContext {
  return {
    glpk: context.glpk,
    onGlpkFailure: context.onGlpkFailure,
    now: context.now,
    shouldStop: context.shouldStop,
    answerBy: startedAt + ANSWER_WITHIN_MS,
    deadline: startedAt + GIVE_UP_AFTER_MS,
  };
}

/** Puzzle's diversity rows: at most `layers - differing` layers as in any earlier child. */
function withDiversity(numeric: NumericProblem, found: readonly Found[], differing: number): NumericProblem {
  const layers = numeric.groupStart.length - 1;
  const rows = found.map(({ chosen }, index): Row => {
    const coef = new Float64Array(numeric.cost.length);
    for (const choice of chosen) coef[choice] = 1;
    return { key: `different:${index}`, coef, bound: layers - Math.min(differing, layers), tolerance: 1e-6 };
  });
  return { ...numeric, rows: [...numeric.rows, ...rows] };
}

function costOf(numeric: NumericProblem, chosen: Int32Array): number {
  let cost = 0;
  for (const choice of chosen) cost += numeric.cost[choice];
  return cost;
}

function toWire(view: LibraryView, compiled: CompiledProblem, { chosen, cost }: Found): WireSolution {
  const choices = Array.from(chosen, (choice) => compiled.choices[choice]);
  return { objective: compiled.objectiveOf(cost), costs: costsOf(view, choices), choices };
}
