/**
 * The frontier as a Plotly figure: quality up, the swept quantity across. What moves with a slider (current child,
 * limits, the point under the keyboard) is drawn as shapes, apart from the figure.
 */
import { linearThreshold, symlogScale } from '../../state/derived_scale.ts';
import { unreachableBoundary } from '../../state/derived_frontier.ts';
import { formatValue, formatWithUnit } from '../../state/format.ts';
import type { Quantity } from '../../state/columns.ts';
import { pinColour, type Theme } from '../../theme/theme.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Shape, Trace } from '../../plots/plotly.ts';
import type { FrontierModel } from './frontier_model.ts';

interface Extent {
  readonly x: readonly [number, number];
  /** In places on the axis; the better end last. */
  readonly y: readonly [number, number];
}

export function frontierFigure(model: FrontierModel, theme: Theme, medium: 'screen' | 'print' = 'screen'): Figure {
  const extent = extentOf(model);
  const { over, objective, points, within, pins, parent, place } = model;
  const data: Trace[] = [unreachable(model, extent, theme)];
  data.push({
    type: 'scatter',
    mode: 'lines',
    x: points.map((point) => point.x),
    y: points.map((point) => place(point.y)),
    line: { color: seeThrough(theme.accent, 0.55), width: 1.5 },
    hoverinfo: 'skip',
    showlegend: false,
  });
  const groups = [
    { name: 'Proven optimal', symbol: 'circle', colour: theme.accent, test: (p: (typeof points)[number]) => p.proven },
    { name: 'Not proven yet', symbol: 'square', colour: theme.warning, test: (p: (typeof points)[number]) => !p.proven },
  ];
  for (const { name, symbol, colour, test } of groups) {
    const those = points.filter(test);
    if (those.length === 0) continue;
    data.push(
      marks(name, those, place, {
        symbol,
        size: 8,
        color: those.map((point) => (within.has(point.id) ? colour : theme.surface)),
        line: { color: colour, width: 1.5 },
      }),
    );
  }
  if (points.some((point) => !within.has(point.id))) {
    data.push({
      type: 'scatter',
      mode: 'markers',
      x: [null],
      y: [null],
      name: 'Outside the limit',
      marker: { symbol: 'circle', size: 8, color: theme.surface, line: { color: theme.accent, width: 1.5 } },
    });
  }
  if (parent !== undefined) {
    data.push(marks('Parent', [{ id: 'parent', ...parent }], place, { symbol: 'star', size: 13, color: theme.text, line: { color: theme.surface, width: 1 } }));
  }
  for (const pin of pins) {
    data.push(
      marks(pin.name, [{ id: `pin-${pin.id}`, x: pin.x, y: pin.y }], place, {
        symbol: pin.symbol,
        size: 11,
        color: pinColour(theme, pin.index),
        line: { color: theme.surface, width: 1 },
      }),
    );
  }
  return {
    data,
    layout: {
      ...plotTheme(theme, medium),
      margin: { l: 12, r: 20, t: 12, b: 8 },
      xaxis: axisTheme(theme, `${titleOf(over)}${over.better === 'higher' ? '' : ' (lower is better)'}`, {
        range: extent.x,
        tickformat: tickFormat(extent.x),
        zeroline: false,
      }),
      yaxis: axisTheme(theme, `${titleOf(objective)} ${objective.better === 'lower' ? '(lower is better, up)' : ''}`, {
        range: extent.y,
        zeroline: false,
        ...scoreTicks(model),
      }),
    },
  };
}

interface Mark {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

function marks(name: string, points: readonly Mark[], place: (score: number) => number, marker: Trace): Trace {
  return {
    type: 'scatter',
    mode: 'markers',
    name: name.length > 28 ? `${name.slice(0, 27)}…` : name,
    x: points.map((point) => point.x),
    y: points.map((point) => place(point.y)),
    customdata: points.map((point) => point.id),
    marker,
    hoverinfo: 'none',
    cliponaxis: false,
  };
}

/** Where no child can be: better than what was proven, or beyond what exists at all. */
function unreachable(model: FrontierModel, extent: Extent, theme: Theme): Trace {
  const { over, points, end, place } = model;
  const [loose, tight] = over.better === 'higher' ? extent.x : [extent.x[1], extent.x[0]];
  const [worst, best] = extent.y;
  const corners = unreachableBoundary(points, over, loose, undefined).map(({ x, y }) => ({ x, y: place(y) }));
  const last = corners.at(-1);
  if (last !== undefined) {
    if (end !== undefined) corners.push({ x: end, y: last.y }, { x: end, y: worst }, { x: tight, y: worst });
    else corners.push({ x: tight, y: last.y });
    corners.push({ x: tight, y: best }, { x: loose, y: best });
  }
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'Not reachable',
    x: corners.map((corner) => corner.x),
    y: corners.map((corner) => corner.y),
    fill: 'toself',
    fillcolor: seeThrough(theme.textFaint, 0.08),
    fillpattern: { shape: '/', size: 9, solidity: 0.12, fgcolor: seeThrough(theme.textFaint, 0.45), bgcolor: seeThrough(theme.textFaint, 0.05), fillmode: 'replace' },
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: corners.length > 0,
  };
}

