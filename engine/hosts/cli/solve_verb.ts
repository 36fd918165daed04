import process from 'node:process';
import type { Reachable } from '../../protocol/problem.ts';
import { PROBLEM_OPTIONS, loadLibrary, noPositionals, parse, problemOf, wholeNumber } from './arguments.ts';
import { EXIT_INFEASIBLE, infeasibleJson, renderAnswer, renderReachable } from './render.ts';
import { reportOf, solveOnce, withSolver } from './run_solver.ts';

export async function runSolve(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { ...PROBLEM_OPTIONS, solutions: { type: 'string' }, 'min-different-layers': { type: 'string' } },
  });
  noPositionals(positionals);
  const view = await loadLibrary(values.library);
  const problem = {
    ...problemOf(values, view),
    solutions: wholeNumber('--solutions', values.solutions, 1, 1),
    min_different_layers: wholeNumber('--min-different-layers', values['min-different-layers'], 1, 1),
  };
  const update = await withSolver((solver) => solveOnce(solver, view, problem));
  switch (update.status) {
    case 'optimal':
    case 'feasible': {
      const report = reportOf(view, problem, update);
      process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : renderAnswer(view, problem.objective, report));
      return 0;
    }
    case 'infeasible':
      process.stdout.write(infeasible(update.reachable, values.json === true));
      return EXIT_INFEASIBLE;
    case 'cancelled':
      process.stderr.write('The solve was cancelled.\n');
      return 1;
  }
}

function infeasible(reachable: readonly Reachable[], json: boolean): string {
  return json
    ? `${infeasibleJson(reachable)}\n`
    : renderReachable(reachable);
}
