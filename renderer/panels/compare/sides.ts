/** What may be compared: the child on screen, the parent, and every pin. */
import type { Child } from '../../../engine/protocol/api.ts';
import type { WireSolution } from '../../../engine/protocol/problem.ts';
import type { Architecture } from '../../../engine/protocol/variant.ts';
import type { ProjectDocument } from '../../../engine/protocol/workspace.ts';
import { evaluationKey, type Evaluation } from '../../state/derived_evaluations.ts';
import { choiceLayers, type SideLayer } from '../../state/derived_diff.ts';
import { placeOfPin } from '../../state/derived_frontier.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';

interface SideBase {
  readonly id: string;
  readonly name: string;
}

export type Side =
  | (SideBase & {
      readonly kind: 'in_library';
      readonly choices: readonly number[];
      readonly layers: readonly SideLayer[];
      readonly costs: Readonly<Record<string, number>> | undefined;
      /** Why there are no costs. */
      readonly problem: string | undefined;
    })
  | (SideBase & { readonly kind: 'external'; readonly architecture: Architecture; readonly layers: readonly SideLayer[]; readonly reason: string })
  | (SideBase & { readonly kind: 'unavailable'; readonly reason: string });

export function compareOptions(document: ProjectDocument): readonly { readonly value: string; readonly label: string }[] {
  return [
    { value: 'current', label: 'Current child' },
    { value: 'parent', label: 'Parent' },
    ...document.pins.map((pin) => ({ value: pin.id, label: pin.name })),
  ];
}

/** The chosen pair, else the first pin (or the parent) against the child on screen. */
export function comparedIds(document: ProjectDocument): readonly [string, string] {
  const known = new Set(compareOptions(document).map(({ value }) => value));
  const [a, b] = document.compare ?? [];
  if (a !== undefined && b !== undefined && known.has(a) && known.has(b)) return [a, b];
  return [document.pins[0]?.id ?? 'parent', 'current'];
}

export function sideOf(
  id: string,
  library: OpenLibrary,
  document: ProjectDocument,
  current: WireSolution | undefined,
  evaluations: Readonly<Record<string, Evaluation>>,
): Side {
  const { view } = library;
  if (id === 'parent') return inLibrary(id, 'Parent', library, library.parentChoices, library.parent.costs);
  if (id === 'current') {
    return current === undefined
      ? { id, name: 'Current child', kind: 'unavailable', reason: 'The search has no answer yet.' }
      : inLibrary(id, 'Current child', library, current.choices, current.costs);
  }
  const pin = document.pins.find((candidate) => candidate.id === id);
  if (pin === undefined) return { id, name: id, kind: 'unavailable', reason: 'This pin is gone.' };
  if (pin.kind === 'external') {
    let layer = 0;
    const layers = pin.architecture.blocks.map(({ parent_layers: parents, variant, attention, ffn }): SideLayer => {
      const firstLayer = layer;
      layer += parents.length;
      return { firstLayer, lastLayer: layer - 1, variant, block: { attention, ffn } };
    });
    return { id, name: pin.name, kind: 'external', architecture: pin.architecture, layers, reason: pin.reasons[0] ?? 'It has its own layers.' };
  }
  const place = placeOfPin(pin, library);
  if (place.kind === 'elsewhere') return { id, name: pin.name, kind: 'unavailable', reason: `It cannot be compared here: ${place.reason}.` };
  const evaluation = evaluations[evaluationKey(view.id, place.choices)];
  return inLibrary(
    id,
    pin.name,
    library,
    place.choices,
    evaluation?.kind === 'done' ? evaluation.costs : undefined,
    evaluation?.kind === 'failed' ? evaluation.error.message : undefined,
  );
}

function inLibrary(
  id: string,
  name: string,
  library: OpenLibrary,
  choices: readonly number[],
  costs: Readonly<Record<string, number>> | undefined,
  problem?: string,
): Side {
  return { id, name, kind: 'in_library', choices, layers: choiceLayers(library.view, choices), costs, problem };
}

/** As the engine takes it, for what can be said from shapes alone. */
export function childOf(side: Side, library: OpenLibrary): Child | undefined {
  if (side.kind === 'unavailable') return undefined;
  return side.kind === 'external'
    ? { kind: 'external', architecture: side.architecture }
    : { kind: 'in_library', library_id: library.view.id, choices: [...side.choices] };
}
