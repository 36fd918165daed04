/** Computed libraries beside the open one: the one on its way, and those opened before, to go back to. */
import { createStore } from 'zustand/vanilla';
import type { LibraryView } from '../../engine/protocol/library.ts';
import { isRecipeId } from '../../engine/protocol/recipe.ts';
import { haveSameChoices } from './recipe_ids.ts';

export interface OpenedRecipe {
  readonly id: string;
  readonly name: string;
  readonly layers: number;
  readonly variants: number;
}

export interface RecipeState {
  /** Id of the library that is being computed in the open one's place. */
  readonly coming: string | undefined;
  /** The latest of each parent, newest first. */
  readonly opened: readonly OpenedRecipe[];
}

export const recipeStore = createStore<RecipeState>(() => ({ coming: undefined, opened: [] }));

const KEPT = 6;

export function noteOpened({ id, header, variants }: LibraryView): void {
  if (!isRecipeId(id)) return;
  const entry = { id, name: header.name, layers: header.parent.num_hidden_layers, variants: variants.length };
  recipeStore.setState(({ opened }) => ({ opened: [entry, ...opened.filter((other) => !haveSameChoices(other.id, id))].slice(0, KEPT) }));
}
