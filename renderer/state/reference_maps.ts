/**
 * The maps of the reference comparison: the released model and our children in one quantity on one scale. Where the
 * library lacks a block of one of them, all are drawn by their parameters, which follow from shapes alone.
 */
import type { Column } from '../../engine/protocol/library.ts';
import type { ReferenceComparison } from '../../engine/protocol/reference.ts';
import { choicesOf } from './children.ts';
import { mapData, mappedColumn, shapeMap, type MapData } from './derived_map.ts';
import type { OpenLibrary } from './engine_store.ts';
import { referenceSides, type ReferenceSide } from './reference_sides.ts';

export interface SideMap {
  readonly side: ReferenceSide;
  readonly data: MapData;
  /** Share of the parent's blocks in this quantity; undefined for scores and shapes. */
  readonly saved: number | undefined;
}

export interface ReferenceMapSet {
  /** Undefined where shapes are drawn. */
  readonly column: Column | undefined;
  readonly maps: readonly SideMap[];
}

export function referenceMaps(comparison: ReferenceComparison, library: OpenLibrary, chosen: string | undefined): ReferenceMapSet {
  const sides = referenceSides(comparison).filter(({ id }) => id !== 'parent');
  const wanted = mappedColumn(library.view, chosen);
  const drawn = sides.map((side) => {
    const choices = choicesOf(library.view, side.model.architecture.blocks);
    return choices === undefined || wanted === undefined ? undefined : { side, choices, data: mapData(library, choices, wanted) };
  });
  const complete = drawn.filter((one) => one !== undefined);
  if (wanted === undefined || complete.length < sides.length) {
    return { column: undefined, maps: onOneScale(sides.map((side) => ({ side, data: shapeMap(side.model.architecture), saved: undefined }))) };
  }
  const values = library.view.values[library.view.header.columns.indexOf(wanted)] ?? [];
  const sum = (choices: readonly number[]): number => choices.reduce((total, choice) => total + (values[choice] ?? 0), 0);
  const parent = sum(library.parentChoices);
  return {
    column: wanted,
    maps: onOneScale(complete.map(({ side, choices, data }) => ({ side, data, saved: wanted.role === 'score' || parent === 0 ? undefined : 1 - sum(choices) / parent }))),
  };
}

function onOneScale(maps: readonly SideMap[]): readonly SideMap[] {
  const scales = maps.map(({ data }) => data.scale);
  const largest = scales.reduce((most, scale) => (scale.largest > most.largest ? scale : most), scales[0]);
  return maps.map((map) => ({ ...map, data: { ...map.data, scale: largest } }));
}
