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

/** The library that a view shows. */
export function fromView(view: LibraryView): Library {
  const { header, variants, values } = view;
  return {
    ...header,
    choices: Array.from(view.variant, (variant, choice): Choice => {
      const { id, attention, ffn } = variants[variant] ?? { id: '', attention: { kind: 'no_op' }, ffn: { kind: 'no_op' } };
      const first = view.first_layer[choice] ?? 0;
      const name = view.imported_names?.[choice];
      return {
        parent_layers: Array.from({ length: (view.last_layer[choice] ?? first) - first + 1 }, (_, index) => first + index),
        variant: id,
        ...(name !== undefined && name !== id && { imported_name: name }),
        attention,
        ffn,
        values: Object.fromEntries(header.columns.map((column, index) => [column.id, values[index]?.[choice] ?? Number.NaN])),
      };
    }),
  };
}

/** Choices in the order that `toView` numbers them by. */
export function orderedChoices(choices: readonly Choice[]): readonly Choice[] {
  return [...choices].sort((a, b) => (a.parent_layers[0] ?? 0) - (b.parent_layers[0] ?? 0));
}

export function summaryOf({ id, header, variants }: LibraryView, origin: LibrarySummary['origin']): LibrarySummary {
  return {
    id,
    name: header.name,
    parent: header.parent.name,
    layers: header.parent.num_hidden_layers,
    variants: variants.length,
    provenance: header.provenance,
    origin,
  };
}
