/**
 * The child that the map marks changes against: the last settled one before the current change of the problem. A whole
 * drag is one change, so that the marks say what this drag did and not what its last pixel did.
 */
import { createStore } from 'zustand/vanilla';
import type { Dispose } from '../../engine/protocol/transport.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';
import { documentStore } from './document_store.ts';
import { engineStore, openLibrary } from './engine_store.ts';
import { haveSameChoices } from './recipe_ids.ts';
import { shownSolution, solveStore, type SolveState } from './solve_store.ts';

export interface Baseline {
  readonly choices: readonly number[] | undefined;
}

export const baselineStore = createStore<Baseline>(() => ({ choices: undefined }));

const ASKED = ['library_id', 'objective', 'limits', 'workloads', 'locks', 'bans', 'solutions', 'min_different_layers'] as const satisfies readonly (keyof ProjectDocument)[];

/** Starts following document and answers; call once. */
export function startBaseline(): Dispose {
  let settled: readonly number[] | undefined;
  const note = (state: SolveState): void => {
    if (state.outcome.kind === 'answer' && !state.pending && !state.awaiting) settled = shownSolution(state)?.choices;
  };
  note(solveStore.getState());
  const disposers = [
    solveStore.subscribe(note),
    documentStore.subscribe((state, previous) => {
      const asksOther = ASKED.some((key) => state.document[key] !== previous.document[key]);
      // Within a gesture the undo list stays the same object.
      if (!asksOther || state.past === previous.past) return;
      baselineStore.setState({ choices: settled });
    }),
    engineStore.subscribe((state, previous) => {
      const [now, before] = [openLibrary(state)?.view.id, openLibrary(previous)?.view.id];
      if (now === before || (now !== undefined && before !== undefined && haveSameChoices(now, before))) return;
      // Choices are numbered per library.
      settled = undefined;
      baselineStore.setState({ choices: undefined });
    }),
  ];
  return () => {
    for (const dispose of disposers) dispose();
  };
}
