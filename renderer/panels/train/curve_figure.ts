/** Curves of a training as a Plotly figure: smoothed ones thick, single readings pale behind them, held-out ones with points. */
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';

export interface CurveLine {
  readonly name: string;
  readonly at: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** The losses of single batches, a running mean of them, or a measurement on held-out text now and then. */
  readonly look: 'readings' | 'smooth' | 'held_out';
  readonly colour: 'first' | 'second' | 'third' | 'fourth';
}

export interface CurveAxes {
  readonly x: string;
  readonly y: string;
  /** Values over decades. */
  readonly logarithmic: boolean;
  /** Steps in all: the axis keeps its length while the curve grows. */
  readonly steps?: number | undefined;
}

/** Whether there is anything to draw. */
export function hasPoints(lines: readonly CurveLine[]): boolean {
  return lines.some(({ values }) => values.length > 0);
}

export function curveFigure(lines: readonly CurveLine[], { x, y, logarithmic, steps }: CurveAxes, theme: Theme): Figure {
  const colours = { first: theme.accent, second: theme.linear, third: theme.pin1, fourth: theme.pin3 };
  const values = lines.flatMap((line) => Array.from(line.values)).filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  const range = rangeOf(values, logarithmic);
  return {
    data: lines.map((line): Trace => {
      const colour = colours[line.colour];
      const pale = line.look === 'readings';
      return {
        type: 'scatter',
        mode: line.look === 'held_out' ? 'lines+markers' : 'lines',
        name: line.name,
        x: Array.from(line.at),
        y: Array.from(line.values),
        line: { color: pale ? seeThrough(colour, 0.4) : colour, width: pale ? 1 : 2, dash: line.look === 'held_out' ? 'dot' : 'solid' },
        ...(line.look === 'held_out' && { marker: { color: theme.surface, size: 7, line: { color: colour, width: 2 } }, cliponaxis: false }),
        hovertemplate: `${line.name} %{y:.4~g} at step %{x:,}<extra></extra>`,
      };
    }),
    layout: {
      ...plotTheme(theme),
      showlegend: lines.length > 1,
      // What a slow reader needs is one value; the cross shows the others.
      hovermode: 'closest',
      hoverlabel: { bgcolor: theme.raised, bordercolor: theme.borderStrong, font: { color: theme.text, size: 12 } },
      // Stated too: margins that follow the labels move the plot while it grows.
      margin: { l: 78, r: 24, t: lines.length > 1 ? 30 : 10, b: 42 },
      xaxis: axisTheme(theme, x, { automargin: false, rangemode: 'tozero', tickformat: ',d', ...(steps !== undefined && { range: [0, steps] }), zeroline: false }),
      yaxis: axisTheme(theme, y, { automargin: false, ...(logarithmic ? { type: 'log', dtick: logarithmicTicks(values) } : {}), ...(range !== undefined && { range }), tickformat: '~g', zeroline: false }),
    },
  };
}

/** Powers of ten over decades, 1, 2 and 5 times them below, every digit where it is narrow. */
function logarithmicTicks(values: readonly number[]): number | string {
  const ratio = values.length === 0 ? 1 : Math.max(...values) / Math.min(...values);
  return ratio > 30 ? 1 : ratio > 5 ? 'D2' : 'D1';
}

const MARGIN = 0.05;
/** Least height of the axis, relative to the values, or in decades. */
const LEAST = 0.1;

/** Stated rather than left to Plotly, which keeps the range of the first few points while a curve grows. */
function rangeOf(values: readonly number[], logarithmic: boolean): readonly [number, number] | undefined {
  if (values.length === 0) return undefined;
  const places = logarithmic ? values.map(Math.log10) : values;
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const height = Math.max(high - low, LEAST * (logarithmic ? 1 : Math.max(Math.abs(high), 1e-9)));
  const middle = (low + high) / 2;
  return [middle - (0.5 + MARGIN) * height, middle + (0.5 + MARGIN) * height];
}
