import { performance } from 'node:perf_hooks';
import process from 'node:process';
import type { Explanation } from '../../protocol/problem.ts';
import { PROBLEM_OPTIONS, loadLibrary, noPositionals, parse, problemOf } from './arguments.ts';
import { infeasibleReport, limitKey } from './limit_report.ts';
import { EXIT_INFEASIBLE, renderAnswer, renderInfeasible } from './render.ts';
import { placeOfPiece, renderExplanation } from './render_explanation.ts';
import { reportOf, solveOnce, withSolver } from './run_solver.ts';

/** Solves, then says why the answer is what it is: one JSON object per piece as it is found, or tables at the end. */
export async function runExplain(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({ args: [...argv], allowPositionals: true, options: PROBLEM_OPTIONS });
  noPositionals(positionals);
  const view = await loadLibrary(values.library);
  const problem = await problemOf(values, view);
  return withSolver(async (solver) => {
    const startedAt = performance.now();
    const update = await solveOnce(solver, view, problem);
    switch (update.status) {
      case 'optimal':
      case 'feasible':
        break;
      case 'infeasible':
        process.stdout.write(values.json ? `${JSON.stringify(infeasibleReport(update))}\n` : renderInfeasible(update));
        return EXIT_INFEASIBLE;
      case 'cancelled':
        process.stderr.write('The solve was cancelled.\n');
        return 1;
    }
    const report = reportOf(view, problem, update);
    process.stdout.write(values.json ? `${JSON.stringify({ kind: 'answer', ...report })}\n` : renderAnswer(view, problem.objective, report));
    /** The last word on each place; pieces may come again with more of them proven. */
    const pieces = new Map<string, Explanation>();
    await solver.study('explain', view, problem, (event) => {
      if (event.kind !== 'piece') return;
      const { piece } = event;
      pieces.set(placeOfPiece(piece), piece);
      if (values.json) process.stdout.write(`${JSON.stringify(withState(piece))}\n`);
    }).done;
    if (values.json) process.stdout.write(`${JSON.stringify({ kind: 'finished', total_ms: performance.now() - startedAt })}\n`);
    else process.stdout.write(renderExplanation(problem.objective, report.limits, [...pieces.values()]));
    return 0;

    /** A limit's piece with what the answer says of the limit. */
    function withState(piece: Explanation): object {
      if (piece.kind !== 'limit') return piece;
      const state = report.limits.find((candidate) => limitKey(candidate) === limitKey(piece) && candidate.side === piece.side);
      return { ...piece, ...state };
    }
  });
}
