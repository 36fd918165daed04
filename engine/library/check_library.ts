/**
 * What must hold in every library beyond its schema, however it came to be: the search, the views and the
 * exports rely on all of it. Pure; throws `bad_input` with the first thing that does not hold.
 */
import type { Library } from '../protocol/library.ts';
import { attentionId, ffnId, variantId } from '../protocol/variant.ts';
import { fail } from './read_value.ts';

/** `where(choice index)` names file and place a choice came from, where that is not `choices[index]` of `file`. */
export function checkLibrary(
  library: Library,
  file: string,
  where?: (index: number) => { file: string; path: string },
): void {
  const header = (path: string, expected: string, found: string): never => fail({ file, path, value: undefined }, expected, found);
  const layers = library.parent.num_hidden_layers;

  const measurements = new Set<string>();
  for (const [index, { id }] of library.measurements.entries()) {
    if (measurements.has(id)) header(`measurements[${index}].id`, 'an id of its own', `${id} a second time`);
    measurements.add(id);
  }
  const columns = new Map(library.columns.map((column) => [column.id, column]));
  const seen = new Set<string>();
  for (const [index, column] of library.columns.entries()) {
    const path = `columns[${index}]`;
    if (seen.has(column.id)) header(`${path}.id`, 'an id of its own', `${column.id} a second time`);
    seen.add(column.id);
    if (column.measurement !== undefined && !measurements.has(column.measurement)) {
      header(`${path}.measurement`, `one of the measurements (${[...measurements].join(', ')})`, column.measurement);
    }
    if (column.part_of !== undefined && columns.get(column.part_of)?.level !== 'block') {
      header(`${path}.part_of`, 'the id of a column of whole blocks', column.part_of);
    }
  }
  if (columns.get(library.default_objective)?.summable !== true) {
    header('default_objective', 'the id of a summable column', library.default_objective);
  }
  for (const [index, { measurement, values }] of library.non_block.entries()) {
    const path = `non_block[${index}]`;
    if (measurement !== undefined && !measurements.has(measurement)) header(`${path}.measurement`, 'a measurement', measurement);
    for (const [id, value] of Object.entries(values)) {
      const column = columns.get(id);
      if (column === undefined) header(`${path}.values.${id}`, 'a column of the library', 'no such column');
      else if (column.role === 'cost' && value < 0) header(`${path}.values.${id}`, 'a finite number of at least 0', String(value));
    }
  }
  if (library.parent.variants.length !== layers) {
    header('parent.variants', `${layers} variants, one per layer`, String(library.parent.variants.length));
  }

  const taken = new Set<string>();
  for (const [index, choice] of library.choices.entries()) {
    const place = where?.(index) ?? { file, path: `choices[${index}]` };
    const refuse = (step: string, expected: string, found: string): never =>
      fail({ file: place.file, path: place.path === '' ? step : `${place.path}.${step}`, value: undefined }, expected, found);
    const first = choice.parent_layers[0] ?? 0;
    if (choice.parent_layers.some((layer, offset) => layer !== first + offset)) {
      refuse('parent_layers', 'consecutive layers in order', choice.parent_layers.join(', '));
    }
    const last = first + choice.parent_layers.length - 1;
    if (last >= layers) refuse('parent_layers', `layers below ${layers}`, String(last));
    if (variantId(choice) !== choice.variant) {
      refuse('variant', `${variantId(choice)}, as its attention (${attentionId(choice.attention)}) and FFN (${ffnId(choice.ffn)}) say`, choice.variant);
    }
    const key = `${first}-${last} ${choice.variant}`;
    if (taken.has(key)) refuse('variant', 'every variant once per layer', `${choice.variant} a second time for ${layerName(first, last)}`);
    taken.add(key);
    for (const column of library.columns) {
      const value = choice.values[column.id];
      if (value === undefined) refuse(`values.${column.id}`, 'a finite number', 'nothing');
      else if (!Number.isFinite(value)) refuse(`values.${column.id}`, 'a finite number', String(value));
      else if (column.role === 'cost' && value < 0) refuse(`values.${column.id}`, 'a finite number of at least 0', String(value));
    }
    const unknown = Object.keys(choice.values).find((id) => !columns.has(id));
    if (unknown !== undefined) refuse(`values.${unknown}`, 'a column of the library', 'no such column');
  }
  for (const [layer, variant] of library.parent.variants.entries()) {
    if (!taken.has(`${layer}-${layer} ${variant}`)) {
      const others = library.choices.some((choice) => choice.parent_layers.length === 1 && choice.parent_layers[0] === layer);
      header(
        where === undefined ? 'choices' : '',
        others ? `the parent's own block ${variant} among the choices of layer ${layer}` : `choices for every parent layer, 0 to ${layers - 1}`,
        others ? 'only others' : `none for layer ${layer}`,
      );
    }
  }
}

function layerName(first: number, last: number): string {
  return first === last ? `layer ${first}` : `layers ${first} to ${last}`;
}
