/** Runs one solve through the same worker that the window uses, and waits for its last word. */
import type { LibraryView } from '../../protocol/library.ts';
import type { Problem, SolveReport, SolveUpdate, WireSolution, Solution, Reachable } from '../../protocol/problem.ts';
import { chosenBlock } from '../../protocol/variant.ts';
import { Solver } from '../../search/solver.ts';
import { createSearchWorker } from '../workers.ts';

export type FinalUpdate = Exclude<SolveUpdate, { status: 'searching' }>;

export async function withSolver<T>(use: (solver: Solver) => Promise<T>): Promise<T> {
  const solver = new Solver({ createWorker: createSearchWorker });
  try {
    return await use(solver);
  } finally {
    solver.dispose();
  }
}

export async function solveOnce(solver: Solver, view: LibraryView, problem: Problem): Promise<FinalUpdate> {
  let last: FinalUpdate = { status: 'cancelled' };
  await solver.solve(view, problem, (update) => {
    if (update.status !== 'searching') last = update;
  }).done;
  return last;
}

/** The stable JSON of one answer. */
export function reportOf(
  view: LibraryView,
  update: Extract<SolveUpdate, { status: 'optimal' | 'feasible' }>,
): SolveReport & { readonly parent: string | undefined } {
  const solutions = update.solutions.map((solution) => solutionOf(view, solution));
  return {
    status: update.status,
    objective: update.objective,
    bound: update.bound,
    gap: update.gap,
    solve_ms: update.solve_ms,
    costs: solutions[0].costs,
    solutions,
    parent: view.header.parent.id,
  };
}

export function solutionOf(view: LibraryView, solution: WireSolution): Solution {
  return {
    objective: solution.objective,
    costs: solution.costs,
    blocks: solution.choices.map((choice) => {
      const first = view.first_layer[choice];
      const layers = Array.from({ length: view.last_layer[choice] - first + 1 }, (_, i) => first + i);
      return chosenBlock(layers, view.variants[view.variant[choice]]);
    }),
  };
}

export function smallestOf(reachable: readonly Reachable[]): Record<string, number> {
  return Object.fromEntries(reachable.map((limit) => [limit.column, limit.reachable]));
}
