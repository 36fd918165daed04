/** Predicted over published throughput, both logarithmic: on the diagonal they agree, within the band by 10 %. */
import type { PublishedBasis, PublishedTable } from '../../../engine/protocol/published_tables.ts';
import { summarise } from '../../state/published_comparison.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';

export const BASIS_NAMES: Readonly<Record<PublishedBasis, string>> = {
  measured: 'Measured kernels',
  tuned: 'Tuned on',
  carried_over: 'Carried over',
};
export const BASES = ['measured', 'tuned', 'carried_over'] as const satisfies readonly PublishedBasis[];

const CLOSE = 0.1;

export function scatterFigure({ sections }: PublishedTable, theme: Theme): Figure {
  const rows = sections.flatMap((section) => section.rows);
  const values = rows.flatMap(({ published, ours }) => (published === undefined || ours === undefined ? [] : [published, ours]));
  const [from, to] = [Math.min(...values) / 1.4, Math.max(...values) * 1.4];
  const looks: Readonly<Record<PublishedBasis, { readonly colour: string; readonly symbol: string }>> = {
    measured: { colour: theme.accent, symbol: 'circle' },
    tuned: { colour: theme.accent, symbol: 'circle-open' },
    carried_over: { colour: theme.linear, symbol: 'diamond' },
  };
  const data: Trace[] = [
    {
      type: 'scatter',
      mode: 'lines',
      name: 'within 10 %',
      x: [from, to, to, from],
      y: [from * (1 + CLOSE), to * (1 + CLOSE), to * (1 - CLOSE), from * (1 - CLOSE)],
      fill: 'toself',
      fillcolor: seeThrough(theme.saved, 0.16),
      line: { width: 0 },
      hoverinfo: 'skip',
    },
    { type: 'scatter', mode: 'lines', x: [from, to], y: [from, to], line: { color: theme.borderStrong, width: 1 }, hoverinfo: 'skip', showlegend: false },
  ];
  for (const basis of BASES) {
    const those = rows.filter((row) => row.basis === basis && row.error !== undefined);
    if (those.length === 0) continue;
    data.push({
      type: 'scatter',
      mode: 'markers',
      name: `${BASIS_NAMES[basis]}: ${those.length} rows, ${(100 * summarise(those).mean).toFixed(1)} %`,
      x: those.map(({ published }) => published),
      y: those.map(({ ours }) => ours),
      customdata: those.map(({ id }) => id),
      marker: { color: seeThrough(looks[basis].colour, basis === 'tuned' ? 1 : 0.75), symbol: looks[basis].symbol, size: 7, line: { width: basis === 'tuned' ? 1.2 : 0.5, color: basis === 'tuned' ? looks[basis].colour : theme.surface } },
      hoverinfo: 'none',
    });
  }
  const range = [Math.log10(from), Math.log10(to)];
  const axis = { type: 'log', range, dtick: 1, tickformat: ',', zeroline: false };
  return {
    data,
    layout: {
      ...plotTheme(theme),
      margin: { l: 68, r: 20, t: 30, b: 46 },
      xaxis: axisTheme(theme, 'Published, tok/s', axis),
      yaxis: axisTheme(theme, 'Ours, tok/s', axis),
    },
  };
}
