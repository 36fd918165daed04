import process from 'node:process';
import { PROBLEM_OPTIONS, SOLUTION_OPTIONS, loadLibrary, noPositionals, parse, problemOf, wholeNumber } from './arguments.ts';
import { runCases } from './cases.ts';
import { infeasibleReport } from './limit_report.ts';
import { EXIT_INFEASIBLE, renderAnswer, renderInfeasible } from './render.ts';
import { reportOf, solveOnce, withSolver } from './run_solver.ts';
import { UsageError } from './usage_error.ts';

export async function runSolve(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { ...PROBLEM_OPTIONS, ...SOLUTION_OPTIONS, cases: { type: 'string' } },
  });
  noPositionals(positionals);
  const json = values.json === true;
  if (values.cases !== undefined && (values.solutions ?? values['min-different-layers']) !== undefined) {
    throw new UsageError('--cases gives one child per case; it does not go with --solutions.');
  }
  const view = await loadLibrary(values.library);
  const stated = await problemOf(values, view);
  if (values.cases !== undefined) return runCases(values.cases, view, stated, json);
  const problem = {
    ...stated,
    solutions: wholeNumber('--solutions', values.solutions, 1, 1),
    min_different_layers: wholeNumber('--min-different-layers', values['min-different-layers'], 1, 1),
  };
  const update = await withSolver((solver) => solveOnce(solver, view, problem));
  switch (update.status) {
    case 'optimal':
    case 'feasible': {
      const report = reportOf(view, problem, update);
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : renderAnswer(view, problem.objective, report));
      return 0;
    }
    case 'infeasible':
      process.stdout.write(json ? `${JSON.stringify(infeasibleReport(update))}\n` : renderInfeasible(update));
      return EXIT_INFEASIBLE;
    case 'cancelled':
      process.stderr.write('The solve was cancelled.\n');
      return 1;
  }
}
