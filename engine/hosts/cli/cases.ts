/**
 * `solve --cases`: a list of limit sets, solved one after another in one process through the same worker the window
 * uses, with the time each answer took as its asker sees it: from the request to the answer in the calling thread.
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { z } from 'zod';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { LibraryView } from '../../protocol/library.ts';
import type { Limit, Problem } from '../../protocol/problem.ts';
import { quantityOf } from '../../search/quantities.ts';
import type { Solver } from '../../search/solver.ts';
import { isThroughput, throughputOf } from '../../search/throughput.ts';
import { placeOf, readInputFile } from './input_file.ts';
import { withSolver } from './run_solver.ts';
import { exact, milliseconds } from './table.ts';

/** A first answer counts as one once it is proven to be so close to the optimum. */
const FIRST_WITHIN = 0.01;

const side = z.record(z.string(), z.number()).optional();
const casesSchema = z.array(z.strictObject({ max: side, min: side })).min(1, 'at least one case');
type Case = z.infer<typeof casesSchema>[number];

const HINT = 'A cases file is a list such as [{"max": {"memory_mib": 80000, "runtime_ms": 51200}}, {"min": {"total_tok_s": 6000}}].';

/** What is printed per case; null where there is no such number. */
interface CaseResult {
  readonly status: 'optimal' | 'feasible' | 'infeasible';
  readonly objective: number | null;
  readonly bound: number | null;
  readonly gap: number | null;
  readonly first_ms: number | null;
  readonly solve_ms: number;
}

/** `base` holds in every case; a case's limit takes the place of the same side of the same column. */
export async function runCases(file: string, view: LibraryView, base: Problem, json: boolean): Promise<number> {
  const problems = (await readCases(file, view)).map((limits) => problemWith(base, limits));
  return withSolver(async (solver) => {
    // Starts the thread and sends it the library: an open window has done both long before a limit moves.
    const warm = (): Promise<CaseResult> => timed(solver, view, { ...base, limits: [], workloads: [], locks: [], bans: [] });
    await solver.prepare();
    await warm();
    for (const [index, problem] of problems.entries()) {
      const result = await timed(solver, view, problem).catch((error: unknown) => {
        throw inCase(file, [index], error);
      });
      process.stdout.write(json ? `${JSON.stringify(result)}\n` : renderCase(index, result));
      // Its explanation was cut off, which may have cost the worker.
      if (result.status === 'infeasible') await warm();
    }
    return 0;
  });
}

async function readCases(file: string, view: LibraryView): Promise<Limit[][]> {
  const cases = await readInputFile(file, casesSchema, HINT);
  for (const [index, stated] of cases.entries()) {
    for (const which of ['max', 'min'] as const) {
      for (const column of Object.keys(stated[which] ?? {})) checkColumn(file, view, [index, which, column], column);
    }
  }
  return cases.map(limitsOf);
}

function checkColumn(file: string, view: LibraryView, steps: readonly PropertyKey[], column: string): void {
  try {
    if (isThroughput(column)) throughputOf(view.header, column);
    else quantityOf(view, column);
  } catch (error) {
    throw inCase(file, steps, error);
  }
}

/** One limit per column and side. */
function limitsOf({ max = {}, min = {} }: Case): Limit[] {
  return [
    ...Object.entries(max).map(([column, value]) => ({ column, max: value })),
    ...Object.entries(min).map(([column, value]) => ({ column, min: value })),
  ];
}

function problemWith(base: Problem, limits: readonly Limit[]): Problem {
  const replaced = (kept: Limit): boolean =>
    limits.some((limit) => limit.column === kept.column && (limit.max === undefined) === (kept.max === undefined));
  return { ...base, limits: [...base.limits.filter((limit) => !replaced(limit)), ...limits] };
}

async function timed(solver: Solver, view: LibraryView, problem: Problem): Promise<CaseResult> {
  const startedAt = performance.now();
  let firstMs: number | null = null;
  let result: CaseResult | undefined;
  const run = solver.solve(view, problem, (update) => {
    const solveMs = performance.now() - startedAt;
    switch (update.status) {
      case 'optimal':
      case 'feasible': {
        if (update.gap <= FIRST_WITHIN) firstMs ??= solveMs;
        const { status, objective, bound, gap } = update;
        result = { status, objective, bound, gap, first_ms: firstMs, solve_ms: solveMs };
        return;
      }
      case 'infeasible':
        // The verdict is the answer; how far each limit would have to move is not asked for here.
        result ??= { status: 'infeasible', objective: null, bound: null, gap: null, first_ms: null, solve_ms: solveMs };
        run.cancel();
        return;
      case 'searching':
      case 'cancelled':
        return;
      default:
        update satisfies never;
    }
  });
  await run.done;
  if (result === undefined) throw new WorkbenchError('internal', 'The search ended without an answer.', { retryable: true });
  return result;
}

function inCase(file: string, steps: readonly PropertyKey[], error: unknown): unknown {
  if (!(error instanceof WorkbenchError)) return error;
  const path = placeOf(steps);
  return new WorkbenchError(error.payload.code, `${file}, ${path}: ${error.payload.message}`, { ...error.payload, details: { ...error.payload.details, file, path } });
}

function renderCase(index: number, { status, objective, gap, first_ms: firstMs, solve_ms: solveMs }: CaseResult): string {
  const head = `case ${String(index).padStart(4)}  ${status.padEnd(10)}`;
  if (objective === null || gap === null) return `${head}  ${' '.repeat(14)}  ${milliseconds(solveMs).padStart(12)}\n`;
  const first = firstMs === null ? '' : `, within 1 % after ${milliseconds(firstMs)}`;
  const open = status === 'optimal' ? '' : `, within ${(gap * 100).toPrecision(3)} %`;
  return `${head}  ${exact(objective).padStart(14)}  ${milliseconds(solveMs).padStart(12)}${first}${open}\n`;
}
