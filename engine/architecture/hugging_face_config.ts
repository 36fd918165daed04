/**
 * Reads the config.json of a model whose layers block variants describe: Llama and its relatives, whose layers are all
 * the same; DeciLM and Puzzletron's AnyModel, whose layers differ; and Transformers' sparse `per_layer_config`.
 */
import { z } from 'zod';
import { badInput } from '../protocol/errors.ts';
import { chosenBlock, modelShapeSchema, type Architecture, type ModelShape, type ParentModel } from '../protocol/variant.ts';
import { readBlocks } from './config_blocks.ts';
import { findLanguageModel } from './config_family.ts';
import { readShape, readSlidingWindow } from './config_shape.ts';
import { architectureParams } from './count.ts';
import { WORKBENCH_KEY } from './decilm.ts';
import { at, isGiven, objectAt, unexpected, type JsonObject, type Place } from './json_fields.ts';
import { modelName } from './model_name.ts';
import { parentFromArchitecture } from './parent.ts';
import { parentModel, parents } from './presets.ts';

/** More parameters than any model has; keeps every count exact. */
const MAX_PARAMS = 1e14;

/** What our own exports say beyond the configuration. */
const exportedSchema = z.object({
  architecture: z.object({
    id: z.string().min(1),
    name: z.string().min(1),
    parent: z.string().optional(),
    external: z.boolean(),
    source: z.string(),
    parent_layers: z.array(z.array(z.number().int().nonnegative()).min(1)).optional(),
    sliding_window: modelShapeSchema.shape.sliding_window,
  }),
});

/** What a config.json says. */
export interface ModelConfig {
  readonly architecture: Architecture;
  /** The model to search children of: this one where all its layers are the same, else the built-in one it came from. */
  readonly parent?: ParentModel;
  /** What a reader should know: what is not represented, which parent was taken. */
  readonly notes: string[];
}

/** The architecture that the parsed file `json` describes; see `readModelConfig`. */
export function fromHuggingFaceConfig(file: string, json: unknown): Architecture {
  return readModelConfig(file, json).architecture;
}

/**
 * The model that the parsed file `json` describes. Its architecture's `parent` is the one our own export names, else
 * the preset of the same dimensions and depth where there is only one. Throws `badInput` naming the place where the
 * file is malformed, or the family where it is one that block variants do not describe.
 */
export function readModelConfig(file: string, json: unknown): ModelConfig {
  const root: Place = { file, path: '' };
  const outer = objectAt(json, root);
  const { family, config, place, notes: familyNotes } = findLanguageModel(outer, root);
  const { shape: windowless, notes: shapeNotes } = readShape(config, place, family);
  const { blocks, form } = readBlocks(config, place, windowless, family);
  const exported = readExported(outer, root, blocks.length);
  const { window, notes: windowNotes } = readSlidingWindow(config, place, family, blocks.length);
  const slidingWindow = exported?.sliding_window ?? window;
  const shape = { ...windowless, ...(slidingWindow !== undefined && { sliding_window: slidingWindow }) };
  const params = architectureParams({ shape, blocks: blocks.map((block) => chosenBlock([0], block)) });
  if (params > MAX_PARAMS) throw unexpected(root, `a model of at most ${MAX_PARAMS} parameters`, params);
  const name = exported?.name ?? modelName(file, config, family, params);
  const layers = exported?.parent_layers ?? blocks.map((_, index) => [index]);
  const architecture: Architecture = {
    id: exported?.id ?? name,
    name,
    ...(exported === undefined ? relationToParents(shape, blocks.length) : relation(exported.parent, exported.external)),
    shape,
    blocks: blocks.map((block, index) => chosenBlock(layers[index] ?? [index], block)),
    source: exported?.source ?? `${file} (${form})`,
  };
  const { parent, notes: parentNotes } = parentOf(architecture, exported !== undefined);
  return {
    architecture,
    ...(parent !== undefined && { parent }),
    notes: [...familyNotes, ...shapeNotes, ...windowNotes, ...parentNotes],
  };
}

function parentOf(architecture: Architecture, isOurs: boolean): { readonly parent?: ParentModel; readonly notes: readonly string[] } {
  const preset = architecture.parent === undefined ? undefined : parentModel(architecture.parent);
  const own = parentFromArchitecture(architecture);
  if (own !== undefined && !(isOurs && preset !== undefined)) return { parent: own, notes: [] };
  if (preset !== undefined) return { parent: preset, notes: [] };
  const [first, ...others] = architecture.parent === undefined ? parentsAlike(architecture.shape) : [];
  if (first !== undefined) {
    const names = [first, ...others].map(({ name }) => name).join(' and ');
    return { parent: first, notes: [`Its dimensions are those of ${names}; ${first.name} is taken for its parent.`] };
  }
  return { notes: ['Its layers differ and its parent is not among the built-in models: open the config.json of its parent to search other children.'] };
}

function readExported(
  config: JsonObject,
  root: Place,
  blocks: number,
): z.infer<typeof exportedSchema>['architecture'] | undefined {
  if (!isGiven(config[WORKBENCH_KEY])) return undefined;
  const place = at(root, WORKBENCH_KEY);
  const parsed = exportedSchema.safeParse(config[WORKBENCH_KEY]);
  const hint = 'This block was written by Puzzle Workbench; without it the rest can be read.';
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = [place.path, ...(issue?.path ?? [])].join('.');
    throw badInput(root.file, path, 'what an export writes there', issue?.message ?? 'something else', hint);
  }
  const { architecture } = parsed.data;
  if ((architecture.parent_layers?.length ?? blocks) !== blocks) {
    const layersPlace = at(at(place, 'architecture'), 'parent_layers');
    throw unexpected(layersPlace, `${blocks} entries, one for each layer`, architecture.parent_layers, hint);
  }
  return architecture;
}

type Relation = Pick<Architecture, 'parent' | 'external'>;

function relation(parent: string | undefined, external: boolean): Relation {
  return { ...(parent !== undefined && { parent }), external };
}

/** Compared with presets of the same dimensions, a model of another depth has layers of its own. */
function relationToParents(shape: ModelShape, layers: number): Relation {
  const alike = parentsAlike(shape);
  const asDeep = alike.filter((parent) => parent.num_hidden_layers === layers);
  const external = alike.length > 0 && asDeep.length === 0;
  const candidates = external ? alike : asDeep;
  return relation(candidates.length === 1 ? candidates[0]?.id : undefined, external);
}

function parentsAlike(shape: ModelShape): readonly ParentModel[] {
  return parents().filter(
    (parent) =>
      parent.shape.hidden_size === shape.hidden_size &&
      parent.shape.num_attention_heads === shape.num_attention_heads &&
      parent.shape.vocab_size === shape.vocab_size,
  );
}
