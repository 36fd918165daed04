/** Which dialog is open; there is at most one. */
import { createStore } from 'zustand/vanilla';
import type { Architecture } from '../../engine/protocol/variant.ts';

export type DialogState =
  | { readonly kind: 'none' }
  | { readonly kind: 'palette' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'about' }
  | { readonly kind: 'export'; readonly child: string }
  | { readonly kind: 'references' }
  | { readonly kind: 'library-notes'; readonly id: string }
  /** An architecture that the open library cannot express, and why: the user decides whether to pin it as it is. */
  | { readonly kind: 'inexpressible'; readonly architecture: Architecture; readonly reasons: readonly string[] };

export const dialogStore = createStore<{ readonly dialog: DialogState }>(() => ({ dialog: { kind: 'none' } }));

export function showDialog(dialog: DialogState): void {
  dialogStore.setState({ dialog });
}

export function closeDialog(): void {
  dialogStore.setState({ dialog: { kind: 'none' } });
}
