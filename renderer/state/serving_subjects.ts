/** Which architectures the Serving view can cost: the child on screen, the parent, pins, and presets that were added. */
import type { CostSubject } from '../../engine/protocol/cost_api.ts';
import type { Pin } from '../../engine/protocol/workspace.ts';
import { childOfPin } from './children.ts';
import type { OpenLibrary } from './engine_store.ts';

export type ServedKind = 'current' | 'parent' | 'pin' | 'model';

export interface Served {
  /** `current`, `parent`, a pin's id, or `model:` and a preset's id. */
  readonly id: string;
  readonly name: string;
  readonly kind: ServedKind;
  /** Among those of its kind. */
  readonly index: number;
  readonly subject: CostSubject;
}

export interface ServedSubjects {
  readonly served: readonly Served[];
  /** Pins that cannot be costed here, and why. */
  readonly elsewhere: readonly { readonly name: string; readonly reason: string }[];
}

export interface ServedModel {
  readonly id: string;
  readonly name: string;
}

export function servedSubjects(library: OpenLibrary, choices: readonly number[] | undefined, pins: readonly Pin[], models: readonly ServedModel[]): ServedSubjects {
  const { view, parentChoices } = library;
  const inLibrary = (own: readonly number[]): CostSubject => ({ kind: 'in_library', library_id: view.id, choices: [...own] });
  const served: Served[] = [];
  const elsewhere: { name: string; reason: string }[] = [];
  if (choices !== undefined) served.push({ id: 'current', name: 'Current child', kind: 'current', index: 0, subject: inLibrary(choices) });
  served.push({ id: 'parent', name: view.header.parent.name, kind: 'parent', index: 0, subject: inLibrary(parentChoices) });
  pins.forEach((pin, index) => {
    const foreign = pin.kind === 'in_library' && pin.library_id !== view.id;
    const subject = foreign ? undefined : childOfPin(pin, view);
    if (subject !== undefined) served.push({ id: pin.id, name: pin.name, kind: 'pin', index, subject });
    else elsewhere.push({ name: pin.name, reason: foreign ? 'a child of another library' : 'this library lacks some of its blocks' });
  });
  models.forEach(({ id, name }, index) => served.push({ id: `model:${id}`, name, kind: 'model', index, subject: { kind: 'model', id } }));
  return { served, elsewhere };
}
