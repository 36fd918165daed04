/** What a run searched, as the document's problem: its objective, the limits of its chosen set, and the child found within them. */
import type { PipelineReport, Plan } from '../../engine/protocol/train.ts';
import type { LimitSetting, Pin, ProjectDocument } from '../../engine/protocol/workspace.ts';
import { choicesOf } from './children.ts';
import type { OpenLibrary } from './engine_store.ts';
import { unusedName } from './pin_names.ts';
import { isLimitable, objectiveOf } from './problem.ts';
import { isPinned } from './reference_actions.ts';

export interface FinishedRun {
  readonly name: string;
  readonly plan: Pick<Plan, 'chosen_limit' | 'objective'>;
  readonly report: Pick<PipelineReport, 'limits'>;
}

/**
 * The document asking of `library`, which the run measured, what the run asked, and nothing else. Other limits and workloads are
 * kept, switched off. The run's child is pinned unless it is already, or the library has not all of its blocks, and compared with the
 * parent.
 */
export function withRunProblem(document: ProjectDocument, library: OpenLibrary, { name, plan, report }: FinishedRun): ProjectDocument {
  const set = report.limits[plan.chosen_limit];
  if (set === undefined) return document;
  const own = set.limits
    .filter(({ column }) => isLimitable(library, column))
    .map(({ column, max }): LimitSetting => ({ column, side: 'max', value: max, enabled: true }));
  const others = document.limits.filter((limit) => !own.some(({ column, side }) => limit.column === column && limit.side === side));
  const asking: ProjectDocument = {
    ...document,
    objective: plan.objective,
    limits: [...own, ...others.map((limit) => ({ ...limit, enabled: false }))],
    workloads: document.workloads.map((workload) => ({ ...workload, enabled: false })),
    locks: [],
    bans: [],
    compare: undefined,
  };
  const { view } = library;
  const { choices: blocks } = set.child;
  if (choicesOf(view, blocks) === undefined) return asking;
  const known = asking.pins.find((pin) => isPinned({ pins: [pin] }, view.id, blocks));
  const pin: Pin = known ?? {
    kind: 'in_library',
    id: crypto.randomUUID(),
    name: unusedName(`Child of ${name}`, asking),
    created_at: new Date().toISOString(),
    origin: 'solution',
    library_id: view.id,
    objective: objectiveOf(asking, view),
    blocks,
  };
  // The child on screen will be the pinned one until a limit moves; beside the parent there is something to see at once.
  return { ...asking, pins: known === undefined ? [...asking.pins, pin] : asking.pins, compare: ['parent', pin.id] };
}
