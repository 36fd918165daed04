/** Where rows and columns of a map of layers by variants lie, in pixels. */
import type { HeatData, HeatRow } from '../../state/train_cells.ts';

export interface HeatFrame {
  readonly width: number;
  readonly height: number;
  /** Left end of a layer's column; `x(layers)` is the right end of all. */
  x(layer: number): number;
  /** Top of each row. */
  readonly rows: readonly number[];
  readonly rowHeight: number;
  readonly cellWidth: number;
  /** Every so many layers has its number above. */
  readonly every: number;
  /** Rows that belong together, with where they begin and end. */
  readonly groups: readonly { readonly group: HeatRow['group']; readonly top: number; readonly bottom: number }[];
  /** Left end of the row names. */
  readonly names: number;
  /** There is room for figures in the cells. */
  readonly figures: boolean;
}

const HEAD = 18;
const GROUP_GAP = 8;
const SECTION_GAP = 4;
const BAR = 10;
const CHARACTER = 6.4;
const WIDEST = 76;
const NARROWEST = 7;
const FOR_FIGURES = 42;
/** From this many rows on they are low. */
const MANY = 14;

export function heatFrame({ layers, rows }: Pick<HeatData, 'layers' | 'rows'>, width: number): HeatFrame {
  const longest = Math.max(4, ...rows.map(({ label }) => label.length));
  const left = Math.ceil(BAR + CHARACTER * longest + 10);
  const cellWidth = Math.max(NARROWEST, Math.min(WIDEST, Math.floor((width - left - 2) / Math.max(1, layers))));
  const rowHeight = rows.length > MANY ? 19 : 26;
  const tops: number[] = [];
  const groups: { group: HeatRow['group']; top: number; bottom: number }[] = [];
  let y = HEAD;
  for (const [i, { group, section }] of rows.entries()) {
    const last = groups.at(-1);
    if (last?.group === group && rows[i - 1]?.section !== section) y += SECTION_GAP;
    if (last?.group !== group) {
      if (last !== undefined) y += GROUP_GAP;
      groups.push({ group, top: y, bottom: y });
    }
    tops.push(y);
    y += rowHeight;
    const current = groups.at(-1);
    if (current !== undefined) current.bottom = y;
  }
  return {
    width: left + cellWidth * layers + 2,
    height: y + 2,
    x: (layer) => left + cellWidth * layer,
    rows: tops,
    rowHeight,
    cellWidth,
    every: cellWidth >= 20 ? 1 : cellWidth >= 11 ? 5 : 10,
    groups,
    names: left - 8,
    figures: cellWidth >= FOR_FIGURES,
  };
}
