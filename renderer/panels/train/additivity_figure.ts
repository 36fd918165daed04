/** Whether scores add up: the sum of replace-1 scores of random children over their real KL, both logarithmic. */
import type { PipelineReport } from '../../../engine/protocol/train.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import { figureText } from '../../state/train_numbers.ts';
import type { Theme } from '../../theme/theme.ts';

export type Additivity = PipelineReport['additivity'];

/** Undefined where too few points, or all alike, have no rank correlation. */
export function correlationText(correlation: number | undefined): string {
  return correlation === undefined ? 'not defined' : correlation.toFixed(3);
}

export function additivityFigure({ points, spearman, spearman_narrow: narrow, n, n_narrow: narrowCount }: Additivity, theme: Theme): Figure {
  const shown = points.filter(({ estimated_kl: x, kl: y }) => x > 0 && y > 0);
  const values = shown.flatMap(({ estimated_kl: x, kl: y }) => [x, y]);
  const [from, to] = values.length === 0 ? [0.01, 1] : [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
  const markers = (name: string, some: typeof shown, colour: string, symbol: string): Trace => ({
    type: 'scatter',
    mode: 'markers',
    name,
    x: some.map(({ estimated_kl: x }) => x),
    y: some.map(({ kl }) => kl),
    marker: { color: seeThrough(colour, 0.8), symbol, size: 8, line: { color: theme.surface, width: 1 } },
    text: some.map(({ estimated_kl: x, kl: y, runtime_ms: ms }) => `sum ${figureText(x)}, really ${figureText(y)}<br>${figureText(ms)} ms`),
    hovertemplate: '%{text}<extra></extra>',
  });
  const axis = { type: 'log', zeroline: false, tickformat: '~g', dtick: to / from > 30 ? 1 : 'D2' };
  return {
    data: [
      { type: 'scatter', mode: 'lines', name: 'sum = real', x: [from, to], y: [from, to], line: { color: theme.borderStrong, width: 1, dash: 'dot' }, hoverinfo: 'skip' },
      markers(`Any runtime, ρ ${correlationText(spearman)} over all ${n}`, shown.filter((point) => !point.narrow), theme.accent, 'circle'),
      markers(`Within 3 % of one runtime, ρ ${correlationText(narrow)} over ${narrowCount}`, shown.filter((point) => point.narrow), theme.linear, 'diamond'),
    ],
    layout: {
      ...plotTheme(theme),
      margin: { l: 66, r: 20, t: 30, b: 46 },
      hoverlabel: { bgcolor: theme.raised, bordercolor: theme.borderStrong, font: { color: theme.text, size: 12 } },
      xaxis: axisTheme(theme, 'Sum of replace-1 scores (KL)', axis),
      yaxis: axisTheme(theme, 'Real KL from the parent', axis),
    },
  };
}
