/** Everything the contour shows, gathered from the stores: quality over two limits, the others held. */
import { quantityOf, type Quantity } from '../../state/columns.ts';
import { bordersOf, contourGrid, type ContourSpot } from '../../state/contour_grid.ts';
import type { ContourState } from '../../state/contour_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import type { Layout } from '../../plots/plotly.ts';
import { contourTones, type ContourTones } from './contour_tones.ts';

/** As on the frontier: throughputs beyond this factor are drawn on a logarithmic axis. */
const WIDE = 6;
/** Ticks, on an axis that is 1 long. */
const LEAST_APART = 0.07;
/** Round values at which the axis of a throughput has ticks, within each decade. */
const LEADS = [1, 1.2, 1.5, 2, 3, 4, 5, 7] as const;

export interface ContourAxis {
  readonly quantity: Quantity;
  readonly side: 'min' | 'max';
  /** Ascending. */
  readonly levels: readonly number[];
  /** Between cells, in places on the axis. */
  readonly borders: readonly number[];
  readonly ticks: Layout;
  place(value: number): number;
}

export interface ContourModel extends ContourTones {
  readonly library: OpenLibrary;
  readonly objective: Quantity;
  readonly across: ContourAxis;
  readonly up: ContourAxis;
  readonly rows: readonly (readonly ContourSpot[])[];
  readonly found: number;
  readonly unproven: number;
  readonly empty: number;
  readonly complete: boolean;
}

export function contourModel(
  library: OpenLibrary,
  objectiveId: string,
  over: readonly [string, string],
  contour: Pick<ContourState, 'over' | 'levels' | 'cells' | 'tookMs'>,
  chosenLogarithmic: boolean | undefined,
): ContourModel {
  // Until the contour over newly chosen columns begins, the cells are still those of the old ones.
  const current = contour.over[0] === over[0] && contour.over[1] === over[1];
  const grid = contourGrid(current ? contour : { levels: [[], []], cells: [] });
  const objective = quantityOf(library.view, objectiveId);
  const spots = grid.rows.flat();
  const scores = spots.flatMap(({ solution }) => (solution === undefined ? [] : [solution.objective]));
  return {
    library,
    objective,
    across: axisOf(quantityOf(library.view, over[0]), grid.across),
    up: axisOf(quantityOf(library.view, over[1]), grid.up),
    rows: grid.rows,
    found: scores.length,
    unproven: spots.filter(({ kind, gap }) => kind === 'child' && gap > 0).length,
    empty: spots.filter(({ kind }) => kind === 'none').length,
    complete: current && contour.tookMs !== undefined,
    ...contourTones(scores, objective, chosenLogarithmic),
  };
}

export function spotOf(model: ContourModel, id: string): ContourSpot | undefined {
  return model.rows.flat().find((spot) => spot.id === id);
}

/**
 * Throughputs that span much are placed by the time they take: levels are even in it, so cells are of equal width and
 * the half in which decisions are made has half of the axis.
 */
function axisOf(quantity: Quantity, levels: readonly number[]): ContourAxis {
  const [low, high] = [levels[0] ?? 0, levels.at(-1) ?? 0];
  const wide = quantity.better === 'higher' && low > 0 && high > WIDE * low;
  const place = (value: number): number => (wide ? -low / value : value);
  const borders = bordersOf(levels.map(place));
  const shown = wide ? apart(roundValues(low, high), place) : [];
  return {
    quantity,
    side: quantity.better === 'higher' ? 'min' : 'max',
    levels,
    borders,
    ticks: wide
      ? { tickvals: shown.map(place), ticktext: shown.map((value) => formatValue(value, quantity.unit)) }
      : { tickformat: Math.abs(high) >= 1e6 ? '.3~s' : ',' },
    place,
  };
}

function roundValues(low: number, high: number): readonly number[] {
  const powers = Array.from({ length: Math.ceil(Math.log10(high / low)) + 2 }, (_, i) => Math.floor(Math.log10(low)) + i);
  return powers.flatMap((power) => LEADS.map((lead) => Number((lead * 10 ** power).toPrecision(12)))).filter((value) => value >= low && value <= high);
}

/** Values that stay readable beside each other. */
function apart(values: readonly number[], place: (value: number) => number): readonly number[] {
  const shown: number[] = [];
  for (const value of values) {
    const last = shown.at(-1);
    if (last === undefined || place(value) - place(last) > LEAST_APART) shown.push(value);
  }
  return shown;
}
