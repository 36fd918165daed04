/**
 * The search where a block may replace several parent layers in a row (Puzzle's figure 2; Puzzletron's
 * `parent_layer_indices`): instead of one choice per layer, one choice covering each layer.
 *
 * The relaxation (`cover_relaxation.ts`) gives a bound and reduced costs. Every child that costs at most `gap` more than
 * the bound consists of tilings that add at most `gap` each; where those are few (`cover_tilings.ts`), a problem with
 * one tiling per segment decides exactly (`exact_search.ts`). A small gap first finds good children, whose cost then is
 * the gap that proves. Where too many tilings remain, the search branches on whether a block crosses a boundary between
 * layers, best bound first.
 */
import { coverCoreOf, lastGroups, undominatedIntervals } from './cover_core.ts';
import { relaxCover } from './cover_relaxation.ts';
import { CoverSearch, EFFORT, type Effort } from './cover_search.ts';
import { searchExactly, type SearchContext, type SearchOutcome } from './exact_search.ts';
import { groupOfChoices, type NumericProblem } from './numeric_problem.ts';

/** Solves `problem`, whose `last` may reach beyond the own group; `chosen` has one choice per block, in order of depth. */
export async function searchCover(problem: NumericProblem, context: SearchContext, effort: Effort = EFFORT): Promise<SearchOutcome> {
  if (isSingle(problem)) {
    const { last: _, ...plain } = problem;
    return searchExactly(plain, context);
  }
  return new CoverSearch(problem, withGlpkOnce(context), effort).run();
}

/** An instance of GLPK that broke down must not be asked again, by none of the searches that this one consists of. */
function withGlpkOnce(context: SearchContext): SearchContext {
  let broken = false;
  const { glpk } = context;
  return {
    ...context,
    glpk: {
      ...glpk,
      solve: (lp, options) => {
        if (broken) throw new Error('GLPK broke down in an earlier part of this search.');
        return glpk.solve(lp, options);
      },
    },
    onGlpkFailure: () => {
      if (!broken) context.onGlpkFailure?.();
      broken = true;
    },
  };
}

/** Cost that no child of the problem can undercut; Infinity where there is none. */
export function coverBound(problem: NumericProblem): number {
  const core = coverCoreOf(problem, undominatedIntervals(problem));
  const relaxation = core && relaxCover(core);
  return core === undefined || relaxation === undefined || relaxation === 'infeasible' ? Infinity : core.offset + relaxation.bound;
}

function isSingle(problem: NumericProblem): boolean {
  const first = groupOfChoices(problem.groupStart);
  return lastGroups(problem).every((last, choice) => last === first[choice]);
}
