/** Which layers of the map carry a mark: held to a block, with blocks ruled out, or changed against an earlier child. */
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';

export type Held = Pick<ProjectDocument, 'locks' | 'bans'>;

/** Sets of parent layers. */
export interface MapMarks {
  readonly locked: ReadonlySet<number>;
  /** With a ban of their own; one on all layers marks none. */
  readonly banned: ReadonlySet<number>;
  readonly changed: ReadonlySet<number>;
}

export const NO_MARKS: MapMarks = { locked: new Set(), banned: new Set(), changed: new Set() };

export function mapMarks(view: LibraryView, choices: readonly number[], held: Held, baseline: readonly number[] | undefined): MapMarks {
  return {
    locked: new Set(held.locks.map((lock) => lock.layer)),
    banned: new Set(held.bans.flatMap((ban) => (ban.layer === undefined ? [] : [ban.layer]))),
    changed: new Set(baseline === undefined ? [] : changedLayers(view, choices, baseline)),
  };
}

/** Parent layers that two children of a library cover by different choices. */
export function changedLayers(view: LibraryView, choices: readonly number[], baseline: readonly number[]): readonly number[] {
  const before = choiceByLayer(view, baseline);
  return choiceByLayer(view, choices).flatMap((choice, layer) => (choice === before[layer] ? [] : [layer]));
}

/** The choice that covers each parent layer. */
export function choiceByLayer(view: LibraryView, choices: readonly number[]): readonly number[] {
  return choices.flatMap((choice) => Array.from({ length: view.last_layer[choice] - view.first_layer[choice] + 1 }, () => choice));
}

/** `2 locks, 1 ban`; empty where nothing is held. */
export function heldText({ locks, bans }: Held): string {
  const plural = (count: number, word: string): string[] => (count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`]);
  return [...plural(locks.length, 'lock'), ...plural(bans.length, 'ban')].join(', ');
}
