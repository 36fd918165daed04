/** Which dialog is open; there is at most one. */
import { createStore } from 'zustand/vanilla';
import type { Plan } from '../../engine/protocol/train.ts';
import type { Recipe } from '../../engine/protocol/recipe.ts';
import type { Architecture, ParentModel } from '../../engine/protocol/variant.ts';
import type { FormFields } from './recipe_model.ts';

export type DialogState =
  | { readonly kind: 'none' }
  | { readonly kind: 'palette' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'about' }
  | { readonly kind: 'export'; readonly child: string }
  | { readonly kind: 'references' }
  | { readonly kind: 'library-notes'; readonly id: string }
  /** The 51B and 40B cases. */
  | { readonly kind: 'reference' }
  /** A library computed for any model; what is known of it beforehand. */
  | {
      readonly kind: 'new-recipe';
      readonly recipe?: Recipe;
      /** A model that was just read and that the project does not keep yet, and what its reader remarked. */
      readonly parent?: ParentModel;
      readonly notes?: readonly string[];
      /** A file that no reader knows: why, and what could be guessed of it. */
      readonly unread?: { readonly message: string; readonly fields: FormFields };
    }
  /** A config.json whose layers are all the same: a parent to search from, or an architecture to compare with. */
  | { readonly kind: 'model-offer'; readonly architecture: Architecture; readonly parent: ParentModel; readonly notes: readonly string[] }
  /** A training run, begun from another one's plan where there is one; or from a checkpoint that is to be named. */
  | { readonly kind: 'train'; readonly from?: { readonly id: string; readonly plan: Plan; readonly name: string }; readonly parent?: 'open' }
  /** Devices and calibrations, with one of them shown first. */
  | { readonly kind: 'hardware'; readonly device?: string }
  /** An architecture that the open library cannot express, and why: the user decides whether to pin it as it is. */
  | { readonly kind: 'inexpressible'; readonly architecture: Architecture; readonly reasons: readonly string[] };

export const dialogStore = createStore<{ readonly dialog: DialogState }>(() => ({ dialog: { kind: 'none' } }));

export function showDialog(dialog: DialogState): void {
  dialogStore.setState({ dialog });
}

export function closeDialog(): void {
  dialogStore.setState({ dialog: { kind: 'none' } });
}
