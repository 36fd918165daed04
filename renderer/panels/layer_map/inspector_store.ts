/** Which layer the inspector shows, and where the keyboard goes when it closes. */
import { createStore } from 'zustand/vanilla';
import { viewStore } from '../../state/view_store.ts';

export interface InspectorState {
  readonly layer: number | undefined;
  /** Library choice whose row is selected; the chosen one where undefined. */
  readonly selected: number | undefined;
}

export const inspectorStore = createStore<InspectorState>(() => ({ layer: undefined, selected: undefined }));

let returnTo: Element | undefined;

export function openInspector(layer: number): void {
  if (inspectorStore.getState().layer === undefined) returnTo = document.activeElement ?? undefined;
  inspectorStore.setState({ layer, selected: undefined });
  viewStore.setState({ activeLayer: layer });
}

/** `restore`: the focus goes back to where it was when the inspector opened. */
export function closeInspector(restore = true): void {
  inspectorStore.setState({ layer: undefined, selected: undefined });
  if (restore && (returnTo instanceof HTMLElement || returnTo instanceof SVGElement)) returnTo.focus();
  returnTo = undefined;
}
