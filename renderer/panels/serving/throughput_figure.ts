/**
 * Throughput of a device against that of a user, over the batch: the trade in the style of Figure 4 of NVIDIA's article
 * on Llama-3.1-Nemotron-51B. Further up and to the right is better; the batch grows from right to left.
 */
import type { CostReport } from '../../../engine/protocol/cost.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import { fittedAxis, linearAxis, logarithmicAxis, type PlotScale } from './axis.ts';
import { countText, figureText } from './figures.ts';
import { lookOf } from './look.ts';
import { isEstimate, type ServedReport } from './serving_model.ts';
import type { Spot } from './spots.ts';

export interface ThroughputOptions {
  /** One device, in a word. */
  readonly unit: string;
  readonly logarithmic: boolean;
  /** The marks say their batch where there is room; for where each architecture has its own. */
  readonly labels: boolean;
}

/** Shares of the plot that the name of a mark takes. */
const LABEL = { x: 0.1, y: 0.06 };

export interface PointFigure {
  readonly figure: Figure;
  readonly spots: readonly Spot[];
}

/** Ids of spots: an architecture's own and the place on its curve. */
export function spotId(id: string, place: number): string {
  return `${id} ${place}`;
}

export function spotOf(id: string): { readonly served: string; readonly place: number } {
  const gap = id.lastIndexOf(' ');
  return { served: id.slice(0, gap), place: Number(id.slice(gap + 1)) };
}

/** The chosen batch: what the report's own figures are for. */
export function operatingPoint({ itl_ms: itl, output_tok_s_per_gpu: perGpu }: CostReport): { readonly perUser: number; readonly perGpu: number } | undefined {
  return itl > 0 && perGpu > 0 ? { perUser: 1000 / itl, perGpu } : undefined;
}

export function throughputFigure(reports: readonly ServedReport[], { unit, logarithmic, labels }: ThroughputOptions, theme: Theme): PointFigure {
  const lines = reports.map((served) => ({ served, points: served.report.curve.flatMap((point, place) => (point.fits ? [{ ...point, place }] : [])) }));
  const marks = reports.flatMap((served) => {
    const at = operatingPoint(served.report);
    return at === undefined ? [] : [{ served, ...at }];
  });
  const xs = [...lines.flatMap(({ points }) => points.map((point) => point.output_tok_s_per_user)), ...marks.map(({ perUser }) => perUser)];
  const ys = [
    ...lines.flatMap(({ points }) => points.map((point) => point.output_tok_s_per_gpu)),
    ...marks.map(({ perGpu, served }) => perGpu * served.report.band.high),
  ];
  const x = logarithmic ? logarithmicAxis(xs, figureText) : fittedAxis(xs);
  const y = logarithmic ? logarithmicAxis(ys, figureText) : linearAxis(ys);
  const spots: Spot[] = [];
  const data: Trace[] = lines.map(({ served, points }) => {
    const { colour, width } = lookOf(served, theme);
    const own = points.map((point): Spot => ({ id: spotId(served.id, point.place), line: served.id, x: x.place(point.output_tok_s_per_user), y: y.place(point.output_tok_s_per_gpu) }));
    spots.push(...own);
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: served.name,
      x: own.map((spot) => spot.x),
      y: own.map((spot) => spot.y),
      customdata: own.map((spot) => spot.id),
      line: { color: seeThrough(colour, 0.8), width, dash: isEstimate(served.report) ? 'dash' : 'solid' },
      marker: { color: colour, size: 4 },
      hoverinfo: 'none',
      cliponaxis: false,
    };
  });
  const named = labels ? apart(marks.map(({ perUser, perGpu }) => ({ x: shareOf(x, perUser), y: shareOf(y, perGpu) }))) : [];
  data.push(...marks.map(({ served, perUser, perGpu }, index) => mark(served, { x: x.place(perUser), perGpu, named: named[index] === true }, y.place, theme)));
  return {
    spots,
    figure: {
      data,
      layout: {
        ...plotTheme(theme),
        showlegend: false,
        margin: { l: 68, r: 20, t: 8, b: 46 },
        xaxis: axisTheme(theme, 'tok/s per user', { ...x.layout, zeroline: false }),
        yaxis: axisTheme(theme, `Generated tok/s per ${unit}`, { ...y.layout, zeroline: false }),
        annotations: [
          { text: 'better ↗', xref: 'paper', yref: 'paper', x: 1, y: 1, xanchor: 'right', yanchor: 'top', showarrow: false, bgcolor: theme.surface, borderpad: 3, font: { color: theme.textMuted } },
        ],
      },
    },
  };
}

/** From 0 at one end of the axis to 1 at the other. */
function shareOf({ place, range: [low, high] }: PlotScale, value: number): number {
  return (place(value) - low) / (high - low);
}

/** Which marks can be named without one name on another; earlier ones go before later ones. */
export function apart(spots: readonly { readonly x: number; readonly y: number }[]): readonly boolean[] {
  const named: { readonly x: number; readonly y: number }[] = [];
  return spots.map((spot) => {
    const free = named.every((other) => Math.abs(other.x - spot.x) > LABEL.x || Math.abs(other.y - spot.y) > LABEL.y);
    if (free) named.push(spot);
    return free;
  });
}

/** Hollow where that many sequences do not fit; the bar is the band. */
function mark(served: ServedReport, { x, perGpu, named }: { readonly x: number; readonly perGpu: number; readonly named: boolean }, place: (value: number) => number, theme: Theme): Trace {
  const { report } = served;
  const { colour, symbol } = lookOf(served, theme);
  const y = place(perGpu);
  const fits = report.batch <= report.max_batch;
  return {
    type: 'scatter',
    mode: 'markers+text',
    name: `${served.name}, batch ${countText(report.batch)}`,
    x: [x],
    y: [y],
    text: [named ? `batch ${countText(report.batch)}` : ''],
    textposition: 'top right',
    textfont: { color: theme.textMuted, size: 11 },
    marker: { symbol, size: symbol === 'star' ? 14 : 12, color: fits ? colour : theme.surface, line: { color: fits ? theme.surface : colour, width: fits ? 1 : 2 } },
    error_y: {
      type: 'data',
      symmetric: false,
      array: [Math.max(0, place(perGpu * report.band.high) - y)],
      arrayminus: [Math.max(0, y - place(perGpu * report.band.low))],
      color: seeThrough(colour, 0.6),
      thickness: 1,
      width: 4,
    },
    hoverinfo: 'skip',
    cliponaxis: false,
  };
}
