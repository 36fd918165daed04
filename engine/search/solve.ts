/**
 * A stated problem to its answers: compiles it, searches exactly, finds further different children, explains what
 * cannot be met. Runs wherever it is called; `search_worker.ts` runs it off the engine's event loop.
 */
import type { GLPK } from 'glpk.js/node';
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import { gapOf, type Problem, type SolveUpdate, type WireSolution } from '../protocol/problem.ts';
import { compile, type Alternative, type CompiledProblem } from './compile.ts';
import type { LinearOptimum, SearchContext } from './exact_search.ts';
import { explainInfeasible } from './infeasible.ts';
import { limitStates } from './limit_states.ts';
import { sumOver, type NumericProblem, type Row } from './numeric_problem.ts';
import { searchChild } from './search_child.ts';
import { costsOf } from './totals.ts';
import type { WarmStart } from './warm_start.ts';
import { workloadResult } from './workloads.ts';

/** Without a proof by then, the best child so far is given with its gap while the search goes on. */
const ANSWER_WITHIN_MS = 2_000;
/** Provisional answers come at most this often, or when the gap has shrunk to this share. */
const SHOWN_EVERY_MS = 100;
const MUCH_SMALLER = 0.3;
/** Then the search is given up and the gap stands. */
const GIVE_UP_AFTER_MS = 60_000;

export interface SolveContext {
  readonly glpk: GLPK;
  readonly onGlpkFailure?: () => void;
  readonly now: () => number;
  readonly shouldStop: () => boolean;
  readonly onUpdate: (update: SolveUpdate) => void;
  readonly warmStart?: WarmStart | undefined;
  /** The search for a proof is given up after so many milliseconds. */
  readonly giveUpAfterMs?: number;
  /** Whether to find out what would have to change where nothing fits; true unless told otherwise. */
  readonly explainInfeasible?: boolean;
}

/** What frontier, contour and explanation need; they report in their own ways. */
export type StudyContext = Omit<SolveContext, 'onUpdate' | 'warmStart'>;

/** Solves, reporting as it goes; gives what the next solve on the library may start from. */
export async function solveProblem(view: LibraryView, problem: Problem, context: SolveContext): Promise<WarmStart | undefined> {
  const startedAt = context.now();
  const compiled = compile(view, problem);
  const wanted = problem.solutions ?? 1;
  const found: Found[] = [];
  /** Of the first solution. */
  let first: Proven | undefined;
  let exhausted = false;
  /** False once the search for a further child ended without a verdict. */
  let complete = true;
  let lastShown = '';
  let nextShownAt = 0;
  let shownGap = Infinity;

  const emit = (status: 'optimal' | 'feasible', final: boolean): void => {
    const [best] = found;
    if (best === undefined) return;
    const objective = compiled.objectiveOf(best.cost);
    const bound = status === 'optimal' ? objective : compiled.objectiveOf(best.bound);
    const gap = status === 'optimal' ? 0 : Math.max(...found.map(({ cost, bound: proven }) => gapOf(compiled.objectiveOf(cost), compiled.objectiveOf(proven))));
    // Telling an answer takes as long as a good part of a solve: provisional ones only where they say much more.
    if (!final && context.now() < nextShownAt && gap > shownGap * MUCH_SMALLER) return;
    nextShownAt = context.now() + SHOWN_EVERY_MS;
    shownGap = gap;
    const shown = `${status} ${objective} ${bound} ${found.length} ${final}`;
    if (shown === lastShown) return;
    lastShown = shown;
    context.onUpdate({
      status,
      objective,
      bound,
      gap,
      solve_ms: context.now() - startedAt,
      solutions: found.map((solution) => toWire(view, problem, compiled, solution)),
      limits: first === undefined ? [] : limitStates(compiled, first.alternative.limits, best.chosen, first.relaxation),
      ...(first === undefined ? {} : { relaxation: compiled.objectiveOf(first.relaxation.cost) }),
      final,
      exhausted,
    });
  };

  while (found.length < wanted) {
    const index = found.length;
    const inner = {
      ...searchContext(context, startedAt),
      ...(index === 0 && context.warmStart !== undefined ? { warmStart: context.warmStart } : {}),
      onProgress: (chosen: Int32Array, bound: number, alternative: Alternative): void => {
        found[index] = { chosen, cost: sumOver(compiled.numeric.cost, chosen), bound, proven: false, alternative };
        emit('feasible', false);
      },
    };
    const { outcome, alternative } = await searchChild(compiled, inner, { rows: diversityRows(compiled.numeric, found, problem.min_different_layers ?? 1) });
    if (context.shouldStop()) {
      context.onUpdate({ status: 'cancelled' });
      return first?.warmStart;
    }
    found.length = index;
    if (outcome.kind === 'unknown') {
      if (index === 0) {
        throw new WorkbenchError('internal', 'No child was found in time, and none was shown to be impossible.', {
          hint: 'Loosen a limit a little.',
        });
      }
      complete = false;
      break;
    }
    if (outcome.kind === 'infeasible') {
      if (index === 0) {
        await reportInfeasible(view, problem, compiled, context, startedAt);
        return undefined;
      }
      exhausted = true;
      break;
    }
    found[index] = { chosen: outcome.chosen, cost: outcome.cost, bound: outcome.bound, proven: outcome.kind === 'optimal', alternative };
    if (index === 0) first = { alternative, relaxation: outcome.relaxation, warmStart: outcome.warmStart };
  }
  emit(complete && found.every((solution) => solution.proven) ? 'optimal' : 'feasible', true);
  return first?.warmStart;
}

