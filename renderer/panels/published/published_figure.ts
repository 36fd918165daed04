/** Published models in the style of Figure 1: combined accuracy over throughput, the efficient frontier dashed. */
import type { Published } from '../../../engine/protocol/api.ts';
import type { PublishedPoint } from '../../state/derived_published.ts';
import { axisTheme, plotTheme } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';

type PublishedMeasurement = Published['measurements'][number];
type Kind = PublishedPoint['model']['kind'];
type Placed = PublishedPoint & { readonly throughput: number };

export const AXIS_FORMULA = '(10 × MT-Bench + MMLU) / 2';

export function publishedFigure(points: readonly PublishedPoint[], measurement: PublishedMeasurement, theme: Theme): Figure {
  const placed = points.filter((point): point is Placed => point.throughput !== undefined);
  const looks: Readonly<Record<Kind, { readonly name: string; readonly symbol: string; readonly colour: string }>> = {
    child: { name: 'Found by Puzzle', symbol: 'diamond', colour: theme.saved },
    parent: { name: 'Parent', symbol: 'star', colour: theme.text },
    other: { name: 'Other', symbol: 'circle', colour: theme.textMuted },
  };
  const frontier = placed.filter((point) => point.efficient);
  const data: Trace[] = [
    {
      type: 'scatter',
      mode: 'lines',
      name: 'Efficient frontier',
      x: frontier.map((point) => point.throughput),
      y: frontier.map((point) => point.score),
      line: { color: theme.accent, dash: 'dash', width: 1.5 },
      hoverinfo: 'skip',
      showlegend: frontier.length > 1,
    },
  ];
  for (const kind of ['child', 'parent', 'other'] as const) {
    const those = placed.filter((point) => point.model.kind === kind);
    if (those.length === 0) continue;
    const { name, symbol, colour } = looks[kind];
    data.push({
      type: 'scatter',
      mode: 'markers+text',
      name,
      x: those.map((point) => point.throughput),
      y: those.map((point) => point.score),
      text: those.map((point) => point.name),
      textposition: those.map((point) => labelSide(point, placed)),
      textfont: { color: theme.text },
      customdata: those.map((point) => point.model.id),
      marker: { symbol, color: colour, size: kind === 'parent' ? 13 : 11, line: { color: theme.surface, width: 1 } },
      hoverinfo: 'none',
      cliponaxis: false,
    });
  }
  const xs = placed.map((point) => point.throughput);
  const ys = placed.map((point) => point.score);
  const room = (Math.max(...ys) - Math.min(...ys) || 4) * 0.25;
  return {
    data,
    layout: {
      ...plotTheme(theme),
      margin: { l: 68, r: 20, t: 34, b: 46 },
      xaxis: axisTheme(theme, `${measurement.tokens_counted === 'output' ? 'Generated tokens' : 'All tokens, prompt and generated'}, ${measurement.unit}`, {
        range: [0, Math.max(...xs) * 1.14],
        tickformat: ',',
        zeroline: false,
      }),
      yaxis: axisTheme(theme, AXIS_FORMULA, { range: [Math.min(...ys) - room, Math.max(...ys) + room], zeroline: false }),
    },
  };
}

/** Above, unless a neighbour at about the same place stands higher; long names at the right edge go to the left. */
function labelSide(point: Placed, all: readonly Placed[]): string {
  const widest = Math.max(...all.map((other) => other.throughput));
  const above = all.some((other) => other !== point && Math.abs(other.throughput - point.throughput) < widest * 0.12 && other.score > point.score);
  const side = point.throughput > widest * 0.85 ? 'left' : point.throughput < widest * 0.15 ? 'right' : 'center';
  return `${above ? 'bottom' : 'top'} ${side === 'center' && point.efficient && !above ? 'right' : side}`;
}
