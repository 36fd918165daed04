import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { WorkbenchError } from '../../protocol/errors.ts';
import { BASELINES, type Baseline, type BaselinePoint, type Problem, type SweepPoint } from '../../protocol/problem.ts';
import { objectiveOf } from '../../search/quantities.ts';
import { isThroughput } from '../../search/throughput.ts';
import { PROBLEM_OPTIONS, loadLibrary, needed, noPositionals, parse, problemOf, wholeNumber } from './arguments.ts';
import { infeasibleReport } from './limit_report.ts';
import { EXIT_INFEASIBLE, renderBaseline, renderFrontierPoint, renderInfeasible } from './render.ts';
import { reportOf, solutionOf, solveOnce, withSolver } from './run_solver.ts';
import { milliseconds } from './table.ts';
import { UsageError } from './usage_error.ts';

export async function runFrontier(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { ...PROBLEM_OPTIONS, over: { type: 'string' }, points: { type: 'string' }, baselines: { type: 'string' } },
  });
  noPositionals(positionals);
  const over = needed('--over COLUMN', values.over);
  const baselines = baselinesOf(values.baselines);
  const points = wholeNumber('--points', values.points, 20, 2);
  const view = await loadLibrary(values.library);
  const stated = await problemOf(values, view);
  const upper = !isThroughput(over) && view.header.columns.find((column) => column.id === over)?.better !== 'higher';
  let known = 0;
  let frontier: readonly number[] = [];
  const compared: BaselinePoint[] = [];

  return withSolver(async (solver) => {
    const startedAt = performance.now();
    await solver.study('sweep', view, { ...stated, over, points, baselines }, (event) => {
      switch (event.kind) {
        case 'started':
          return;
        case 'point':
          known++;
          process.stdout.write(pointLine(event.point));
          return;
        case 'baseline':
          compared.push(event.baseline);
          return;
        case 'finished':
          ({ frontier } = event);
          return;
        default:
          event satisfies never;
      }
    }).done;
    const totalMs = performance.now() - startedAt;
    if (known > 0) {
      for (const point of values.json ? compared : worthReading(compared)) process.stdout.write(baselineLine(point));
      process.stdout.write(lastLine(totalMs));
      return 0;
    }
    // Without any level the other limits cannot be met: say which.
    const update = await solveOnce(solver, view, { ...stated, limits: stated.limits.filter((limit) => limit.column !== over) });
    if (update.status !== 'infeasible') throw new WorkbenchError('internal', 'The extremes of the frontier could not be found in time.', { retryable: true });
    process.stdout.write(values.json ? `${JSON.stringify(infeasibleReport(update))}\n` : renderInfeasible(update));
    return EXIT_INFEASIBLE;
  });

  /** The problem solved at one level. */
  function problemAt(level: number): Problem {
    return { ...stated, limits: [...stated.limits.filter((limit) => limit.column !== over), { column: over, ...(upper ? { max: level } : { min: level }) }] };
  }

  function pointLine({ index, level, result, relaxation }: SweepPoint): string {
    if (!values.json) return renderFrontierPoint(over, level, result);
    const head = { index, over, level };
    const bound = relaxation === undefined ? {} : { relaxation };
    switch (result.status) {
      case 'optimal':
      case 'feasible':
        return `${JSON.stringify({ ...head, ...reportOf(view, problemAt(level), result), ...bound })}\n`;
      case 'infeasible':
        return `${JSON.stringify({ ...head, ...infeasibleReport(result), ...bound })}\n`;
      default:
        return `${JSON.stringify({ ...head, status: result.status, ...bound })}\n`;
    }
  }

  /** Without the many random children that another random one beats in both directions. */
  function worthReading(found: readonly BaselinePoint[]): BaselinePoint[] {
    const sign = objectiveOf(view, stated.objective).better === 'lower' ? 1 : -1;
    const used = ({ solution }: BaselinePoint): number => (upper ? 1 : -1) * (solution.costs[over] ?? Number.NaN);
    const loss = ({ solution }: BaselinePoint): number => sign * solution.objective;
    const random = found.filter(({ method }) => method === 'random');
    const beaten = (point: BaselinePoint): boolean => random.some((other) => used(other) < used(point) && loss(other) < loss(point));
    return [...found.filter(({ method }) => method !== 'random'), ...random.filter((point) => !beaten(point)).sort((a, b) => used(b) - used(a))];
  }

  function baselineLine(point: BaselinePoint): string {
    if (!values.json) return renderBaseline(over, point);
    const { method, level, variant, solution } = point;
    return `${JSON.stringify({ baseline: method, over, level, variant, ...solutionOf(view, solution) })}\n`;
  }

  function lastLine(totalMs: number): string {
    if (values.json) return `${JSON.stringify({ frontier, total_ms: totalMs })}\n`;
    const left = known - frontier.length;
    return `${known} levels in ${milliseconds(totalMs)}, ${left === 0 ? 'all on the frontier' : `${left} of them no better than another one that takes less`}.\n`;
  }
}

function baselinesOf(text: string | undefined): Baseline[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const known = BASELINES.find((baseline) => baseline === part);
      if (known === undefined) throw new UsageError(`--baselines ${text}: there is no baseline "${part}"; there are ${BASELINES.join(', ')}.`);
      return known;
    });
}
