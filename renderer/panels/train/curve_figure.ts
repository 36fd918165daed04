/** Curves of a training as a Plotly figure: smoothed ones thick, single readings pale behind them, held-out ones with points. */
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';

export interface CurveLine {
  readonly name: string;
  readonly at: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Each reading, a mean of readings, or a measurement on held-out text now and then. */
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

export function curveFigure(lines: readonly CurveLine[], { x, y, logarithmic, steps }: CurveAxes, theme: Theme): Figure {
  const colours = { first: theme.accent, second: theme.linear, third: theme.pin1, fourth: theme.pin3 };
  const values = lines.flatMap((line) => (line.look === 'readings' ? [] : Array.from(line.values)));
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
        ...(line.look === 'held_out' && { marker: { color: theme.surface, size: 7, line: { color: colour, width: 2 } } }),
        hovertemplate: `${line.name} %{y:.4~g} at step %{x:,}<extra></extra>`,
      };
    }),
    layout: {
      ...plotTheme(theme),
      showlegend: lines.length > 1,
      // What a slow reader needs is one value; the cross shows the others.
      hovermode: 'closest',
      hoverlabel: { bgcolor: theme.raised, bordercolor: theme.borderStrong, font: { color: theme.text, size: 12 } },
      margin: { l: 62, r: 16, t: lines.length > 1 ? 30 : 10, b: 42 },
      xaxis: axisTheme(theme, x, { rangemode: 'tozero', tickformat: ',d', ...(steps !== undefined && { range: [0, steps] }), zeroline: false }),
      yaxis: axisTheme(theme, y, logarithmic ? { type: 'log', tickformat: '~g', dtick: spansDecade(values) ? 1 : 'D2', zeroline: false } : { zeroline: false, tickformat: '~g' }),
    },
  };
}

function spansDecade(values: readonly number[]): boolean {
  const positive = values.filter((value) => value > 0);
  return positive.length > 0 && Math.max(...positive) > 30 * Math.min(...positive);
}
