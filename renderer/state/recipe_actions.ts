/** Computed libraries: opening one for any parent, and changing what the open one is served with. */
import { toErrorPayload, WorkbenchError } from '../../engine/protocol/errors.ts';
import { parseRecipeId, recipeId, type Recipe, type RecipeInput } from '../../engine/protocol/recipe.ts';
import type { ParentModel } from '../../engine/protocol/variant.ts';
import { track } from './activity.ts';
import { engineClient, engineStore, openLibrary } from './engine_store.ts';
import { refreshHardware } from './hardware_store.ts';
import { recostLibrary, switchLibrary } from './library_opener.ts';
import { notifyError } from './notice_store.ts';
import { recipeOf } from './recipe_ids.ts';
import { recipeStore } from './recipe_store.ts';

/** The recipe of the library on its way, else of the open one; undefined where that was not computed. */
export function currentRecipe(): Recipe | undefined {
  const { coming } = recipeStore.getState();
  const open = openLibrary(engineStore.getState());
  return (coming === undefined ? undefined : parseRecipeId(coming)) ?? (open === undefined ? undefined : recipeOf(open.view));
}

/** Serves the open library's blocks differently: one undoable step, after which the search runs at once. */
export async function changeRecipe(label: string, change: Partial<Omit<Recipe, 'parent'>>): Promise<void> {
  const recipe = currentRecipe();
  if (recipe === undefined) return;
  const id = recipeId(withChange(recipe, change));
  try {
    await recostLibrary(id, label);
  } catch (error) {
    if (toErrorPayload(error).code !== 'engine_gone') notifyError(`${label}: this cannot be computed`, error);
  }
}

/** Another device starts with the best calibration there is for it. */
export function withChange<R extends Omit<Recipe, 'parent'>>(recipe: R, change: Partial<Omit<Recipe, 'parent'>>): R {
  const elsewhere = change.device !== undefined && change.device !== recipe.device;
  return { ...recipe, ...(elsewhere && { calibration: undefined }), ...change };
}

/** Opens the library of a recipe as a library of its own. @throws WorkbenchError where it cannot be computed. */
export function openRecipe(recipe: RecipeInput): Promise<void> {
  return switchLibrary(recipeId(recipe));
}

/** Keeps a model in the project, so that recipes can name it. @returns its id there. @throws WorkbenchError where it cannot be kept. */
export async function saveModel(parent: ParentModel): Promise<string> {
  const client = engineClient();
  if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running.', { retryable: true });
  const { id } = await track(client.call('model.save', { parent }));
  await track(refreshHardware(client));
  return id;
}
