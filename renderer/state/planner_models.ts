/** Models that the layout planner can be asked about: the child on screen, its parent, pins, presets, PaLM, the project's own. */
import { chosenBlock, parseVariantId, type Architecture, type ModelShape, type ParentModel } from '../../engine/protocol/variant.ts';
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { PlanRequestInput } from '../../engine/protocol/plan.ts';
import type { Pin } from '../../engine/protocol/workspace.ts';
import { blocksOf } from './children.ts';
import type { OpenLibrary } from './engine_store.ts';

export const MODEL_GROUPS = ['screen', 'pins', 'paper', 'presets', 'project'] as const;
export type ModelGroup = (typeof MODEL_GROUPS)[number];

export interface PlannerModel {
  /** `current`, `parent`, `pin:`, `preset:` or `model:` and an id. */
  readonly id: string;
  readonly name: string;
  readonly group: ModelGroup;
  readonly model: PlanRequestInput['model'];
}

/** The models of Pope et al. (arXiv 2211.05102), which the engine knows by these ids. */
const PALM = [
  { id: 'palm-8b', name: 'PaLM 8B' },
  { id: 'palm-62b', name: 'PaLM 62B' },
  { id: 'palm-540b', name: 'PaLM 540B' },
] as const;

export interface PlannerSources {
  readonly library: OpenLibrary | undefined;
  /** Of the child on screen. */
  readonly choices: readonly number[] | undefined;
  readonly pins: readonly Pin[];
  readonly presets: readonly ParentModel[];
  readonly references: readonly Pick<Architecture, 'id' | 'name'>[];
  /** Parents of the project. */
  readonly models: readonly ParentModel[];
}

/** In the order of `MODEL_GROUPS`. Children whose sizes are unknown, and pins of other libraries, are left out. */
export function plannerModels({ library, choices, pins, presets, references, models }: PlannerSources): readonly PlannerModel[] {
  const shape = library === undefined ? undefined : shapeOf(library.view, [...presets, ...models]);
  const inLibrary = (name: string, blocks: Architecture['blocks'], view: LibraryView, known: ModelShape): Architecture => ({
    id: 'child',
    name,
    parent: view.header.parent.id,
    external: false,
    shape: known,
    blocks,
    source: `from the library ${view.header.name}`,
  });
  const found: PlannerModel[] = [];
  if (library !== undefined && shape !== undefined) {
    const { view, parentChoices } = library;
    if (choices !== undefined) found.push({ id: 'current', name: 'Current child', group: 'screen', model: inLibrary('Current child', blocksOf(view, choices), view, shape) });
    const { name } = view.header.parent;
    found.push({ id: 'parent', name, group: 'screen', model: inLibrary(name, blocksOf(view, parentChoices), view, shape) });
  }
  for (const pin of pins) {
    if (pin.kind === 'external') found.push({ id: `pin:${pin.id}`, name: pin.name, group: 'pins', model: pin.architecture });
    else if (library !== undefined && shape !== undefined && pin.library_id === library.view.id) {
      found.push({ id: `pin:${pin.id}`, name: pin.name, group: 'pins', model: inLibrary(pin.name, pin.blocks, library.view, shape) });
    }
  }
  found.push(...PALM.map(({ id, name }): PlannerModel => ({ id: `preset:${id}`, name, group: 'paper', model: id })));
  found.push(...[...presets, ...references].map(({ id, name }): PlannerModel => ({ id: `preset:${id}`, name, group: 'presets', model: id })));
  // The engine resolves the product's ids alone.
  found.push(...models.map((model): PlannerModel => ({ id: `model:${model.id}`, name: model.name, group: 'project', model: uniform(model) })));
  return found;
}

/** The shape of a library's parent: its own word, the model it names, or the one known model that its first layer and depth fit. */
function shapeOf({ header: { parent } }: LibraryView, known: readonly ParentModel[]): ModelShape | undefined {
  const named = known.find(({ id }) => id === parent.id);
  const block = parseVariantId(parent.variants[0] ?? '');
  const alike = known.find(
    (model) =>
      model.num_hidden_layers === parent.num_hidden_layers &&
      block?.attention.kind === 'gqa' &&
      block.attention.kv_heads === model.num_key_value_heads &&
      block.ffn.kind === 'swiglu' &&
      block.ffn.intermediate_size === model.intermediate_size,
  );
  return parent.shape ?? named?.shape ?? alike?.shape;
}

/** A model whose layers are all the same. */
function uniform({ id, name, shape, num_hidden_layers: layers, num_key_value_heads: heads, intermediate_size: width, source }: ParentModel): Architecture {
  const block = { attention: { kind: 'gqa', kv_heads: heads }, ffn: { kind: 'swiglu', intermediate_size: width } } as const;
  return { id, name, parent: id, external: false, shape, blocks: Array.from({ length: layers }, (_, layer) => chosenBlock([layer], block)), source };
}
