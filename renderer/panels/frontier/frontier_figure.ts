/**
 * The frontier as a Plotly figure: quality up, the swept quantity across. What moves with a slider (current child,
 * limits, the point under the keyboard) is drawn as shapes, apart from the figure.
 */
import { decadeTicks, linearThreshold, symlogScale } from '../../state/derived_scale.ts';
import { shownUnit } from '../../state/derived_layers.ts';
import { unreachableBoundary } from '../../state/derived_frontier.ts';
import { formatValue, formatWithUnit } from '../../state/format.ts';
import type { Quantity } from '../../state/columns.ts';
import { pinColour, type Theme } from '../../theme/theme.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Shape, Trace } from '../../plots/plotly.ts';
import type { FrontierModel } from './frontier_model.ts';

/** The end of the reachable is shown up to this multiple of the farthest child. */
const END_WITHIN = 2;

interface Extent {
  readonly x: readonly [number, number];
  /** In places on the axis; the better end last. */
  readonly y: readonly [number, number];
}

export function frontierFigure(model: FrontierModel, theme: Theme, medium: 'screen' | 'print' = 'screen'): Figure {
  const extent = extentOf(model);
  const { over, objective, points, within, pins, parent, place, across } = model;
  const data: Trace[] = [unreachable(model, extent, theme)];
  data.push({
    type: 'scatter',
    mode: 'lines',
    x: points.map((point) => across(point.x)),
    y: points.map((point) => place(point.y)),
    line: { color: seeThrough(theme.accent, 0.55), width: 1.5 },
    hoverinfo: 'skip',
    showlegend: false,
  });
  const looks = [
    { name: 'Proven optimal', symbol: 'circle', colour: theme.accent, proven: true },
    { name: 'Not proven yet', symbol: 'square', colour: theme.warning, proven: false },
  ];
  for (const { name, symbol, colour, proven } of looks) {
    for (const inside of [true, false]) {
      const those = points.filter((point) => point.proven === proven && within.has(point.id) === inside);
      if (those.length === 0) continue;
      const marker = { symbol, size: 8, color: inside ? colour : theme.surface, line: { color: colour, width: 1.5 } };
      data.push(marks(inside ? name : `${name}, outside limit`, those, model, marker));
    }
  }
  if (parent !== undefined) {
    data.push(marks('Parent', [{ id: 'parent', ...parent }], model, { symbol: 'star', size: 13, color: theme.text, line: { color: theme.surface, width: 1 } }));
  }
  for (const pin of pins) {
    data.push(
      marks(pin.name, [{ id: `pin-${pin.id}`, x: pin.x, y: pin.y }], model, {
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
      margin: { l: 68, r: 20, t: 34, b: 46 },
      xaxis: axisTheme(theme, titleOf(over), {
        range: extent.x,
        ...sweptTicks(model, extent),
        zeroline: false,
      }, medium),
      yaxis: axisTheme(theme, titleOf(objective), {
        range: extent.y,
        zeroline: false,
        ...scoreTicks(model),
      }, medium),
      annotations: [betterCorner(over, theme)],
    },
  };
}

interface Mark {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

function marks(name: string, points: readonly Mark[], { place, across }: FrontierModel, marker: Trace): Trace {
  return {
    type: 'scatter',
    mode: 'markers',
    name: name.length > 32 ? `${name.slice(0, 31)}…` : name,
    x: points.map((point) => across(point.x)),
    y: points.map((point) => place(point.y)),
    customdata: points.map((point) => point.id),
    marker,
    hoverinfo: 'none',
    cliponaxis: false,
  };
}

/** Where no child can be: better than what was proven, or beyond what exists at all. */
function unreachable(model: FrontierModel, extent: Extent, theme: Theme): Trace {
  const { over, points, end, place, across } = model;
  const [loose, tight] = over.better === 'higher' ? extent.x : [extent.x[1], extent.x[0]];
  const [worst, best] = extent.y;
  const corners = unreachableBoundary(points, over).map(({ x, y }) => ({ x: x === undefined ? loose : across(x), y: place(y) }));
  const last = corners.at(-1);
  if (last !== undefined) {
    if (end !== undefined && across(end) <= extent.x[1] && across(end) >= extent.x[0]) corners.push({ x: across(end), y: last.y }, { x: across(end), y: worst }, { x: tight, y: worst });
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
    fillpattern: { shape: '/', size: 9, solidity: 0.16, fgcolor: seeThrough(theme.textFaint, 0.45), bgcolor: seeThrough(theme.textFaint, 0.05), fillmode: 'replace' },
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: corners.length > 0,
  };
}

export function extentOf(model: FrontierModel): Extent {
  const { points, pins, parent, limits, place, across, objective, end } = model;
  const seen = [...points, ...pins, ...(parent === undefined ? [] : [parent])];
  const farthest = Math.max(...seen.map((mark) => mark.x));
  // A throughput that ends far beyond the last child worth having would squeeze those into a corner.
  const shownEnd = end === undefined || end > END_WITHIN * farthest ? [] : [end];
  const xs = [...seen.map((mark) => mark.x), ...shownEnd, ...limits.map((limit) => limit.value)].map(across);
  const ys = seen.map((mark) => place(mark.y));
  const x = padded(xs, 0.06);
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

function sweptTicks({ wide, over, across }: FrontierModel, { x: [low, high] }: Extent): Trace {
  if (!wide) return { tickformat: Math.max(Math.abs(low), Math.abs(high)) >= 1e6 ? '.3~s' : ',' };
  const ticks = decadeTicks(10 ** low, 10 ** high);
  return { tickvals: ticks.map(across), ticktext: ticks.map((value) => formatValue(value, over.unit)) };
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

function titleOf(quantity: Quantity): string {
  const unit = shownUnit(quantity.unit) === '' ? '' : `, ${quantity.unit}`;
  return `${quantity.label}${unit}${quantity.estimated ? ' (estimated)' : ''}`;
}

export interface Marks {
  readonly current: { readonly x: number; readonly y: number; readonly stale: boolean } | undefined;
  /** Point under the pointer or the keyboard. */
  readonly active: { readonly x: number; readonly y: number } | undefined;
}

/** What moves with a slider, the pointer or the keyboard; what is not there is kept invisible. */
export function frontierShapes(model: FrontierModel, { current, active }: Marks, theme: Theme): readonly Shape[] {
  const { x: [left, end] } = extentOf(model);
  const { across, place } = model;
  const middle = (left + end) / 2;
  const limit = (side: 'min' | 'max'): readonly Shape[] => {
    const setting = model.limits.find((candidate) => candidate.side === side);
    const x = setting === undefined ? left : across(setting.value);
    const edge = side === 'min' ? left : end;
    const right = x > middle;
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
    xanchor: at === undefined ? left : across(at.x), yanchor: at === undefined ? 0 : place(at.y),
    x0: -radius, x1: radius, y0: -radius, y1: radius, visible: at !== undefined, ...more,
  });
  // Below the marker and away from the frontier lies what is reachable but worse: room for its name.
  const toLeft = current !== undefined && (model.over.better === 'higher' ? across(current.x) > left + (end - left) * 0.05 : across(current.x) > left + (end - left) * 0.9);
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
      type: 'rect', x0: toLeft ? -88 : 8, x1: toLeft ? -8 : 88, y0: -26, y1: -8, line: { width: 0 },
      label: {
        text: current?.stale === true ? '<b>last child</b>' : '<b>current</b>', textposition: toLeft ? 'middle right' : 'middle left', padding: 0,
        font: { color: theme.text, size: 12 },
      },
    },
  ];
}
