/**
 * The frontier as a Plotly figure: quality up, the swept quantity across. What moves with a slider is drawn as shapes,
 * apart from the figure; see frontier_shapes.ts.
 */
import { BASELINES } from '../../../engine/protocol/problem.ts';
import { shownUnit } from '../../state/derived_layers.ts';
import type { Quantity } from '../../state/columns.ts';
import { pinColour, type Theme } from '../../theme/theme.ts';
import { axisTheme, plotTheme } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { FrontierModel } from './frontier_model.ts';
import { baseline, children, emptyLevels, frontierLines, marks, relaxationLine, unreachable } from './frontier_traces.ts';

/** On screen the legend is a row of switches above the plot; on paper it is part of the image. */
export function frontierFigure(model: FrontierModel, theme: Theme, medium: 'screen' | 'print' = 'screen'): Figure {
  const { over, objective, pins, parent, off, infeasible, relaxation, extent, xTicks, yTicks } = model;
  const data: Trace[] = [unreachable(model, theme)];
  for (const method of BASELINES.toReversed()) if (!off.has(method)) data.push(...baseline(model, method, theme));
  if (relaxation.length > 1 && !off.has('relaxation')) data.push(relaxationLine(model, theme));
  data.push(...frontierLines(model, theme), ...children(model, theme));
  if (infeasible.length > 0) data.push(emptyLevels(model, theme));
  if (parent !== undefined) {
    data.push(marks('Parent', [{ id: 'parent', ...parent }], model, { symbol: 'star', size: 13, color: theme.text, line: { color: theme.surface, width: 1 } }));
  }
  for (const pin of pins) {
    const marker = { symbol: pin.symbol, size: 11, color: pinColour(theme, pin.index), line: { color: theme.surface, width: 1 } };
    data.push(marks(pin.name, [{ id: `pin-${pin.id}`, x: pin.x, y: pin.y }], model, marker));
  }
  return {
    data,
    layout: {
      ...plotTheme(theme, medium),
      showlegend: medium === 'print',
      margin: { l: 68, r: 20, t: medium === 'print' ? 34 : 8, b: 46 },
      xaxis: axisTheme(theme, titleOf(over), { range: extent.x, ...xTicks, zeroline: false }, medium),
      yaxis: axisTheme(theme, titleOf(objective), { range: extent.y, ...yTicks, zeroline: false }, medium),
      annotations: [betterCorner(over, theme)],
    },
  };
}

/** Which corner one would like to be in. */
function betterCorner(over: Quantity, theme: Theme): Trace {
  const right = over.better === 'higher';
  return {
    text: right ? 'better ↗' : '↖ better',
    xref: 'paper',
    yref: 'paper',
    x: right ? 1 : 0,
    y: 1,
    xanchor: right ? 'right' : 'left',
    yanchor: 'top',
    showarrow: false,
    bgcolor: theme.surface,
    borderpad: 3,
    font: { color: theme.textMuted },
  };
}

export function titleOf(quantity: Quantity): string {
  const unit = shownUnit(quantity.unit) === '' ? '' : `, ${quantity.unit}`;
  return `${quantity.label}${unit}${quantity.estimated ? ' (estimated)' : ''}`;
}
