/** Children as choices of a library and as lists of blocks, and the way from one to the other. */
import type { Child } from '../../engine/protocol/api.ts';
import type { LibraryView } from '../../engine/protocol/library.ts';
import { chosenBlock, type ChosenBlock } from '../../engine/protocol/variant.ts';
import type { Pin } from '../../engine/protocol/workspace.ts';

/** Choice index of the parent's own block per layer, or undefined where the library lacks one. */
export function parentChoices(view: LibraryView): readonly number[] | undefined {
  const blocks = view.header.parent.variants.map((variant, layer) => ({ first: layer, last: layer, variant }));
  return findChoices(view, blocks);
}

export function blocksOf(view: LibraryView, choices: readonly number[]): ChosenBlock[] {
  return choices.map((choice) => {
    const first = view.first_layer[choice];
    const layers = Array.from({ length: view.last_layer[choice] - first + 1 }, (_, i) => first + i);
    return chosenBlock(layers, view.variants[view.variant[choice]]);
  });
}

/** The choices that are these blocks, or undefined where the library has not all of them. */
export function choicesOf(view: LibraryView, blocks: readonly ChosenBlock[]): readonly number[] | undefined {
  return findChoices(
    view,
    blocks.map((block) => ({ first: block.parent_layers[0], last: block.parent_layers.at(-1) ?? -1, variant: block.variant })),
  );
}

function findChoices(
  view: LibraryView,
  blocks: readonly { readonly first: number; readonly last: number; readonly variant: string }[],
): readonly number[] | undefined {
  const index = new Map<string, number>();
  for (let choice = 0; choice < view.variant.length; choice++) {
    const key = `${view.first_layer[choice]}-${view.last_layer[choice]} ${view.variants[view.variant[choice]].id}`;
    if (!index.has(key)) index.set(key, choice);
  }
  const choices: number[] = [];
  for (const { first, last, variant } of blocks) {
    const choice = index.get(`${first}-${last} ${variant}`);
    if (choice === undefined) return undefined;
    choices.push(choice);
  }
  return choices;
}

/** A pin as the engine takes it; `view` is the library that an in-library pin was made from. */
export function childOfPin(pin: Pin, view: LibraryView): Child | undefined {
  if (pin.kind === 'external') return { kind: 'external', architecture: pin.architecture };
  const choices = choicesOf(view, pin.blocks);
  return choices === undefined ? undefined : { kind: 'in_library', library_id: pin.library_id, choices: [...choices] };
}
