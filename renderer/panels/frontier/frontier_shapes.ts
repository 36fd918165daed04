/**
 * The marks on the frontier that move: the child on screen, the limits, the point under the pointer or the keyboard.
 * Always the same shapes in the same order, those that are not there invisible: moving them costs half a millisecond,
 * drawing the figure anew tens.
 */
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { formatWithUnit } from '../../state/format.ts';
import { seeThrough, textWidth } from '../../plots/plot_theme.ts';
import type { Shape } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import type { Place } from './frontier_axes.ts';
import type { FrontierModel } from './frontier_model.ts';

export interface Marks {
  readonly current: { readonly x: number; readonly y: number; readonly stale: boolean } | undefined;
  /** Point under the pointer or the keyboard. */
  readonly active: Place | undefined;
  /** As the document has them now. */
  readonly limits: readonly LimitSetting[];
}

/** Share of a narrow plot's width that the marker's name takes. */
const NAME_SHARE = 0.11;

export function frontierShapes(model: FrontierModel, { current, active, limits }: Marks, theme: Theme): readonly Shape[] {
  const { across, place, over } = model;
  const [left, end] = model.extent.x;
  const middle = (left + end) / 2;
  const limit = (side: 'min' | 'max'): readonly Shape[] => {
    const setting = limits.find((candidate) => candidate.enabled && candidate.column === over.id && candidate.side === side);
    const x = setting === undefined ? left : across(setting.value);
    const edge = side === 'min' ? left : end;
    const right = x > middle;
    const text = setting === undefined ? '' : `limit ${side === 'min' ? '≥' : '≤'} ${formatWithUnit(setting.value, over.unit)}`;
    return [
      {
        type: 'rect', layer: 'below', xref: 'x', yref: 'paper', x0: edge, x1: x, y0: 0, y1: 1,
        line: { width: 0 }, fillcolor: seeThrough(theme.danger, 0.07), visible: setting !== undefined,
      },
      {
        type: 'line', xref: 'x', yref: 'paper', x0: x, x1: x, y0: 0, y1: 1,
        line: { color: theme.danger, width: 1.5, dash: 'dash' }, visible: setting !== undefined,
      },
      // Its name stands on a plate: simpler methods' children may be down there.
      {
        type: 'rect', xref: 'x', yref: 'paper', xsizemode: 'pixel', ysizemode: 'pixel', xanchor: x, yanchor: 0,
        x0: right ? -textWidth(text) - 4 : 4, x1: right ? -4 : textWidth(text) + 4, y0: 5, y1: 23,
        line: { width: 0 }, fillcolor: seeThrough(theme.surface, 0.75), visible: setting !== undefined,
        label: { text, textposition: 'middle center', padding: 0, font: { color: theme.danger, size: 12 } },
      },
    ];
  };
  const spot = (at: Place | undefined, radius: number, more: Shape): Shape => ({
    type: 'circle', xref: 'x', yref: 'y', xsizemode: 'pixel', ysizemode: 'pixel',
    xanchor: at === undefined ? left : across(at.x), yanchor: at === undefined ? 0 : place(at.y),
    x0: -radius, x1: radius, y0: -radius, y1: radius, visible: at !== undefined, ...more,
  });
  // Below the marker and away from the frontier lies what is reachable but worse: room for its name. Near the plot's edge it
  // stands beside the marker, on the other side, where nothing is drawn.
  const share = current === undefined ? 0.5 : (across(current.x) - left) / (end - left);
  const cramped = over.better === 'higher' ? share < NAME_SHARE : share > 1 - NAME_SHARE;
  const toLeft = (over.better === 'higher') !== cramped;
  const name = current?.stale === true ? 'last child' : 'current';
  const gap = cramped ? 11 : 8;
  return [
    ...limit('min'),
    ...limit('max'),
    spot(active, 9, { line: { color: theme.focus, width: 2 } }),
    spot(current, 7, {
      fillcolor: current?.stale === true ? theme.surface : theme.saved,
      line: { color: theme.text, width: 2 },
    }),
    {
      ...spot(current, 0, {}),
      type: 'rect', x0: toLeft ? -gap - textWidth(name) : gap, x1: toLeft ? -gap : gap + textWidth(name), y0: cramped ? -9 : -26, y1: cramped ? 9 : -8,
      line: { width: 0 }, fillcolor: seeThrough(theme.surface, 0.6),
      label: { text: `<b>${name}</b>`, textposition: 'middle center', padding: 0, font: { color: theme.text, size: 12 } },
    },
  ];
}
