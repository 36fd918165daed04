/** What can be done with the reference cases: show them, open one as the document's problem, keep a child. */
import type { ReferenceAnswer, ReferenceProblem } from '../../engine/protocol/reference.ts';
import type { Architecture } from '../../engine/protocol/variant.ts';
import type { Pin, ProjectDocument } from '../../engine/protocol/workspace.ts';
import { closeDialog, showDialog } from './dialog_store.ts';
import { addPin, changeDocument } from './document_store.ts';
import { notify } from './notice_store.ts';
import { recosted } from './recipe_document.ts';
import { haveSameChoices } from './recipe_ids.ts';

type InLibraryPin = Extract<Pin, { kind: 'in_library' }>;

/** Shows the 51B and 40B cases; needs no open library. */
export function showReference(): void {
  showDialog({ kind: 'reference' });
}

/** Makes the document ask exactly what the problem asks, in one undoable step, with the released model beside it. */
export function openReferenceProblem(problem: ReferenceProblem, released: Architecture): void {
  closeDialog();
  const pin = pinOf(problem, released, 'reference', {});
  changeDocument(`Open the ${problem.name} problem`, (document) => withProblem(document, problem, pin));
  notify({ kind: 'success', title: `The ${problem.name} problem is open`, text: 'Undo leads back to what was open before.' });
}

/** Keeps a found child for comparison. */
export function pinReferenceAnswer({ problem, status, gap, child }: ReferenceAnswer): void {
  if (child === undefined || (status !== 'optimal' && status !== 'feasible')) return;
  // The score is minimised, so that the bound lies below it by the gap.
  const solve = { status, gap, bound: child.kl_div * (1 - gap) };
  addPin(pinOf(problem, child.architecture, 'solution', { solve }));
}

/** The document asking this problem and nothing else; `released` is added unless a pin is the same already. */
export function withProblem(document: ProjectDocument, problem: ReferenceProblem, released: InLibraryPin): ProjectDocument {
  const id = problem.library_id;
  // Other costs of the same blocks: what was pinned there is there here as well.
  const moved = haveSameChoices(document.library_id ?? '', id) ? recosted(document, id) : document;
  return {
    ...moved,
    library_id: id,
    objective: problem.objective,
    limits: [],
    workloads: [{ ...problem.workload, batch: problem.workload.batch ?? 'largest', enabled: true }],
    locks: [],
    bans: [],
    compare: undefined,
    pins: isPinned(moved, id, released.blocks) ? moved.pins : [...moved.pins, released],
  };
}

/** Whether a pin of the library is these blocks. */
export function isPinned(document: Pick<ProjectDocument, 'pins'>, libraryId: string, blocks: Architecture['blocks']): boolean {
  const variants = blocks.map(({ variant }) => variant).join(' ');
  return document.pins.some((pin) => pin.kind === 'in_library' && pin.library_id === libraryId && pin.blocks.map(({ variant }) => variant).join(' ') === variants);
}

function pinOf(problem: ReferenceProblem, { name, blocks }: Architecture, origin: InLibraryPin['origin'], rest: Pick<InLibraryPin, 'solve'>): InLibraryPin {
  return {
    kind: 'in_library',
    id: crypto.randomUUID(),
    name,
    created_at: new Date().toISOString(),
    origin,
    library_id: problem.library_id,
    objective: problem.objective,
    blocks,
    ...rest,
  };
}
