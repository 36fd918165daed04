/**
 * Whether the limits rest. What takes a whole series of solves, or a plot drawn anew, waits until they do: while a
 * slider is held and shortly after every change of the document, only the answer on screen follows.
 */
import { createStore } from 'zustand/vanilla';
import type { LimitSetting } from '../../engine/protocol/workspace.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { documentStore } from './document_store.ts';

export const REST_AFTER_MS = 250;

export interface RestState {
  readonly resting: boolean;
  /** The limits as they last rested: what plots are drawn for, while marks on them follow the document. */
  readonly limits: readonly LimitSetting[];
}

export const restStore = createStore<RestState>(() => ({ resting: true, limits: [] }));

let timer: ReturnType<typeof setTimeout> | undefined;
/** A slider is held: a hand that pauses has not let go. */
let held = false;

/** Starts following the document; call once, before what waits for the limits to rest. */
export function startResting(): Dispose {
  restStore.setState({ resting: true, limits: documentStore.getState().document.limits });
  const unfollow = documentStore.subscribe((state, previous) => {
    if (state.document === previous.document) return;
    if (restStore.getState().resting) restStore.setState({ resting: false });
    restSoon();
  });
  const page = typeof window === 'undefined' ? undefined : window;
  const press = (event: Event): void => {
    held = event.target instanceof HTMLInputElement && event.target.type === 'range';
  };
  const release = (event: Event): void => {
    // Of the window: fields lose their focus to the slider that is pressed.
    if (!held || (event.type === 'blur' && event.target !== page)) return;
    held = false;
    if (!restStore.getState().resting) restSoon();
  };
  page?.addEventListener('pointerdown', press, true);
  for (const event of RELEASES) page?.addEventListener(event, release, true);
  return () => {
    unfollow();
    clearTimeout(timer);
    held = false;
    page?.removeEventListener('pointerdown', press, true);
    for (const event of RELEASES) page?.removeEventListener(event, release, true);
  };
}

const RELEASES = ['pointerup', 'pointercancel', 'blur'] as const;

function restSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!held) restStore.setState({ resting: true, limits: documentStore.getState().document.limits });
  }, REST_AFTER_MS);
}
