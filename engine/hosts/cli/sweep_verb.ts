import process from 'node:process';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Problem, SweepPoint } from '../../protocol/problem.ts';
import { isThroughput } from '../../search/throughput.ts';
import { PROBLEM_OPTIONS, loadLibrary, needed, noPositionals, parse, problemOf, wholeNumber } from './arguments.ts';
import { EXIT_INFEASIBLE, infeasibleJson, infeasibleReport, renderReachable, renderSweepPoint } from './render.ts';
import { reportOf, solveOnce, withSolver } from './run_solver.ts';

export async function runSweep(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { ...PROBLEM_OPTIONS, over: { type: 'string' }, points: { type: 'string' } },
  });
  noPositionals(positionals);
  const over = needed('--over COLUMN', values.over);
  const view = await loadLibrary(values.library);
  const sweep = { ...problemOf(values, view), over, points: wholeNumber('--points', values.points, 20, 2) };
  let points = 0;
  return withSolver(async (solver) => {
    await solver.study('sweep', view, sweep, (event) => {
      if (event.kind !== 'point') return;
      points++;
      process.stdout.write(line(event.point));
    }).done;
    if (points > 0) return 0;
    // Without any level the other limits cannot be met: say which.
    const update = await solveOnce(solver, view, { ...sweep, limits: sweep.limits.filter((limit) => limit.column !== over) });
    if (update.status !== 'infeasible') throw new WorkbenchError('internal', 'The extremes of the sweep could not be found in time.', { retryable: true });
    process.stdout.write(values.json ? `${infeasibleJson(update.reachable)}\n` : renderReachable(update.reachable));
    return EXIT_INFEASIBLE;
  });

  /** The problem solved at one level, without what only the series knows. */
  function problemAt(level: number): Problem {
    const { over: _, points: __, ...problem } = sweep;
    const side = isThroughput(over) || view.header.columns.find((column) => column.id === over)?.better === 'higher' ? { min: level } : { max: level };
    return { ...problem, limits: [...problem.limits.filter((limit) => limit.column !== over), { column: over, ...side }] };
  }

  function line({ level, result }: SweepPoint): string {
    if (!values.json) return renderSweepPoint(over, level, result);
    const head = { over, level };
    switch (result.status) {
      case 'optimal':
      case 'feasible':
        return `${JSON.stringify({ ...head, ...reportOf(view, problemAt(level), result) })}\n`;
      case 'infeasible':
        return `${JSON.stringify({ ...head, ...infeasibleReport(result.reachable) })}\n`;
      default:
        return `${JSON.stringify({ ...head, status: result.status })}\n`;
    }
  }
}