export function extentOf(model: FrontierModel): Extent {
  const { points, pins, parent, limits, place, objective, end } = model;
  const seen = [...points, ...pins, ...(parent === undefined ? [] : [parent])];
  const xs = [...seen.map((mark) => mark.x), ...(end === undefined ? [] : [end]), ...limits.map((limit) => limit.value)];
  const ys = seen.map((mark) => place(mark.y));
  const x = padded(xs, 0.04);
  const [low, high] = padded(ys, 0.06);
  return { x, y: objective.better === 'lower' ? [high, low] : [low, high] };
}

function padded(values: readonly number[], share: number): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * share;
  return [low - room, high + room];
}

function scoreTicks(model: FrontierModel): Trace {
  const { logarithmic, points, pins, place, objective } = model;
  if (!logarithmic) return {};
  const scores = [...points, ...pins].map(({ y }) => y);
  const { ticks } = symlogScale(scores, linearThreshold(scores, 0), (value) => formatValue(value, objective.unit));
  return { tickvals: ticks.map(({ value }) => place(value)), ticktext: ticks.map(({ label }) => label) };
}

function tickFormat([low, high]: readonly [number, number]): string {
  return Math.max(Math.abs(low), Math.abs(high)) >= 1e6 ? '.3~s' : ',';
}

function titleOf(quantity: Quantity): string {
  const unit = quantity.unit === '' || quantity.unit === 'params' ? '' : `, ${quantity.unit}`;
  return `${quantity.label}${unit}${quantity.estimated ? ' (estimated)' : ''}`;
}

export interface Marks {
  readonly current: { readonly x: number; readonly y: number; readonly stale: boolean } | undefined;
  /** Point under the pointer or the keyboard. */
  readonly active: { readonly x: number; readonly y: number } | undefined;
}

/** What moves: always the same shapes in the same order, so that moving one redraws one. */
export function frontierShapes(model: FrontierModel, { current, active }: Marks, theme: Theme): readonly Shape[] {
  const { x: across } = extentOf(model);
  const limit = (side: 'min' | 'max'): readonly Shape[] => {
    const setting = model.limits.find((candidate) => candidate.side === side);
    const x = setting?.value ?? across[0];
    const edge = side === 'min' ? across[0] : across[1];
    const right = x > (across[0] + across[1]) / 2;
    const text = setting === undefined ? '' : `limit ${side === 'min' ? '≥' : '≤'} ${formatWithUnit(setting.value, model.over.unit)}`;
    return [
      {
        type: 'rect', layer: 'below', xref: 'x', yref: 'paper', x0: edge, x1: x, y0: 0, y1: 1,
        line: { width: 0 }, fillcolor: seeThrough(theme.danger, 0.07), visible: setting !== undefined,
      },
      {
        type: 'line', xref: 'x', yref: 'paper', x0: x, x1: x, y0: 0, y1: 1,
        line: { color: theme.danger, width: 1.5, dash: 'dash' }, visible: setting !== undefined,
        label: {
          text, textposition: 'start', textangle: 0, padding: 6, xanchor: right ? 'right' : 'left', yanchor: 'bottom',
          font: { color: theme.danger, size: 12 },
        },
      },
    ];
  };
  const spot = (at: { readonly x: number; readonly y: number } | undefined, radius: number, more: Shape): Shape => ({
    type: 'circle', xref: 'x', yref: 'y', xsizemode: 'pixel', ysizemode: 'pixel',
    xanchor: at?.x ?? across[0], yanchor: at === undefined ? 0 : model.place(at.y),
    x0: -radius, x1: radius, y0: -radius, y1: radius, visible: at !== undefined, ...more,
  });
  const right = current !== undefined && current.x > across[0] + (across[1] - across[0]) * 0.85;
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
      type: 'rect', x0: right ? -80 : 12, x1: right ? -12 : 80, y0: -9, y1: 9, line: { width: 0 },
      label: {
        text: current?.stale === true ? '<b>last child</b>' : '<b>current</b>', textposition: right ? 'middle right' : 'middle left', padding: 0,
        font: { color: theme.text, size: 12 },
      },
    },
  ];
}
