/** The cells of a contour by place: rows and columns in ascending order of their levels, whatever order they came in. */
import type { ContourCell, WireSolution } from '../../engine/protocol/problem.ts';
import type { ContourState } from './contour_store.ts';

export interface ContourSpot {
  readonly id: string;
  /** Limits across and up. */
  readonly levels: readonly [number, number];
  /** `unknown`: neither a child nor a proof that there is none was found in time. */
  readonly kind: 'child' | 'none' | 'unknown' | 'pending';
  readonly solution: WireSolution | undefined;
  readonly gap: number;
}

export interface ContourGrid {
  readonly across: readonly number[];
  readonly up: readonly number[];
  /** By row from the smallest level up, then by column. */
  readonly rows: readonly (readonly ContourSpot[])[];
}

export function contourGrid({ levels, cells }: Pick<ContourState, 'levels' | 'cells'>): ContourGrid {
  const [across, up] = levels.map(ascending);
  const known = new Map<string, ContourCell>();
  // A later cell at the same place knows more.
  for (const cell of cells) known.set(cell.at.join(' '), cell);
  return {
    across: across.map(({ level }) => level),
    up: up.map(({ level }) => level),
    rows: up.map((row) =>
      across.map((column): ContourSpot => {
        const cell = known.get(`${column.index} ${row.index}`);
        return {
          id: `cell-${column.index}-${row.index}`,
          levels: [column.level, row.level],
          kind: cell === undefined ? 'pending' : cell.solution !== undefined ? 'child' : cell.gap > 0 ? 'unknown' : 'none',
          solution: cell?.solution,
          gap: cell?.gap ?? 0,
        };
      }),
    ),
  };
}

/** Each level once: where the other limits leave no choice they are all the same. */
function ascending(levels: readonly number[]): readonly { readonly level: number; readonly index: number }[] {
  return levels
    .map((level, index) => ({ level, index }))
    .filter(({ level }, index) => levels.indexOf(level) === index)
    .sort((a, b) => a.level - b.level);
}

/** Borders between neighbouring places, one more than there are places. */
export function bordersOf(places: readonly number[]): readonly number[] {
  if (places.length < 2) return places.flatMap((place) => [place - 0.5, place + 0.5]);
  const middles = places.slice(1).map((place, i) => (place + places[i]) / 2);
  const first = 2 * places[0] - middles[0];
  const last = 2 * places[places.length - 1] - middles[middles.length - 1];
  return [first, ...middles, last];
}
