/**
 * Solutions in the form of Puzzletron's `solutions.json` (NVIDIA Model Optimizer): a list of entries that say which
 * block replaces which layers of the parent, with the totals and the arguments of the search. Weights are not part
 * of a search here, so `weight_paths` are empty.
 */
import { z } from 'zod';
import {
  chosenBlock,
  modelShapeSchema,
  type Architecture,
  type Block,
  type ChosenBlock,
  type ModelShape,
} from '../protocol/variant.ts';
import { readBlockConfig } from './block_config.ts';
import { WORKBENCH_KEY, type ExportProvenance } from './decilm.ts';
import { at, isGiven, listAt, objectAt, unexpected, type JsonObject, type Place } from './json_fields.ts';

/** One child and what the search said of it. */
export interface SolutionExport {
  readonly architecture: Architecture;
  readonly objective: { readonly column: string; readonly value: number };
  /** Total by column id. */
  readonly costs: Readonly<Record<string, number>>;
  /** The problem that was solved, as JSON. */
  readonly problem: Readonly<Record<string, unknown>>;
}

/** What a solution file leaves to its surroundings: the model whose layers it replaces. */
export interface SolutionParent {
  readonly shape: ModelShape;
  /** Preset id, where the parent is one. */
  readonly id?: string | undefined;
}

/** The content of `solutions.json` for one or more children. */
export function toPuzzletronSolutions(
  solutions: readonly SolutionExport[],
  provenance: ExportProvenance,
): Record<string, unknown>[] {
  return solutions.map(({ architecture, objective, costs, problem }) => {
    const { blocks, shape } = architecture;
    return {
      chosen_replacements: blocks.map((block) => ({
        parent_layer_indices: block.parent_layers,
        child_block_configs: [blockConfig(block, shape)],
        weight_paths: [],
      })),
      total_value: { [objective.column]: objective.value },
      total_costs: costs,
      puzzle_args: problem,
      chosen_block_configs: blocks.map((block) => blockConfig(block, shape)),
      solution_repr: blocks.map((block, index) => `block_${index}: ${block.variant}`).join('\n'),
      [WORKBENCH_KEY]: {
        format: 'puzzle-workbench/puzzletron-solution',
        version: 1,
        architecture: {
          id: architecture.id,
          name: architecture.name,
          ...(architecture.parent !== undefined && { parent: architecture.parent }),
          external: architecture.external,
          source: architecture.source,
          shape,
        },
        provenance,
      },
    };
  });
}

const exportedSchema = z.object({
  architecture: z.object({
    id: z.string().min(1),
    name: z.string().min(1),
    parent: z.string().optional(),
    external: z.boolean(),
    source: z.string(),
    shape: modelShapeSchema,
  }),
});

/**
 * The children of a parsed solution file, which may hold one entry or a list. Puzzletron's own files do not say
 * which model they are about: for those `parent` is needed. Throws `badInput`.
 */
export function fromPuzzletronSolutions(file: string, json: unknown, parent?: SolutionParent): Architecture[] {
  const root: Place = { file, path: '' };
  if (!Array.isArray(json)) return [readEntry(objectAt(json, root), root, file, parent)];
  if (json.length === 0) throw unexpected(root, 'at least one solution', json);
  return json.map((entry, index) => {
    const place = at(root, index);
    return readEntry(objectAt(entry, place), place, json.length === 1 ? file : `${file} #${index + 1}`, parent);
  });
}

function readEntry(entry: JsonObject, place: Place, name: string, parent: SolutionParent | undefined): Architecture {
  const exported = readExported(entry, place);
  const shape = exported?.shape ?? parent?.shape;
  if (shape === undefined) {
    const hint = 'Open the library that the solution was found in first.';
    throw unexpected(at(place, WORKBENCH_KEY), 'the dimensions of the parent', undefined, hint);
  }
  const blocks = isGiven(entry['chosen_replacements'])
    ? readReplacements(entry['chosen_replacements'], at(place, 'chosen_replacements'), shape)
    : readBlocks(entry['chosen_block_configs'], at(place, 'chosen_block_configs'), shape);
  const parentId = exported === undefined ? parent?.id : exported.parent;
  return {
    id: exported?.id ?? name,
    name: exported?.name ?? name,
    ...(parentId !== undefined && { parent: parentId }),
    external: exported?.external ?? false,
    shape,
    blocks,
    source: exported?.source ?? `${place.file} (Puzzletron solution)`,
  };
}

