/** A library as lists and the renderer see it. */
import type { Choice, Library, LibrarySummary, LibraryView } from '../protocol/library.ts';

/**
 * The library in columns, its choices ordered by first layer and otherwise as given. A choice's position here is
 * its number everywhere on the wire.
 */
export function toView(id: string, library: Library): LibraryView {
  const { choices: given, ...header } = library;
  const choices = orderedChoices(given);
  const index = new Map<string, number>();
  const variants: LibraryView['variants'] = [];
  for (const { variant, attention, ffn } of choices) {
    if (index.has(variant)) continue;
    index.set(variant, variants.length);
    variants.push({ id: variant, attention, ffn });
  }
  const named = choices.some((choice) => choice.imported_name !== undefined);
  return {
    id,
    header,
    variants,
    ...(named ? { imported_names: choices.map((choice) => choice.imported_name ?? choice.variant) } : {}),
    first_layer: Int32Array.from(choices, ({ parent_layers: layers }) => layers[0] ?? 0),
    last_layer: Int32Array.from(choices, ({ parent_layers: layers }) => layers.at(-1) ?? 0),
    variant: Int32Array.from(choices, ({ variant }) => index.get(variant) ?? 0),
    values: header.columns.map(({ id: column }) => Float64Array.from(choices, ({ values }) => values[column] ?? Number.NaN)),
  };
}

/** Choices in the order that `toView` numbers them by. */
export function orderedChoices(choices: readonly Choice[]): readonly Choice[] {
  return [...choices].sort((a, b) => (a.parent_layers[0] ?? 0) - (b.parent_layers[0] ?? 0));
}

export function summaryOf(id: string, library: Library, origin: LibrarySummary['origin']): LibrarySummary {
  return {
    id,
    name: library.name,
    parent: library.parent.name,
    layers: library.parent.num_hidden_layers,
    variants: new Set(library.choices.map(({ variant }) => variant)).size,
    provenance: library.provenance,
    origin,
  };
}
