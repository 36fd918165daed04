/** Keeping architectures for comparison: the child on screen, references and imported ones. */
import { track } from './activity.ts';
import { blocksOf } from './children.ts';
import { quantityOf } from './columns.ts';
import { showDialog } from './dialog_store.ts';
import { addPin, documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary, type OpenLibrary } from './engine_store.ts';
import { formatWithUnit } from './format.ts';
import { notify, notifyError } from './notice_store.ts';
import { unusedName } from './pin_names.ts';
import { isLimitable, objectiveOf } from './problem.ts';
import { isStale, shownSolution, solveStore, type Answer } from './solve_store.ts';
import type { Architecture, ChosenBlock } from '../../engine/protocol/variant.ts';
import type { Pin, ProjectDocument } from '../../engine/protocol/workspace.ts';

type InLibraryPin = Extract<Pin, { kind: 'in_library' }>;

/** Pins the child on screen under a name that says what it was asked for. */
export function pinCurrent(): void {
  const library = openLibrary(engineStore.getState());
  const state = solveStore.getState();
  const solution = shownSolution(state);
  if (library === undefined || solution === undefined || isStale(state) || state.answer === undefined) {
    notify({ kind: 'info', title: 'There is no solution to pin yet.' });
    return;
  }
  if (state.awaiting) {
    notify({ kind: 'info', title: 'The answer to the newest limits is still on its way.' });
    return;
  }
  const { document } = documentStore.getState();
  pinBlocks(library, blocksOf(library.view, solution.choices), 'solution', nameOf(document, library, state.solutionIndex), {
    solve: solveRecord(state.answer, state.solutionIndex),
  });
}

/** Pins a child of the open library that was edited by hand; nobody searched it, so it carries no proof. */
export function pinEdited(library: OpenLibrary, choices: readonly number[], name: string): void {
  pinBlocks(library, blocksOf(library.view, choices), 'solution', name, {});
}

/** Pins what the open library can express as such; for the rest the user hears why and decides. */
export async function pinArchitecture(architecture: Architecture, origin: 'reference' | 'imported'): Promise<void> {
  const client = engineClient();
  const library = openLibrary(engineStore.getState());
  if (client === undefined) return;
  if (library === undefined) {
    pinExternal(architecture, ['No library is open that could express it.']);
    return;
  }
  try {
    const outcome = await track(client.call('architecture.express', { library_id: library.view.id, architecture }));
    if (outcome.kind === 'expressed') {
      pinBlocks(library, blocksOf(library.view, outcome.choices), origin, architecture.name, {});
    } else {
      showDialog({ kind: 'inexpressible', architecture, reasons: outcome.reasons });
    }
  } catch (error) {
    notifyError(`${architecture.name} could not be pinned`, error);
  }
}

/** Pins an architecture of which only the shapes are known. */
export function pinExternal(architecture: Architecture, reasons: readonly string[]): void {
  const twin = documentStore
    .getState()
    .document.pins.find((pin) => pin.kind === 'external' && pin.architecture.id === architecture.id && sameBlocks(pin.architecture.blocks, architecture.blocks));
  if (twin !== undefined) return alreadyPinned(twin.name);
  addPin({
    kind: 'external',
    id: crypto.randomUUID(),
    name: architecture.name,
    created_at: new Date().toISOString(),
    architecture,
    reasons: [...reasons],
  });
  notify({ kind: 'success', title: `Pinned ${architecture.name}`, text: 'Only its shapes are known; costs and score are not.' });
}

function pinBlocks(
  library: OpenLibrary,
  blocks: ChosenBlock[],
  origin: InLibraryPin['origin'],
  name: string,
  rest: Pick<InLibraryPin, 'solve'>,
): void {
  const { document } = documentStore.getState();
  const twin = document.pins.find(
    (pin) => pin.kind === 'in_library' && pin.library_id === library.view.id && sameBlocks(pin.blocks, blocks),
  );
  if (twin !== undefined) return alreadyPinned(twin.name);
  addPin({
    kind: 'in_library',
    id: crypto.randomUUID(),
    name: unusedName(name, document),
    created_at: new Date().toISOString(),
    origin,
    library_id: library.view.id,
    objective: objectiveOf(document, library.view),
    blocks,
    ...rest,
  });
  notify({ kind: 'success', title: `Pinned ${name}` });
}

function alreadyPinned(name: string): void {
  notify({ kind: 'info', title: `Already pinned as ${name}.` });
}

function sameBlocks(a: readonly ChosenBlock[], b: readonly ChosenBlock[]): boolean {
  return (
    a.length === b.length &&
    a.every((block, index) => block.variant === b[index].variant && block.parent_layers.join() === b[index].parent_layers.join())
  );
}

/** The first of several solutions carries the proof; later ones are optimal only given the earlier. */
function solveRecord(answer: Answer, index: number): InLibraryPin['solve'] {
  if (index > 0) return undefined;
  return {
    status: answer.certainty.kind === 'optimal' ? 'optimal' : 'feasible',
    bound: answer.bound,
    gap: answer.certainty.kind === 'optimal' ? 0 : answer.certainty.gap,
  };
}

function nameOf(document: ProjectDocument, library: OpenLibrary, index: number): string {
  const limits = document.limits
    .filter((limit) => limit.enabled && isLimitable(library, limit.column))
    .map((limit) => `${limit.side === 'max' ? '≤' : '≥'} ${formatWithUnit(limit.value, quantityOf(library.view, limit.column).unit)}`);
  const name = limits.length === 0 ? 'No limits' : limits.join(', ');
  return index === 0 ? name : `${name} (solution ${index + 1})`;
}
