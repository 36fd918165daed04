/** The search problem that a document states about the open library. */
import type { Limit, Problem, Workload } from '../../engine/protocol/problem.ts';
import type { LibraryView } from '../../engine/protocol/library.ts';
import { parseObjective } from '../../engine/protocol/objective.ts';
import type { LimitSetting, ProjectDocument } from '../../engine/protocol/workspace.ts';
import { workloadProblems, type WorkloadSetting } from './derived_workloads.ts';
import type { OpenLibrary } from './engine_store.ts';

/** Limits on columns that the library lacks and workloads it cannot serve are left out; their panels say so. */
export function problemOf(document: ProjectDocument, library: OpenLibrary): Problem {
  return {
    library_id: library.view.id,
    objective: objectiveOf(document, library.view),
    limits: document.limits.filter((limit) => limit.enabled && isLimitable(library, limit.column)).map(toLimit),
    workloads: document.workloads.filter((workload) => workload.enabled && workloadProblems(workload, library.view).length === 0).map(asked),
    locks: document.locks,
    bans: document.bans,
    solutions: document.solutions,
    min_different_layers: document.min_different_layers,
  };
}

function asked(setting: WorkloadSetting): Workload {
  const { enabled: _, ...workload } = setting;
  return workload;
}

export function isLimitable(library: OpenLibrary, column: string): boolean {
  return library.ranges.some((range) => range.column === column);
}

/** The document's objective where the library has it, else the library's own. */
export function objectiveOf(document: ProjectDocument, view: LibraryView): string {
  const chosen = document.objective;
  return chosen !== undefined && isObjective(chosen, view) ? chosen : view.header.default_objective;
}

/** Whether every term is a score of the library. */
function isObjective(text: string, view: LibraryView): boolean {
  try {
    return parseObjective(text).every((term) => view.header.columns.some((column) => column.id === term.column && column.role === 'score'));
  } catch {
    return false;
  }
}

function toLimit(setting: LimitSetting): Limit {
  return setting.side === 'max'
    ? { column: setting.column, max: setting.value }
    : { column: setting.column, min: setting.value };
}
