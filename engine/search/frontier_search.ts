/** Single searches that a frontier or contour is made of. */
import type { LibraryView } from '../protocol/library.ts';
import type { Problem, SolveUpdate, WireSolution } from '../protocol/problem.ts';
import { compile, type Alternative, type CompiledProblem } from './compile.ts';
import { coreOf } from './core.ts';
import { sumOver, type NumericProblem } from './numeric_problem.ts';
import { undominated } from './presolve.ts';
import { solveRelaxation } from './relaxation.ts';
import { numericOf, searchChild, type ChildOutcome, type Question } from './search_child.ts';
import { searchContext, solveProblem, type StudyContext } from './solve.ts';
import { coverBound } from './spans.ts';
import { evaluateChoices } from './totals.ts';
import type { WarmStart } from './warm_start.ts';
import { workloadResult } from './workloads.ts';

export type Answered = Extract<SolveUpdate, { status: 'optimal' | 'feasible' }>;

/** The best child of `problem`; undefined where there is none, or none was found in time. */
export async function freeOptimum(view: LibraryView, problem: Problem, withinMs: number, context: StudyContext): Promise<Answered | undefined> {
  let answer: Answered | undefined;
  await solveProblem(view, problem, {
    ...context,
    giveUpAfterMs: withinMs,
    explainInfeasible: false,
    onUpdate: (update) => {
      if (update.status === 'optimal' || update.status === 'feasible') answer = update;
    },
  });
  return answer;
}

/** Searches until the best child is within a share of the bound, or for so long. */
export function searchNearly(
  compiled: CompiledProblem,
  question: Question & { readonly cost: Float64Array },
  within: number,
  withinMs: number,
  context: StudyContext,
  warmStart?: WarmStart,
): Promise<ChildOutcome> {
  const startedAt = context.now();
  let settled = false;
  return searchChild(
    compiled,
    {
      ...searchContext({ ...context, onUpdate: () => undefined, giveUpAfterMs: withinMs }, startedAt),
      shouldStop: () => settled || context.shouldStop(),
      onProgress: (chosen, bound) => {
        const sum = sumOver(question.cost, chosen);
        settled = sum - bound <= within * Math.abs(sum);
      },
      ...(warmStart === undefined ? {} : { warmStart }),
    },
    question,
  );
}

/** A child that a search found, as it crosses the boundary. */
export function childOf(view: LibraryView, problem: Problem, compiled: CompiledProblem, alternative: Alternative, chosen: Int32Array): WireSolution {
  const choices = Array.from(chosen, (choice) => compiled.choices[choice]);
  const workloads = (problem.workloads ?? []).map((workload) => workloadResult(view, workload, alternative.batches.get(workload.id) ?? 1, choices));
  return { ...evaluateChoices(view, problem.objective, choices), ...(workloads.length === 0 ? {} : { workloads }) };
}

/**
 * Optimum of the linear relaxation as a value of the objective, whatever the batches that workloads leave open:
 * mixtures of variants cannot beat it, let alone children. Undefined where even mixtures do not fit.
 */
export function relaxationOf(view: LibraryView, problem: Problem): number | undefined {
  const compiled = compile(view, problem);
  const bounds = compiled.alternatives.map((alternative) => linearBound(numericOf(compiled, alternative)));
  const least = Math.min(...bounds);
  return least === Infinity ? undefined : compiled.objectiveOf(least);
}

function linearBound(problem: NumericProblem): number {
  if (problem.last !== undefined) return coverBound(problem);
  const core = coreOf(problem, undominated(problem));
  const relaxation = core && solveRelaxation(core);
  return core === undefined || relaxation === undefined || relaxation === 'infeasible' ? Infinity : core.offset + relaxation.bound;
}
