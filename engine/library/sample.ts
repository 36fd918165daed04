/**
 * The library that the product brings along, generated when it is asked for: Llama-3.1-70B on one H100 in FP8 with the
 * search space of Puzzle (arXiv 2411.19146, section 2). Its plain columns are Puzzle's text-generation scenario at the
 * batch that the 51B was served with; smaller batches and retrieval traffic are there for workloads.
 */
import { parentModel } from '../architecture/presets.ts';
import { BUILT_IN } from '../hardware/calibrations.ts';
import type { Library, LibraryView } from '../protocol/library.ts';
import { recipeSchema, type Recipe } from '../protocol/recipe.ts';
import { generateView } from './generate/generate.ts';
import type { Scenario } from './generate/scenario.ts';
import { fromView } from './view.ts';

export const SAMPLE_ID = 'sample:llama-3.1-70b';
export const SAMPLE_RECIPE: Recipe = recipeSchema.parse({ parent: 'llama-3.1-70b', device: 'h100-sxm', isl: 128, osl: 1024, batches: [256, 128, 64, 16] });
const RETRIEVAL: readonly Scenario[] = [64, 16].map((batch) => ({ batch, isl: 2048, osl: 128 }));

/** 80 layers of 60 variants; pure, the same at every call. */
export function sampleView(id: string = SAMPLE_ID): LibraryView {
  const parent = parentModel(SAMPLE_RECIPE.parent);
  if (parent === undefined) throw new Error(`The sample library needs the preset ${SAMPLE_RECIPE.parent}.`);
  return generateView({ id, name: 'Sample: Llama-3.1-70B on H100', recipe: SAMPLE_RECIPE, parent, hardware: BUILT_IN, also: RETRIEVAL });
}

export function sampleLibrary(): Library {
  return fromView(sampleView());
}
