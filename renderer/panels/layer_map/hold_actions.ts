/** Locks and bans on the layer that the pointer or the keyboard is on, and the guard that leaves every layer a block. */
import { allowVariant, banVariant, documentStore, lockLayer, unlockLayer } from '../../state/document_store.ts';
import { choiceByLayer, type Held } from '../../state/derived_marks.ts';
import { openLayer } from '../../state/derived_variants.ts';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { notify } from '../../state/notice_store.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { inspectorStore } from './inspector_store.ts';

export function canActOnLayer(): boolean {
  return activeBlock() !== undefined;
}

export function lockActiveLayer(): void {
  const block = activeBlock();
  if (block !== undefined) toggleLock(block.layer, block.variant);
}

export function banActiveLayer(): void {
  const block = activeBlock();
  if (block !== undefined) toggleBan(block.variant, block.layer);
}

export function toggleLock(layer: number, variant: string): void {
  const { locks, bans } = documentStore.getState().document;
  if (locks.some((lock) => lock.layer === layer && lock.variant === variant)) return unlockLayer(layer);
  if (bans.some((ban) => ban.layer === undefined && ban.variant === variant)) {
    notify({ kind: 'info', title: `${variant} is banned everywhere; allow it first.` });
    return;
  }
  lockLayer(layer, variant);
}

/** Bans or allows, in one layer or (without `layer`) in all; a ban that leaves some layer nothing is refused. */
export function toggleBan(variant: string, layer?: number): void {
  const { document } = documentStore.getState();
  if (document.bans.some((ban) => ban.layer === layer && ban.variant === variant)) return allowVariant(variant, layer);
  const open = emptiedBy(document, variant, layer);
  if (open === undefined) banVariant(variant, layer);
  else notify({ kind: 'info', title: `Without ${variant} nothing would be left for layer ${open}.` });
}

/** The layer that a ban would leave without a block. */
export function emptiedBy({ locks, bans }: Held, variant: string, layer: number | undefined): number | undefined {
  const library = openLibrary(engineStore.getState());
  if (library === undefined) return undefined;
  // As `banVariant` does, a ban lifts the locks that ask for the same block.
  const kept = locks.filter((lock) => lock.variant !== variant || (layer !== undefined && lock.layer !== layer));
  return openLayer(library.view, { locks: kept, bans: [...bans, layer === undefined ? { variant } : { layer, variant }] });
}

function activeBlock(): { readonly layer: number; readonly variant: string } | undefined {
  const library = openLibrary(engineStore.getState());
  const layer = viewStore.getState().activeLayer ?? inspectorStore.getState().layer;
  const solution = shownSolution(solveStore.getState());
  if (library === undefined || layer === undefined || solution === undefined) return undefined;
  const choice = choiceByLayer(library.view, solution.choices)[layer];
  return choice === undefined ? undefined : { layer, variant: library.view.variants[library.view.variant[choice]].id };
}
