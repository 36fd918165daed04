/** Changes of workloads that more than one place offers. */
import type { WorkloadQuantity } from '../../../engine/protocol/problem.ts';
import { documentStore, setWorkload } from '../../state/document_store.ts';
import type { WorkloadLimit, WorkloadSetting } from '../../state/derived_workloads.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { newWorkload } from './workloads_model.ts';

/** Adds a workload of the library's own traffic and tells its id. */
export function addWorkload(library: OpenLibrary): string {
  const { workloads, limits } = documentStore.getState().document;
  const workload = newWorkload(library, workloads, limits);
  setWorkload(workload);
  return workload.id;
}

/** Sets one side of one limit of a workload, or takes it away where `value` is undefined. */
export function changeWorkloadLimit(id: string, column: string, side: 'max' | 'min', value: number | undefined): void {
  const workload = documentStore.getState().document.workloads.find((other) => other.id === id);
  if (workload !== undefined) setWorkload(withLimit(workload, column as WorkloadQuantity, side, value));
}

/** A limit of which neither side is left is gone. */
export function withLimit(workload: WorkloadSetting, column: WorkloadQuantity, side: 'max' | 'min', value: number | undefined): WorkloadSetting {
  const { [side]: _, ...other } = workload.limits.find((limit) => limit.column === column) ?? { column };
  const changed: WorkloadLimit = value === undefined ? other : { ...other, [side]: value };
  const kept = changed.max !== undefined || changed.min !== undefined;
  const known = workload.limits.some((limit) => limit.column === column);
  return {
    ...workload,
    limits: known
      ? workload.limits.flatMap((limit) => (limit.column !== column ? [limit] : kept ? [changed] : []))
      : kept
        ? [...workload.limits, changed]
        : workload.limits,
  };
}
