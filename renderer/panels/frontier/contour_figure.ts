/**
 * Quality over two limits as a Plotly figure: a cell for every pair of levels, coloured by the optimum there. What
 * moves with a slider is drawn as shapes, apart from the figure; see contour_shapes.ts.
 */
import { linearScale } from '../../state/derived_scale.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import type { ContourAxis, ContourModel } from './contour_model.ts';
import { titleOf } from './frontier_figure.ts';

/** Lines through a figure in which only a part of the cells is known would show the order of the search. */
export function contourFigure(model: ContourModel, theme: Theme, medium: 'screen' | 'print' = 'screen'): Figure {
  const data: Trace[] = [cells(model, theme, medium), empty(model, theme)];
  if (model.complete && model.found > 3) data.push(lines(model, theme));
  if (model.unproven > 0) data.push(unproven(model, theme));
  return {
    data,
    layout: {
      ...plotTheme(theme, medium),
      showlegend: medium === 'print',
      margin: { l: 68, r: 20, t: medium === 'print' ? 34 : 8, b: 46 },
      xaxis: axisTheme(theme, limitTitle(model.across), { range: rangeOf(model.across), ...model.across.ticks, zeroline: false, showgrid: false }, medium),
      yaxis: axisTheme(theme, limitTitle(model.up), { range: rangeOf(model.up), ...model.up.ticks, zeroline: false, showgrid: false }, medium),
    },
  };
}

function limitTitle({ quantity, side }: ContourAxis): string {
  return titleOf({ ...quantity, label: `${quantity.label} at ${side === 'min' ? 'least' : 'most'}` });
}

function rangeOf({ borders }: ContourAxis): readonly [number, number] {
  return [borders[0] ?? 0, borders.at(-1) ?? 1];
}

/** From the theme's soft accent for the best to its danger for the worst: lightness runs one way in either theme. */
export function colourScale(theme: Theme): readonly (readonly [number, string])[] {
  return [
    [0, theme.accentSoft],
    [0.35, theme.attention],
    [0.7, theme.pin1],
    [1, theme.danger],
  ];
}

function tonesOf(rows: ContourModel['rows'], tone: (score: number) => number): readonly (readonly (number | undefined)[])[] {
  return rows.map((row) => row.map(({ solution }) => (solution === undefined ? undefined : tone(solution.objective))));
}

function cells({ rows, across, up, objective, tone, tones, toneTicks }: ContourModel, theme: Theme, medium: 'screen' | 'print'): Trace {
  return {
    type: 'heatmap',
    x: across.borders,
    y: up.borders,
    z: tonesOf(rows, tone),
    zmin: Math.min(...tones),
    zmax: Math.max(...tones),
    customdata: rows.map((row) => row.map(({ id }) => id)),
    colorscale: colourScale(theme),
    reversescale: objective.better === 'higher',
    xgap: 0.5,
    ygap: 0.5,
    hoverinfo: 'none',
    showlegend: false,
    colorbar: {
      title: { text: titleOf(objective), side: 'right', font: { color: theme.textMuted, size: medium === 'print' ? 15 : 12 } },
      thickness: 12,
      outlinewidth: 0,
      tickcolor: theme.borderStrong,
      tickfont: { color: theme.textMuted },
      ticks: 'outside',
      ticklen: 3,
      ...toneTicks,
    },
  };
}

/** Cells in which nothing fits, each hatched: one outline after another, apart. */
function empty({ rows, across, up }: ContourModel, theme: Theme): Trace {
  const x: (number | undefined)[] = [];
  const y: (number | undefined)[] = [];
  rows.forEach((row, j) =>
    row.forEach(({ kind }, i) => {
      if (kind !== 'none') return;
      const [left, right, bottom, top] = [across.borders[i], across.borders[i + 1], up.borders[j], up.borders[j + 1]];
      x.push(left, right, right, left, left, undefined);
      y.push(bottom, bottom, top, top, bottom, undefined);
    }),
  );
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'No child meets both limits',
    x,
    y,
    fill: 'toself',
    fillcolor: seeThrough(theme.textFaint, 0.12),
    fillpattern: { shape: '/', size: 8, solidity: 0.18, fgcolor: seeThrough(theme.textFaint, 0.55), bgcolor: seeThrough(theme.textFaint, 0.12), fillmode: 'replace' },
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: x.length > 0,
  };
}

function centres({ borders, levels }: ContourAxis): readonly number[] {
  return levels.map((_, i) => (borders[i] + borders[i + 1]) / 2);
}

/** Lines of equal quality at round values. */
function lines({ rows, across, up, tone, tones, logarithmic, objective }: ContourModel, theme: Theme): Trace {
  const [low, high] = [Math.min(...tones), Math.max(...tones)];
  const { ticks } = linearScale(high - low, String);
  const step = (ticks[1]?.value ?? 1) / 2;
  return {
    type: 'contour',
    x: centres(across),
    y: centres(up),
    z: tonesOf(rows, tone),
    autocontour: false,
    // On a logarithmic scale the labels would be logarithms.
    contours: { coloring: 'none', start: Math.ceil(low / step) * step, end: high, size: step, showlabels: !logarithmic && objective.unit === '', labelfont: { size: 10, color: theme.text } },
    line: { color: seeThrough(theme.text, 0.55), width: 0.8, smoothing: 0 },
    hoverinfo: 'skip',
    showscale: false,
    showlegend: false,
  };
}

/** A dot in every cell whose optimum is not proven. */
function unproven({ rows, across, up }: ContourModel, theme: Theme): Trace {
  const columns = centres(across);
  const heights = centres(up);
  const spots = rows.flatMap((row, j) => row.flatMap(({ kind, gap }, i) => ((kind === 'child' && gap > 0) || kind === 'unknown' ? [{ x: columns[i], y: heights[j] }] : [])));
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'Not proven',
    x: spots.map(({ x }) => x),
    y: spots.map(({ y }) => y),
    marker: { symbol: 'circle', size: 4, color: theme.warning, line: { color: theme.surface, width: 1 } },
    hoverinfo: 'skip',
  };
}
