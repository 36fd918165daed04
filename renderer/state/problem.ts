/** The search problem that a document states. */
import type { Limit, Problem } from '../../engine/protocol/problem.ts';
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { LimitSetting, ProjectDocument } from '../../engine/protocol/workspace.ts';

export function problemOf(document: ProjectDocument, view: LibraryView): Problem {
  return {
    library_id: view.id,
    objective: objectiveOf(document, view),
    limits: document.limits.filter((limit) => limit.enabled).map(toLimit),
    solutions: document.solutions,
    min_different_layers: document.min_different_layers,
  };
}

/** The document's objective where the library has it, else the library's own. */
export function objectiveOf(document: ProjectDocument, view: LibraryView): string {
  const chosen = document.objective;
  const known = view.header.columns.some((column) => column.id === chosen && column.role === 'score');
  return chosen !== undefined && known ? chosen : view.header.default_objective;
}

function toLimit(setting: LimitSetting): Limit {
  return setting.side === 'max'
    ? { column: setting.column, max: setting.value }
    : { column: setting.column, min: setting.value };
}
