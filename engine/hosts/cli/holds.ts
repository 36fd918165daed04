/** `--lock LAYER=VARIANT` and `--ban LAYER=VARIANT`: what the search may not decide. */
import type { LibraryView } from '../../protocol/library.ts';
import type { Ban, Lock } from '../../protocol/problem.ts';
import { parseVariantId } from '../../protocol/variant.ts';
import { UsageError } from './usage_error.ts';

/** In place of a layer: all of them. */
const EVERY_LAYER = '*';

export function locksOf(texts: readonly string[] | undefined, view: LibraryView): Lock[] {
  return (texts ?? []).map((text) => {
    const { layer, variant } = hold('--lock', text, view);
    if (layer === undefined) throw new UsageError(`--lock ${text}: name one layer; a lock holds a single one.`);
    return { layer, variant };
  });
}

export function bansOf(texts: readonly string[] | undefined, view: LibraryView): Ban[] {
  return (texts ?? []).map((text) => {
    const { layer, variant } = hold('--ban', text, view);
    return layer === undefined ? { variant } : { layer, variant };
  });
}

function hold(option: string, text: string, view: LibraryView): Ban {
  const at = text.indexOf('=');
  const place = text.slice(0, Math.max(at, 0)).trim();
  const variant = text.slice(at + 1).trim();
  const layers = view.header.parent.num_hidden_layers;
  if (at < 1 || !(place === EVERY_LAYER || /^\d+$/.test(place)) || parseVariantId(variant) === undefined) {
    const every = option === '--ban' ? `, or '${EVERY_LAYER}=kv8/28672' for all layers` : '';
    throw new UsageError(`${option} ${text}: expected LAYER=VARIANT, such as ${option} 12=kv8/28672${every}.`);
  }
  if (!view.variants.some(({ id }) => id === variant)) {
    throw new UsageError(`${option} ${text}: the library has no variant ${variant}; it has ${view.variants.map(({ id }) => id).join(', ')}.`);
  }
  if (place === EVERY_LAYER) return { variant };
  if (Number(place) >= layers) throw new UsageError(`${option} ${text}: the parent has ${layers} layers, counted from 0.`);
  return { layer: Number(place), variant };
}
