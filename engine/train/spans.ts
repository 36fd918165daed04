/** Consecutive layers of a parent that one block of a child may stand for. */
import { WorkbenchError } from '../protocol/errors.ts';

/**
 * First and last of `parentLayers`.
 * @throws WorkbenchError `bad_input` where they are not consecutive layers, in order, of a parent with `layers`.
 */
export function spanOf(parentLayers: readonly number[], layers: number): { readonly first: number; readonly last: number } {
  const first = parentLayers[0] ?? -1;
  if (first >= 0 && parentLayers.every((layer, i) => layer === first + i && layer < layers)) {
    return { first, last: first + parentLayers.length - 1 };
  }
  throw new WorkbenchError('bad_input', `Layers ${parentLayers.join(', ')} are no consecutive layers of a parent with ${layers}, counted from 0.`, {
    details: { path: 'parent_layers', expected: `consecutive layers from 0 to ${layers - 1}`, found: parentLayers.join(', ') },
  });
}

/** `layer_3`, or `layer_3-4` for a span: names of folders and files. */
export function layersName(parentLayers: readonly number[]): string {
  const [first = 0] = parentLayers;
  const last = parentLayers.at(-1) ?? first;
  return first === last ? `layer_${first}` : `layer_${first}-${last}`;
}

/** In words: `layer 3` or `layers 3 to 4`. */
export function layersInWords(parentLayers: readonly number[]): string {
  const [first = 0] = parentLayers;
  const last = parentLayers.at(-1) ?? first;
  return first === last ? `layer ${first}` : `layers ${first} to ${last}`;
}