/** Replacements in order of depth; together they must stand for every layer of the parent once. */
function readReplacements(value: unknown, place: Place, shape: ModelShape): ChosenBlock[] {
  const replacements = listAt(value, place).map((item, index) => {
    const itemPlace = at(place, index);
    const replacement = objectAt(item, itemPlace);
    const layersPlace = at(itemPlace, 'parent_layer_indices');
    const layers = listAt(replacement['parent_layer_indices'], layersPlace).map((layer) => {
      if (typeof layer === 'number' && Number.isSafeInteger(layer) && layer >= 0) return layer;
      throw unexpected(layersPlace, 'layer numbers', layer);
    });
    const configsPlace = at(itemPlace, 'child_block_configs');
    const configs = listAt(replacement['child_block_configs'], configsPlace);
    if (configs.length !== 1) throw unexpected(configsPlace, 'one block for each replacement', configs);
    return { place: layersPlace, block: chosenBlock(layers, readBlockConfig(configs[0], at(configsPlace, 0), shape)) };
  });
  replacements.sort((a, b) => (a.block.parent_layers[0] ?? 0) - (b.block.parent_layers[0] ?? 0));
  let next = 0;
  for (const { place: layersPlace, block } of replacements) {
    if (block.parent_layers.length === 0) throw unexpected(layersPlace, 'at least one layer', block.parent_layers);
    for (const layer of block.parent_layers) {
      if (layer !== next) throw unexpected(layersPlace, `layer ${next} next, so that every layer is there once`, layer);
      next++;
    }
  }
  if (next === 0) throw unexpected(place, 'at least one replacement', value);
  return replacements.map(({ block }) => block);
}

function readBlocks(value: unknown, place: Place, shape: ModelShape): ChosenBlock[] {
  const configs = listAt(value, place);
  if (configs.length === 0) throw unexpected(place, 'at least one block', configs);
  return configs.map((config, index) => chosenBlock([index], readBlockConfig(config, at(place, index), shape)));
}

function readExported(entry: JsonObject, place: Place): z.infer<typeof exportedSchema>['architecture'] | undefined {
  if (!isGiven(entry[WORKBENCH_KEY])) return undefined;
  const parsed = exportedSchema.safeParse(entry[WORKBENCH_KEY]);
  if (parsed.success) return parsed.data.architecture;
  throw unexpected(at(place, WORKBENCH_KEY), 'what an export writes there', entry[WORKBENCH_KEY]);
}

/**
 * A block as Puzzletron's BlockConfig. That class insists on KV heads and a width for everything but a no-op, so a
 * linear map gets numbers that its reader has to ignore: those that make it as wide as the hidden state.
 */
function blockConfig({ attention, ffn }: Block, shape: ModelShape): object {
  return {
    attention: {
      no_op: attention.kind === 'no_op',
      replace_with_linear: attention.kind === 'linear',
      sparsify: null,
      weights_precision: 'bf16',
      num_key_value_heads: attention.kind === 'gqa' ? attention.kv_heads : attention.kind === 'linear' ? shape.num_attention_heads : null,
      llama4: null,
      mamba: null,
    },
    ffn: {
      no_op: ffn.kind === 'no_op',
      replace_with_linear: ffn.kind === 'linear',
      sparsify: null,
      weights_precision: 'bf16',
      moe: null,
      intermediate_size: ffn.kind === 'swiglu' ? ffn.intermediate_size : ffn.kind === 'linear' ? shape.hidden_size : null,
    },
    parallel_blocks: null,
  };
}