interface Found {
  readonly chosen: Int32Array;
  readonly cost: number;
  readonly bound: number;
  readonly proven: boolean;
  readonly alternative: Alternative;
}

/** What only a finished search for the first solution tells. */
interface Proven {
  readonly alternative: Alternative;
  readonly relaxation: LinearOptimum;
  readonly warmStart: WarmStart;
}

async function reportInfeasible(view: LibraryView, problem: Problem, compiled: CompiledProblem, context: SolveContext, startedAt: number): Promise<void> {
  const solveMs = context.now() - startedAt;
  if (context.explainInfeasible === false) context.onUpdate({ status: 'infeasible', solve_ms: solveMs, reachable: [], conflict: [] });
  else {
    await explainInfeasible(view, problem, compiled, searchContext(context, startedAt), (reachable, conflict) =>
      context.onUpdate({ status: 'infeasible', solve_ms: solveMs, reachable: [...reachable], conflict: [...conflict] }),
    );
  }
  if (context.shouldStop()) context.onUpdate({ status: 'cancelled' });
}

export function searchContext(context: SolveContext, startedAt: number): SearchContext {
  return {
    glpk: context.glpk,
    onGlpkFailure: context.onGlpkFailure,
    now: context.now,
    shouldStop: context.shouldStop,
    answerBy: startedAt + ANSWER_WITHIN_MS,
    deadline: startedAt + (context.giveUpAfterMs ?? GIVE_UP_AFTER_MS),
  };
}

/** Puzzle's diversity rows: at most `layers - differing` layers as in any earlier child. */
function diversityRows(numeric: NumericProblem, found: readonly Found[], differing: number): readonly Row[] {
  const layers = numeric.groupStart.length - 1;
  return found.map(({ chosen }, index): Row => {
    const coef = new Float64Array(numeric.cost.length);
    for (const choice of chosen) coef[choice] = layersOf(numeric, choice);
    return { key: `different:${index}`, coef, bound: layers - Math.min(differing, layers), tolerance: 1e-6 };
  });
}

/** How many layers a choice covers. */
function layersOf(numeric: NumericProblem, choice: number): number {
  if (numeric.last === undefined) return 1;
  const next = numeric.groupStart.findIndex((start) => start > choice);
  return numeric.last[choice] - (next - 1) + 1;
}

function toWire(view: LibraryView, problem: Problem, compiled: CompiledProblem, { chosen, cost, alternative }: Found): WireSolution {
  const choices = Array.from(chosen, (choice) => compiled.choices[choice]);
  return { objective: compiled.objectiveOf(cost), costs: costsOf(view, choices), choices, ...workloadsOf(view, problem, alternative, choices) };
}

/** What a child does under each workload, at the batches of the alternative it was found for. */
export function workloadsOf(view: LibraryView, problem: Problem, { batches }: Alternative, choices: readonly number[]): Pick<WireSolution, 'workloads'> {
  const workloads = (problem.workloads ?? []).map((workload) => workloadResult(view, workload, batches.get(workload.id) ?? 1, choices));
  return workloads.length === 0 ? {} : { workloads };
}
