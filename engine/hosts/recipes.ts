/** Libraries made from a recipe: finds the parent, the hardware and the source of quality that it names. */
import { carriedQuality } from '../library/generate/quality.ts';
import { generateView } from '../library/generate/generate.ts';
import { searchSpace } from '../library/generate/space.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import { isRecipeId, parseRecipeId } from '../protocol/recipe.ts';
import type { Rack } from './rack.ts';

/**
 * `viewOf` gives the library whose scores are to be carried over.
 * @throws WorkbenchError `bad_input` or `not_found` naming what of the recipe is not known.
 */
export async function viewOfRecipe(id: string, rack: Rack, viewOf: (id: string) => Promise<LibraryView>): Promise<LibraryView> {
  const recipe = parseRecipeId(id);
  if (recipe === undefined) {
    throw new WorkbenchError('bad_input', `"${id}" does not describe a library.`, {
      hint: 'Write generated:PARENT?device=ID&isl=N&osl=N, with weights, activations, kv, tp, batches=N,N and quality as needed.',
    });
  }
  const parent = rack.parent(recipe.parent);
  if (parent === undefined) {
    throw new WorkbenchError('not_found', `There is no parent "${recipe.parent}".`, { hint: `Known parents: ${rack.parentIds().join(', ')}. Others come from a config.json.` });
  }
  const hardware = rack.hardware();
  if (recipe.quality === 'prior') return generateView({ id, recipe, parent, hardware });
  if (isRecipeId(recipe.quality)) throw new WorkbenchError('bad_input', 'Quality cannot be carried over from a generated library: it has only the prior itself.');
  const donor = await viewOf(recipe.quality);
  const quality = carriedQuality(parent, searchSpace(parent), donor);
  if (quality === undefined) {
    throw new WorkbenchError('bad_input', `The scores of ${donor.header.name} cannot be carried over.`, {
      hint: 'It needs a score where lower is better, and in every layer variants that change only the attention and only the FFN.',
    });
  }
  return generateView({ id, recipe, parent, hardware, quality });
}
