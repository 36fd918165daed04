/** What an exported image says of itself: product, data, limits, and how certain its figures are. */
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';
import { quantityOf } from '../state/columns.ts';
import type { OpenLibrary } from '../state/engine_store.ts';
import { formatPercent, formatWithUnit } from '../state/format.ts';
import { problemOf } from '../state/problem.ts';
import { shownSolution, type SolveState } from '../state/solve_store.ts';

export interface ImageProvenance {
  /** One line for the foot of the image. */
  readonly line: string;
  /** By keyword, for the file. */
  readonly entries: Readonly<Record<string, string>>;
}

export function imageProvenance(title: string, library: OpenLibrary, document: ProjectDocument, solved: SolveState, version: string, now: Date): ImageProvenance {
  const { header } = library.view;
  // What the child on screen answers, which the sliders may have left behind.
  const problem = solved.answer?.problem ?? problemOf(document, library);
  const stated = problem.limits.flatMap(({ column, max, min }) => [
    ...(max === undefined ? [] : [{ column, side: 'max' as const, value: max }]),
    ...(min === undefined ? [] : [{ column, side: 'min' as const, value: min }]),
  ]);
  const limits = stated.map((limit) => {
      const quantity = quantityOf(library.view, limit.column);
      return `${quantity.label} ${limit.side === 'max' ? '≤' : '≥'} ${formatWithUnit(limit.value, quantity.unit)}`;
    });
  const certainty = solved.answer?.certainty;
  const status =
    certainty === undefined
      ? 'not solved'
      : certainty.kind === 'optimal'
        ? 'proven optimal'
        : `within ${formatPercent(certainty.gap, 2)} of optimal`;
  const product = `Puzzle Workbench ${version}`;
  const date = now.toISOString().slice(0, 10);
  const described = limits.length === 0 ? 'no limits' : limits.join(', ');
  const solution = shownSolution(solved);
  return {
    line: [product, header.name, described, status, date].join('  ·  '),
    entries: {
      Title: title,
      Software: product,
      'Creation Time': now.toISOString(),
      Source: `${header.name}; ${header.provenance.kind}: ${header.provenance.source}`,
      Description: JSON.stringify({
        library: { id: library.view.id, name: header.name, provenance: header.provenance },
        measurements: header.measurements,
        columns: header.columns.filter((column) => column.level === 'block').map(({ id, unit, provenance }) => ({ id, unit, provenance })),
        objective: problem.objective,
        limits: problem.limits,
        status,
        ...(solution === undefined ? {} : { costs: solution.costs }),
      }),
    },
  };
}
