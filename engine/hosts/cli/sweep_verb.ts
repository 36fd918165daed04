import process from 'node:process';
import type { SweepPoint } from '../../protocol/problem.ts';
import { PROBLEM_OPTIONS, loadLibrary, needed, noPositionals, parse, problemOf, wholeNumber } from './arguments.ts';
import { renderSweepPoint } from './render.ts';
import { reportOf, smallestOf, withSolver } from './run_solver.ts';

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
  await withSolver((solver) => solver.sweep(view, sweep, (point) => process.stdout.write(line(point))).done);
  return 0;

  function line({ level, result }: SweepPoint): string {
    if (!values.json) return renderSweepPoint(over, level, result);
    const head = { over, level };
    switch (result.status) {
      case 'optimal':
      case 'feasible':
        return `${JSON.stringify({ ...head, ...reportOf(view, sweep, result) })}\n`;
      case 'infeasible':
        return `${JSON.stringify({ ...head, status: result.status, smallest: smallestOf(result.reachable) })}\n`;
      default:
        return `${JSON.stringify({ ...head, status: result.status })}\n`;
    }
  }
}
