/**
 * Latency against load: how long a user waits for the first token and between tokens, over the sequences at once. Beyond
 * the largest batch requests wait for their turn, which shows in the first token alone.
 */
import type { LoadPoint } from '../../../engine/protocol/cost.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import { linearAxis, logarithmicAxis, type PlotScale } from './axis.ts';
import { countText, durationText } from './figures.ts';
import { lookOf } from './look.ts';
import { isEstimate, type ServedReport } from './serving_model.ts';
import type { Spot } from './spots.ts';
import { spotId, type PointFigure } from './throughput_figure.ts';

export type Latency = 'ttft_ms' | 'itl_ms';

/** From this ratio of the largest to the smallest on, a linear axis hides the smaller ones. */
const WIDE = 12;

export function loadFigure(reports: readonly ServedReport[], latency: Latency, copies: number, theme: Theme): PointFigure {
  const all = reports.flatMap(({ report }) => report.curve);
  const values = all.map((point) => point[latency]);
  const wide = Math.max(...values) > WIDE * Math.min(...values);
  const x = logarithmicAxis(all.map(({ batch }) => batch), countText);
  const y = wide ? logarithmicAxis(values, durationText) : linearAxis(values);
  const spots: Spot[] = [];
  const data: Trace[] = [allWait(reports, x, y, theme)];
  for (const served of reports) {
    const own = served.report.curve.map((point, place): Spot & { readonly fits: boolean } => ({
      id: spotId(served.id, place),
      line: served.id,
      x: x.place(point.batch),
      y: y.place(point[latency]),
      fits: point.fits,
    }));
    spots.push(...own);
    const last = own.findLastIndex(({ fits }) => fits);
    data.push(line(served, own.slice(0, last + 1), false, theme), line(served, own.slice(Math.max(0, last)), true, theme));
    if (last >= 0) data.push(largest(served, own[last], theme));
  }
  const title = latency === 'ttft_ms' ? 'Time to first token, waiting included' : 'Time between tokens';
  return {
    spots,
    figure: {
      data,
      layout: {
        ...plotTheme(theme),
        showlegend: false,
        margin: { l: 68, r: 16, t: 8, b: 46 },
        xaxis: axisTheme(theme, `Sequences at once${copies > 1 ? ', per copy of the model' : ''}`, { ...x.layout, zeroline: false }),
        yaxis: axisTheme(theme, `${title}${wide ? '' : ', ms'}`, { ...y.layout, zeroline: false }),
        annotations: queueingLabel(reports, x, theme),
      },
    },
  };
}

/** Dotted where requests wait. */
function line(served: ServedReport, spots: readonly Spot[], waiting: boolean, theme: Theme): Trace {
  const { colour, width } = lookOf(served, theme);
  return {
    type: 'scatter',
    mode: waiting ? 'lines' : 'lines+markers',
    name: waiting ? `${served.name}, waiting` : served.name,
    x: spots.map((spot) => spot.x),
    y: spots.map((spot) => spot.y),
    customdata: spots.map((spot) => spot.id),
    line: { color: seeThrough(colour, 0.8), width: waiting ? 1.5 : width, dash: waiting ? 'dot' : isEstimate(served.report) ? 'dash' : 'solid' },
    marker: { color: colour, size: 4 },
    hoverinfo: 'none',
  };
}

function largest(served: ServedReport, spot: Spot, theme: Theme): Trace {
  const { colour, symbol } = lookOf(served, theme);
  return {
    type: 'scatter',
    mode: 'markers',
    name: `${served.name}, most that fit`,
    x: [spot.x],
    y: [spot.y],
    marker: { symbol, size: symbol === 'star' ? 13 : 11, color: colour, line: { color: theme.surface, width: 1 } },
    hoverinfo: 'skip',
  };
}

/** Beyond the largest batch of every architecture. */
function allWait(reports: readonly ServedReport[], x: PlotScale, y: PlotScale, theme: Theme): Trace {
  const from = x.place(mostThatFit(reports));
  const [left, right, low, high] = [Math.min(from, x.range[1]), x.range[1], ...y.range];
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'Queueing',
    x: [left, right, right, left, left],
    y: [low, low, high, high, low],
    fill: 'toself',
    fillcolor: seeThrough(theme.textFaint, 0.06),
    fillpattern: { shape: '/', size: 9, solidity: 0.16, fgcolor: seeThrough(theme.textFaint, 0.4), bgcolor: seeThrough(theme.textFaint, 0.05), fillmode: 'replace' },
    line: { width: 0 },
    hoverinfo: 'skip',
  };
}

function mostThatFit(reports: readonly ServedReport[]): number {
  const fitting = reports.flatMap(({ report }) => report.curve.filter((point: LoadPoint) => point.fits).map(({ batch }) => batch));
  return Math.max(1, ...fitting);
}

function queueingLabel(reports: readonly ServedReport[], x: PlotScale, theme: Theme): readonly Trace[] {
  const from = x.place(mostThatFit(reports));
  if (from >= x.range[1]) return [];
  return [
    {
      text: 'queueing', xref: 'x', yref: 'paper', x: (from + x.range[1]) / 2, y: 0.02, xanchor: 'center', yanchor: 'bottom', showarrow: false,
      bgcolor: seeThrough(theme.surface, 0.85), borderpad: 2, font: { color: theme.textMuted, size: 11 },
    },
  ];
}
