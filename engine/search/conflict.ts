/**
 * A smallest set of limits, locks and bans that exclude each other, by the deletion filter (Chinneck 2008): whatever
 * can be left out without anything fitting is left out for good; what remains is needed, every one of it.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { Problem, Statement } from '../protocol/problem.ts';
import { compile } from './compile.ts';
import type { SearchContext } from './exact_search.ts';
import { searchChild } from './search_child.ts';

/** Time to decide whether a part of the statements leaves a child; without a verdict it is taken to. */
const WITHIN_MS = 500;

export async function conflictOf(view: LibraryView, problem: Problem, context: SearchContext): Promise<readonly Statement[]> {
  let kept = statementsOf(problem);
  // Locks and bans come by the dozen: where they play no part they go at once.
  for (const kind of ['lock', 'ban'] as const) {
    const rest = kept.filter((statement) => statement.kind !== kind);
    if (rest.length < kept.length && (await excluded(rest))) kept = rest;
  }
  for (const statement of statementsOf(problem)) {
    if (!kept.some((other) => same(other, statement))) continue;
    if (context.shouldStop()) return [];
    const rest = kept.filter((other) => !same(other, statement));
    if (await excluded(rest)) kept = rest;
  }
  return kept;

  async function excluded(statements: readonly Statement[]): Promise<boolean> {
    let found = false;
    const { outcome } = await searchChild(compile(view, problemOf(problem, statements)), {
      ...context,
      deadline: context.now() + WITHIN_MS,
      shouldStop: () => found || context.shouldStop(),
      onProgress: () => {
        found = true;
      },
    });
    return outcome.kind === 'infeasible';
  }
}

function statementsOf(problem: Problem): readonly Statement[] {
  const limits = (stated: Problem['limits'], workload?: string): Statement[] =>
    stated.flatMap(({ column, max, min }) => [
      ...(max === undefined ? [] : [{ kind: 'limit' as const, ...(workload === undefined ? {} : { workload }), column, side: 'max' as const, limit: max }]),
      ...(min === undefined ? [] : [{ kind: 'limit' as const, ...(workload === undefined ? {} : { workload }), column, side: 'min' as const, limit: min }]),
    ]);
  return [
    ...(problem.bans ?? []).map((ban) => ({ kind: 'ban' as const, ...ban })),
    ...(problem.locks ?? []).map((lock) => ({ kind: 'lock' as const, ...lock })),
    ...(problem.workloads ?? []).flatMap((workload) => limits(workload.limits, workload.id)),
    ...limits(problem.limits),
  ];
}

function same(a: Statement, b: Statement): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The problem with only these statements. */
function problemOf(problem: Problem, statements: readonly Statement[]): Problem {
  const holds = (column: string, side: 'max' | 'min', workload?: string): boolean =>
    statements.some((s) => s.kind === 'limit' && s.column === column && s.side === side && s.workload === workload);
  const reduced = <L extends Problem['limits'][number]>(stated: readonly L[], workload?: string): L[] =>
    stated.flatMap((limit) => {
      const { max, min, ...rest } = limit;
      const kept = {
        ...(max !== undefined && holds(limit.column, 'max', workload) ? { max } : {}),
        ...(min !== undefined && holds(limit.column, 'min', workload) ? { min } : {}),
      };
      return Object.keys(kept).length === 0 ? [] : [{ ...rest, ...kept } as L];
    });
  return {
    ...problem,
    solutions: 1,
    limits: reduced(problem.limits),
    workloads: (problem.workloads ?? []).map((workload) => ({ ...workload, limits: reduced(workload.limits, workload.id) })),
    locks: statements.flatMap((s) => (s.kind === 'lock' ? [{ layer: s.layer, variant: s.variant }] : [])),
    bans: statements.flatMap((s) => (s.kind === 'ban' ? [{ ...(s.layer === undefined ? {} : { layer: s.layer }), variant: s.variant }] : [])),
  };
}
