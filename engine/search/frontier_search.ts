/** Single searches that a frontier or contour is made of. */
import type { LibraryView } from '../protocol/library.ts';
import type { Problem, SolveUpdate, WireSolution } from '../protocol/problem.ts';
import { compile, type Alternative, type CompiledProblem } from './compile.ts';
import { linearBound, numericOf, searchChild, type ChildOutcome, type Question } from './search_child.ts';
import { searchContext, solveProblem, workloadsOf, type StudyContext } from './solve.ts';
import { evaluateChoices } from './totals.ts';
import type { WarmStart } from './warm_start.ts';

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
  return searchChild(
    compiled,
    {
      ...searchContext({ ...context, onUpdate: () => undefined, giveUpAfterMs: withinMs }, startedAt),
      enough: (cost, bound) => cost - bound <= within * Math.abs(cost),
      ...(warmStart === undefined ? {} : { warmStart }),
    },
    question,
  );
}

/** A child that a search found, as it crosses the boundary. */
export function childOf(view: LibraryView, problem: Problem, compiled: CompiledProblem, alternative: Alternative, chosen: Int32Array): WireSolution {
  const choices = Array.from(chosen, (choice) => compiled.choices[choice]);
  return { ...evaluateChoices(view, problem.objective, choices), ...workloadsOf(view, problem, alternative, choices) };
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
