/** What each command of the shared table does, and when it can be done. */
import { COMMANDS, type CommandId } from '../../engine/protocol/commands.ts';
import { importArchitecture, openDialog, openSample, pinCurrent } from '../state/actions.ts';
import { startingLimits } from '../state/default_limits.ts';
import { showDialog } from '../state/dialog_store.ts';
import { canActOnLayer, banActiveLayer, lockActiveLayer } from '../panels/layer_map/hold_actions.ts';
import { changeDocument, documentStore, redo, releaseAll, undo } from '../state/document_store.ts';
import { showReference } from '../state/reference_actions.ts';
import { engineClient, engineStore, openLibrary } from '../state/engine_store.ts';
import { isStale, solveStore } from '../state/solve_store.ts';
import { cancelRun, cancellableRun, resumableRun, resumeRun, showTraining } from '../state/train_actions.ts';
import { toggleTheme } from '../state/theme_store.ts';
import { viewStore, type Tab } from '../state/view_store.ts';

interface CommandAction {
  readonly run: () => void;
  /** Always, where absent. */
  readonly enabled?: () => boolean;
}

const hasEngine = (): boolean => engineClient() !== undefined;
const hasLibrary = (): boolean => openLibrary(engineStore.getState()) !== undefined;
const onTrain = (): boolean => viewStore.getState().screen === 'train';
/** What acts on the child on screen has nothing to act on elsewhere. */
const hasSolution = (): boolean => !onTrain() && solveStore.getState().answer !== undefined && !isStale(solveStore.getState());
const hasSeveralSolutions = (): boolean => !onTrain() && (solveStore.getState().answer?.solutions.length ?? 0) > 1;
const holdsAnything = (): boolean => !onTrain() && documentStore.getState().document.locks.length + documentStore.getState().document.bans.length > 0;

export const COMMAND_ACTIONS: Readonly<Record<CommandId, CommandAction>> = {
  'library.open-file': { run: () => void openDialog('file'), enabled: hasEngine },
  'library.open-folder': { run: () => void openDialog('folder'), enabled: hasEngine },
  'library.estimate': { run: () => showDialog({ kind: 'new-recipe' }), enabled: hasEngine },
  'library.sample': { run: () => void openSample(), enabled: hasEngine },
  'architecture.import': { run: () => void importArchitecture(), enabled: hasEngine },
  'solution.export': { run: () => showDialog({ kind: 'export', child: 'current' }), enabled: () => !onTrain() && hasLibrary() },
  'train.new': { run: () => showDialog({ kind: 'train' }), enabled: hasEngine },
  'edit.undo': { run: undo, enabled: () => !onTrain() && documentStore.getState().past.length > 0 },
  'edit.redo': { run: redo, enabled: () => !onTrain() && documentStore.getState().future.length > 0 },
  'limits.reset': { run: resetLimits, enabled: () => !onTrain() && hasLibrary() },
  'palette.show': { run: () => showDialog({ kind: 'palette' }) },
  'view.explore': { run: () => showTab('frontier'), enabled: () => hasLibrary() || onTrain() },
  'view.reasons': { run: () => showTab('reasons'), enabled: hasLibrary },
  'view.layers': { run: () => showTab('layers'), enabled: hasLibrary },
  'view.compare': { run: () => showTab('compare'), enabled: hasLibrary },
  'view.published': { run: () => showTab('published'), enabled: hasLibrary },
  'view.serving': { run: () => showTab('serving'), enabled: hasLibrary },
  'view.train': { run: showTraining },
  'hardware.show': { run: () => showDialog({ kind: 'hardware' }), enabled: hasEngine },
  'view.reference': { run: showReference, enabled: hasEngine },
  'view.theme': { run: toggleTheme },
  'solution.pin': { run: pinCurrent, enabled: hasSolution },
  'solution.pin-reference': { run: () => showDialog({ kind: 'references' }), enabled: hasEngine },
  'solution.next': { run: () => stepSolution(1), enabled: hasSeveralSolutions },
  'solution.previous': { run: () => stepSolution(-1), enabled: hasSeveralSolutions },
  'layer.lock': { run: lockActiveLayer, enabled: canActOnLayer },
  'layer.ban': { run: banActiveLayer, enabled: canActOnLayer },
  'layer.release': { run: releaseAll, enabled: holdsAnything },
  'train.cancel': { run: () => withRun(cancellableRun(), cancelRun), enabled: () => cancellableRun() !== undefined },
  'train.resume': { run: () => withRun(resumableRun(), resumeRun), enabled: () => resumableRun() !== undefined },
  'help.shortcuts': { run: () => showDialog({ kind: 'shortcuts' }) },
  'help.about': { run: () => showDialog({ kind: 'about' }) },
};

/** Runs a command unless it cannot be done now. @returns whether it ran. */
export function runCommand(id: CommandId): boolean {
  if (!isEnabled(id)) return false;
  COMMAND_ACTIONS[id].run();
  return true;
}

export function isEnabled(id: CommandId): boolean {
  return COMMAND_ACTIONS[id].enabled?.() ?? true;
}

export function commandInfo(id: CommandId): (typeof COMMANDS)[number] {
  const info = COMMANDS.find((command) => command.id === id);
  if (info === undefined) throw new Error(`No command ${id}`);
  return info;
}

function showTab(tab: Tab): void {
  viewStore.setState({ screen: 'explore', tab });
}

function withRun(id: string | undefined, act: (id: string) => Promise<void>): void {
  if (id !== undefined) void act(id);
}

function stepSolution(by: number): void {
  solveStore.setState(({ answer, solutionIndex }) => {
    const count = answer?.solutions.length ?? 1;
    return { solutionIndex: (solutionIndex + by + count) % count };
  });
}

function resetLimits(): void {
  const library = openLibrary(engineStore.getState());
  if (library !== undefined) changeDocument('Reset limits', (document) => ({ ...document, limits: [...startingLimits(library)] }));
}
