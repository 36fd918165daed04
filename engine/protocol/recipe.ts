/**
 * A library that needs no file: a parent, what it is served with and its traffic, from which costs are computed and
 * quality is estimated. Its id says all of it, so that a document, a link or a command line that names the library
 * can make it again, and changing the device is naming another library.
 */
import { z } from 'zod';
import { deploymentSchema } from './cost.ts';
import { FORMATS } from './hardware.ts';

const count = z.coerce.number().int().positive();
const format = z.enum(FORMATS);

export const recipeSchema = z.object({
  /** Preset id, or id of a model that the project keeps. */
  parent: z.string().min(1),
  device: z.string().min(1),
  calibration: z.string().optional(),
  weights: format.default('fp8'),
  activations: format.default('fp8'),
  kv: format.default('fp8'),
  tp: count.default(1),
  kv_head_cliff: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(true),
  isl: z.coerce.number().int().nonnegative(),
  osl: count,
  /** Sequences together, largest first; chosen from what fits where absent. The first one's columns bear plain names. */
  batches: z.union([z.array(count).min(1), z.string().regex(/^\d+(,\d+)*$/).transform((text) => text.split(',').map(Number))]).optional(),
  /** `prior`, or the id of a library whose scores are carried over to blocks of the same relative depth and size. */
  quality: z.string().default('prior'),
});
export type Recipe = z.output<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;

const PREFIX = 'generated:';

export function isRecipeId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** `generated:PARENT?device=...`, fields at their defaults left out, always in the same order. */
export function recipeId(recipe: RecipeInput): string {
  const { parent, ...fields } = recipeSchema.parse(recipe);
  const defaults = recipeSchema.parse({ parent: '-', device: '-', isl: 1, osl: 1 });
  const query = (['device', 'calibration', 'weights', 'activations', 'kv', 'tp', 'kv_head_cliff', 'isl', 'osl', 'batches', 'quality'] as const)
    .filter((key) => fields[key] !== undefined && (['device', 'isl', 'osl'].includes(key) || fields[key] !== defaults[key]))
    .map((key) => `${key}=${encodeURIComponent(String(fields[key])).replaceAll('%2C', ',').replaceAll('%3A', ':')}`);
  return `${PREFIX}${encodeURIComponent(parent)}?${query.join('&')}`;
}

/** The recipe that an id names, or undefined with nothing else said where it names none. */
export function parseRecipeId(id: string): Recipe | undefined {
  if (!isRecipeId(id)) return undefined;
  const [parent, query = ''] = id.slice(PREFIX.length).split('?');
  const parsed = recipeSchema.safeParse({ ...Object.fromEntries(new URLSearchParams(query)), parent: decodeURIComponent(parent ?? '') });
  return parsed.success ? parsed.data : undefined;
}

/** What the blocks of a recipe's library run on. */
export function deploymentOf({ device, calibration, weights, activations, kv, tp, kv_head_cliff }: Recipe) {
  return deploymentSchema.parse({ device, ...(calibration !== undefined && { calibration }), weights, activations, kv, tp, kv_head_cliff });
}
