/** Everything that may stand at one layer, best score first, and a child with one block exchanged by hand. */
import type { Column, LibraryView } from '../../engine/protocol/library.ts';
import type { Limit, WireSolution } from '../../engine/protocol/problem.ts';
import type { Block } from '../../engine/protocol/variant.ts';
import { runtimeColumn } from './columns.ts';
import { layerColumns } from './derived_layers.ts';
import { choiceByLayer, type Held } from './derived_marks.ts';
import type { ObjectiveScale } from './derived_objective.ts';

export interface VariantRow {
  readonly choice: number;
  readonly variant: string;
  readonly block: Block;
  readonly firstLayer: number;
  readonly lastLayer: number;
  /** What the block adds to the objective. */
  readonly score: number;
  /** Value per column of the library, in the order of its header. */
  readonly values: readonly number[];
  readonly chosen: boolean;
  readonly parent: boolean;
  readonly locked: boolean;
  readonly banned: 'no' | 'here' | 'everywhere';
}

export function variantRows(
  view: LibraryView,
  layer: number,
  choices: readonly number[],
  held: Held,
  objective: Pick<ObjectiveScale, 'better' | 'valueOf'>,
): readonly VariantRow[] {
  const chosen = choiceByLayer(view, choices)[layer];
  const lock = held.locks.find((candidate) => candidate.layer === layer);
  const rows: VariantRow[] = [];
  view.first_layer.forEach((firstLayer, choice) => {
    const lastLayer = view.last_layer[choice];
    if (layer < firstLayer || layer > lastLayer) return;
    const { id, attention, ffn } = view.variants[view.variant[choice]];
    const bans = held.bans.filter((ban) => ban.variant === id);
    rows.push({
      choice,
      variant: id,
      block: { attention, ffn },
      firstLayer,
      lastLayer,
      score: objective.valueOf(choice),
      values: view.values.map((column) => column[choice]),
      chosen: choice === chosen,
      parent: firstLayer === lastLayer && view.header.parent.variants[layer] === id,
      locked: lock?.variant === id,
      banned: bans.some((ban) => ban.layer === undefined) ? 'everywhere' : bans.some((ban) => ban.layer === layer) ? 'here' : 'no',
    });
  });
  const sign = objective.better === 'lower' ? 1 : -1;
  return rows.sort((a, b) => sign * (a.score - b.score) || a.choice - b.choice);
}

const MOST_COLUMNS = 4;

/** The costs to weigh a variant by: those that are limited and the one mapped first, then what every reader asks for. */
export function decidingColumns(view: LibraryView, objective: string, limits: readonly { readonly column: string }[], mapped: string | undefined): readonly Column[] {
  const columns = layerColumns(view).filter((column) => column.id !== objective);
  const wanted = [...limits.map((limit) => limit.column), mapped, 'memory_mib', runtimeColumn(view)?.id, 'num_params'];
  return [...new Set(wanted)].flatMap((id) => columns.find((column) => column.id === id) ?? []).slice(0, MOST_COLUMNS);
}

/**
 * The child with `choice` put in and all other blocks as they are; undefined where its ends fall inside another block,
 * so that neighbours would have to change as well.
 */
export function editedChoices(view: LibraryView, choices: readonly number[], choice: number): readonly number[] | undefined {
  const [first, last] = [view.first_layer[choice], view.last_layer[choice]];
  const replaced = choices.filter((other) => view.first_layer[other] <= last && view.last_layer[other] >= first);
  if (replaced.some((other) => view.first_layer[other] < first || view.last_layer[other] > last)) return undefined;
  const kept = choices.filter((other) => !replaced.includes(other));
  return [...kept, choice].sort((a, b) => view.first_layer[a] - view.first_layer[b]);
}

/** The first layer that would be left without any block under these locks and bans; the search refuses such a problem. */
export function openLayer(view: LibraryView, { locks, bans }: Held): number | undefined {
  const locked = new Map(locks.map((lock) => [lock.layer, lock.variant]));
  const everywhere = new Set(bans.flatMap((ban) => (ban.layer === undefined ? [ban.variant] : [])));
  const here = new Set(bans.flatMap((ban) => (ban.layer === undefined ? [] : [`${ban.layer} ${ban.variant}`])));
  const covered = new Uint8Array(view.header.parent.num_hidden_layers);
  view.first_layer.forEach((first, choice) => {
    const { id } = view.variants[view.variant[choice]];
    if (everywhere.has(id)) return;
    const last = view.last_layer[choice];
    for (let layer = first; layer <= last; layer++) if ((locked.get(layer) ?? id) !== id || here.has(`${layer} ${id}`)) return;
    covered.fill(1, first, last + 1);
  });
  const open = covered.indexOf(0);
  return open < 0 ? undefined : open;
}

export interface BrokenLimit {
  readonly column: string;
  readonly side: 'max' | 'min';
  readonly limit: number;
  readonly value: number;
  /** How far beyond, above 0. */
  readonly by: number;
}

/** As in the search: rounding in sums of a hundred terms breaks nothing. */
const TOLERANCE = 1e-9;

/** The limits that a child does not meet; totals that are unknown are not judged. */
export function brokenLimits(limits: readonly Limit[], costs: WireSolution['costs']): readonly BrokenLimit[] {
  return limits.flatMap(({ column, max, min }) => {
    const value = costs[column];
    if (value === undefined) return [];
    const sides = [
      ...(max === undefined ? [] : [{ side: 'max' as const, limit: max, by: value - max }]),
      ...(min === undefined ? [] : [{ side: 'min' as const, limit: min, by: min - value }]),
    ];
    return sides.filter(({ by, limit }) => by > TOLERANCE * Math.max(1, Math.abs(limit))).map((broken) => ({ column, value, ...broken }));
  });
}
