/**
 * Libraries made from a recipe, by their ids: which recipe an open library follows, and which libraries have the same
 * blocks in the same order, so that limits, locks and the child on screen mean the same in all of them.
 */
import { formatSchema, type Format } from '../../engine/protocol/hardware.ts';
import type { LibraryView } from '../../engine/protocol/library.ts';
import { isRecipeId, parseRecipeId, recipeSchema, type Recipe } from '../../engine/protocol/recipe.ts';

/** Of the libraries that come with the product this one is computed like any other; the other one was measured. */
const SAMPLE = { id: 'sample:llama-3.1-70b', parent: 'llama-3.1-70b' };

/** Whether a library is computed: made from a recipe, or the sample that is. */
export function isComputed(id: string): boolean {
  return isRecipeId(id) || id === SAMPLE.id;
}

/** Id of the parent that a computed library is about; undefined for any other library. */
export function parentOfLibrary(id: string): string | undefined {
  return id === SAMPLE.id ? SAMPLE.parent : parseRecipeId(id)?.parent;
}

/** Whether two computed libraries have the same choices: the search space depends on the parent alone. */
export function haveSameChoices(a: string, b: string): boolean {
  const parent = parentOfLibrary(a);
  return parent !== undefined && parent === parentOfLibrary(b);
}

/** The recipe of a computed library; for the sample, what its measurements say. */
export function recipeOf({ id, header }: Pick<LibraryView, 'id' | 'header'>): Recipe | undefined {
  const named = parseRecipeId(id);
  if (named !== undefined || id !== SAMPLE.id) return named;
  const [first] = header.measurements;
  if (first?.isl === undefined || first.osl === undefined) return undefined;
  const { device, dtypes, tp, isl, osl } = first;
  const parsed = recipeSchema.safeParse({
    parent: header.parent.id ?? SAMPLE.parent,
    device,
    weights: formatOf(dtypes.weights),
    activations: formatOf(dtypes.activations),
    kv: formatOf(dtypes.kv),
    tp,
    isl,
    osl,
    batches: header.measurements.flatMap((other) => (other.isl === isl && other.osl === osl && other.batch !== undefined ? [other.batch] : [])),
  });
  return parsed.success ? parsed.data : undefined;
}

function formatOf(name: string | undefined): Format | undefined {
  const known = formatSchema.safeParse(name);
  return known.success ? known.data : undefined;
}
