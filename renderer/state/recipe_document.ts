/**
 * What becomes of a document when its library changes. The same blocks at other costs keep everything that was decided;
 * another library of the same parent keeps what means something there; another parent starts anew.
 */
import type { LimitSetting, Pin, ProjectDocument } from '../../engine/protocol/workspace.ts';
import { startingLimits } from './default_limits.ts';
import type { OpenLibrary } from './engine_store.ts';
import { isLimitable } from './problem.ts';
import { haveSameChoices } from './recipe_ids.ts';

/**
 * The same blocks under another deployment. Pins of the old library go along, since their blocks are there too; what was
 * proven of them was proven under the old costs and is left behind.
 */
export function recosted(document: ProjectDocument, id: string): ProjectDocument {
  return { ...document, library_id: id, pins: document.pins.map((pin) => moved(pin, id)) };
}

function moved(pin: Pin, id: string): Pin {
  if (pin.kind !== 'in_library' || pin.library_id === id || !haveSameChoices(pin.library_id, id)) return pin;
  const { solve: _, ...rest } = pin;
  return { ...rest, library_id: id };
}

/** `before` is the library that was open, if any. */
export function switched(document: ProjectDocument, before: OpenLibrary | undefined, after: OpenLibrary): ProjectDocument {
  const { view } = after;
  if (document.library_id === view.id) return document;
  const sameParent = before !== undefined && isSameParent(before, after);
  const has = ({ layer, variant }: { readonly layer?: number | undefined; readonly variant: string }): boolean =>
    (layer === undefined || layer < view.header.parent.num_hidden_layers) && view.variants.some(({ id }) => id === variant);
  return {
    ...(haveSameChoices(before?.view.id ?? '', view.id) ? recosted(document, view.id) : document),
    library_id: view.id,
    limits: [...(sameParent ? carriedLimits(document.limits, after) : startingLimits(after))],
    locks: sameParent ? document.locks.filter(has) : [],
    bans: sameParent ? document.bans.filter(has) : [],
    compare: undefined,
  };
}

/** By what makes their blocks comparable; names differ between sources. */
function isSameParent({ view: { header: a } }: OpenLibrary, { view: { header: b } }: OpenLibrary): boolean {
  const same = a.parent.num_hidden_layers === b.parent.num_hidden_layers && a.parent.variants[0] === b.parent.variants[0];
  const [one, other] = [a.parent.shape?.hidden_size, b.parent.shape?.hidden_size];
  return same && (a.parent.name === b.parent.name || (one !== undefined && one === other));
}

/**
 * Limits that some child of `library` meets stay as they are, others are switched off where they stand, and what the
 * library usually begins with is there beside them. At least one asks for something.
 */
function carriedLimits(limits: readonly LimitSetting[], library: OpenLibrary): readonly LimitSetting[] {
  const kept = limits
    .filter(({ column }) => isLimitable(library, column))
    .map((limit) => ({ ...limit, enabled: limit.enabled && isReachable(limit, library) }));
  const usual = startingLimits(library).filter((limit) => !kept.some(({ column, side }) => column === limit.column && side === limit.side));
  const asks = kept.some(({ enabled }) => enabled);
  const wanted = asks ? [] : startingLimits(library).filter(({ enabled }) => enabled);
  const replaced = kept.map((limit) => wanted.find(({ column, side }) => column === limit.column && side === limit.side) ?? limit);
  return [...replaced, ...usual.map((limit) => ({ ...limit, enabled: limit.enabled && !asks }))];
}

function isReachable({ column, side, value }: LimitSetting, { ranges }: OpenLibrary): boolean {
  const range = ranges.find((candidate) => candidate.column === column);
  return range !== undefined && (side === 'max' ? value >= range.smallest : value <= range.largest);
}
