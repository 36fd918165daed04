/** The marks on the contour that move: both limits, the child on screen, the cell under the pointer or the keyboard. */
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { formatWithUnit } from '../../state/format.ts';
import { seeThrough, textWidth } from '../../plots/plot_theme.ts';
import type { Shape } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import type { ContourAxis, ContourModel } from './contour_model.ts';

export interface ContourMarks {
  /** Totals of the child on screen across and up. */
  readonly current: { readonly across: number; readonly up: number; readonly stale: boolean } | undefined;
  /** Id of the active cell. */
  readonly active: string | undefined;
  /** As the document has them now. */
  readonly limits: readonly LimitSetting[];
}

/** Always the same shapes in the same order, those that are not there invisible. */
export function contourShapes(model: ContourModel, { current, active, limits }: ContourMarks, theme: Theme): readonly Shape[] {
  const { across, up, rows } = model;
  const [left, right] = [across.borders[0] ?? 0, across.borders.at(-1) ?? 1];
  const [bottom, top] = [up.borders[0] ?? 0, up.borders.at(-1) ?? 1];
  const limitOn = ({ quantity, side }: ContourAxis): number | undefined =>
    limits.find((limit) => limit.enabled && limit.column === quantity.id && limit.side === side)?.value;
  const [limitX, limitY] = [limitOn(across), limitOn(up)];
  const text = ({ quantity, side }: ContourAxis, value: number | undefined): string =>
    value === undefined ? '' : `${side === 'min' ? '≥' : '≤'} ${formatWithUnit(value, quantity.unit)}`;
  const x = limitX === undefined ? left : across.place(limitX);
  const y = limitY === undefined ? bottom : up.place(limitY);
  // On any colour of the map: a dark line upon a light one, or the other way round.
  const halo = { color: seeThrough(theme.surface, 0.75), width: 4 };
  const line = { color: theme.text, width: 1.5, dash: 'dash' };
  const plate = { type: 'rect', xref: 'x', yref: 'y', xsizemode: 'pixel', ysizemode: 'pixel', line: { width: 0 }, fillcolor: seeThrough(theme.surface, 0.85) };
  const label = (of: string): Shape => ({ text: of, textposition: 'middle center', padding: 0, font: { color: theme.text, size: 12 } });
  const [textX, textY] = [text(across, limitX), text(up, limitY)];
  const toLeft = x > (left + right) / 2;
  const below = y > (bottom + top) / 2;
  const j = rows.findIndex((row) => row.some(({ id }) => id === active));
  const i = j < 0 ? -1 : rows[j].findIndex(({ id }) => id === active);
  const at = current === undefined ? { x: left, y: bottom } : { x: across.place(current.across), y: up.place(current.up) };
  return [
    ...[halo, line].map((drawn) => ({ type: 'line', xref: 'x', yref: 'paper', x0: x, x1: x, y0: 0, y1: 1, line: drawn, visible: limitX !== undefined })),
    ...[halo, line].map((drawn) => ({ type: 'line', xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: y, y1: y, line: drawn, visible: limitY !== undefined })),
    {
      ...plate, xanchor: x, yanchor: top, x0: toLeft ? -textWidth(textX) - 3 : 3, x1: toLeft ? -3 : textWidth(textX) + 3, y0: -22, y1: -4,
      visible: limitX !== undefined, label: label(textX),
    },
    {
      ...plate, xanchor: left, yanchor: y, x0: 4, x1: textWidth(textY) + 4, y0: below ? -21 : 3, y1: below ? -3 : 21,
      visible: limitY !== undefined, label: label(textY),
    },
    {
      type: 'rect', xref: 'x', yref: 'y', x0: across.borders[i] ?? left, x1: across.borders[i + 1] ?? left,
      y0: up.borders[j] ?? bottom, y1: up.borders[j + 1] ?? bottom, line: { color: theme.text, width: 2.5 }, visible: i >= 0,
    },
    {
      type: 'circle', xref: 'x', yref: 'y', xsizemode: 'pixel', ysizemode: 'pixel', xanchor: at.x, yanchor: at.y, x0: -7, x1: 7, y0: -7, y1: 7,
      fillcolor: current?.stale === true ? theme.surface : theme.saved, line: { color: theme.text, width: 2 }, visible: current !== undefined,
    },
  ];
}
