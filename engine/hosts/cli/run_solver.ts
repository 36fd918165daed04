/** Runs one solve through the same worker that the window uses, and waits for its last word. */
import { parentModel } from '../../architecture/presets.ts';
import type { ModelShape } from '../../protocol/variant.ts';
import type { LibraryView, Provenance } from '../../protocol/library.ts';
import type { Problem, SolveReport, SolveUpdate, WireSolution, Solution } from '../../protocol/problem.ts';
import { Solver } from '../../search/solver.ts';
import { blocksOf } from '../../search/totals.ts';
import { createSearchWorker } from '../workers.ts';
import { limitFigures, type Answer } from './limit_report.ts';

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

/** What an export and a reader need to know beside the answer. */
interface Context {
  readonly parent: string | undefined;
  /** Of a parent that is no preset, so that an export knows it. */
  readonly parent_shape?: ModelShape | undefined;
  readonly problem: Problem;
  readonly library: { readonly name: string; readonly provenance: Provenance; readonly estimated_columns: readonly string[] };
}

/** The stable JSON of one answer, with what an export needs to know: the parent and the problem. */
export function reportOf(view: LibraryView, problem: Problem, update: Answer): SolveReport & Context {
  const solutions = update.solutions.map((solution) => solutionOf(view, solution));
  return {
    status: update.status,
    objective: update.objective,
    bound: update.bound,
    gap: update.gap,
    solve_ms: update.solve_ms,
    costs: solutions[0].costs,
    solutions,
    ...limitFigures(update),
    parent: view.header.parent.id,
    ...(parentModel(view.header.parent.id ?? '') === undefined && { parent_shape: view.header.parent.shape }),
    problem,
    library: {
      name: view.header.name,
      provenance: view.header.provenance,
      estimated_columns: view.header.columns.filter((column) => column.provenance.kind === 'estimated').map((column) => column.id),
    },
  };
}

export function solutionOf(view: LibraryView, { objective, costs, choices, workloads }: WireSolution): Solution {
  return { objective, costs, blocks: blocksOf(view, choices), ...(workloads === undefined ? {} : { workloads }) };
}
