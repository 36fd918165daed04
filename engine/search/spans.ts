/** Search where choices may replace several layers. */
import type { SearchContext, SearchOutcome } from './exact_search.ts';
import type { NumericProblem } from './numeric_problem.ts';

export async function searchCover(_problem: NumericProblem, _context: SearchContext): Promise<SearchOutcome> {
  throw new Error('not yet');
}
