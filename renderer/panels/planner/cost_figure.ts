/**
 * What a token costs against how long a step takes, over the batch: figure 1 of Pope et al. (arXiv 2211.05102) for a
 * given number of chips. Down and to the left is better; along a line the batch grows from left to right.
 */
import type { Band } from '../../../engine/protocol/cost.ts';
import type { Phase, PlanCandidate, PlanPoint } from '../../../engine/protocol/plan.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import { countText, durationText, figureText } from '../serving/figures.ts';
import type { Spot } from '../serving/spots.ts';
import { ATTENTION_SYMBOLS, ffnColour } from './layout_look.tsx';
import { logAxis, type LogAxis } from './log_axis.ts';
import { unitsText, type PhasePlan, type Unit } from './planner_model.ts';

export interface CostFigure {
  readonly figure: Figure;
  readonly spots: readonly Spot[];
}

/** Costs within a factor of 2.5 do not fill the axis: the band is about as wide. */
const LEAST_COST_SPAN = 0.4;

/** The same phase with another number of chips. */
export interface OtherChips {
  readonly chips: number;
  readonly points: readonly PlanPoint[];
}

interface FigureInput {
  readonly plan: PhasePlan;
  readonly chips: number;
  readonly others: readonly OtherChips[];
  readonly unit: Unit;
  readonly band: Band;
  /** Chosen batch, where the chosen phase is this one. */
  readonly chosen: number | undefined;
}

interface Placed {
  readonly batch: number;
  readonly onFrontier: boolean;
  readonly winner: PlanCandidate;
}

export function costFigure({ plan: { phase, points }, chips: ownChips, others, unit, band, chosen }: FigureInput, theme: Theme): CostFigure {
  const own = placed(points);
  const faint = others.map(({ chips, points: all }) => ({ chips, line: placed(all) }));
  const all = [...own, ...faint.flatMap(({ line }) => line)].map(({ winner }) => winner);
  const x = logAxis(all.map(({ step_ms: ms }) => ms), durationText, { before: 0.05, after: 0.12, leastSpan: 0.15 });
  const y = logAxis(all.map(costMs), figureText, { before: 0.12, after: 0.12, leastSpan: LEAST_COST_SPAN });
  const spots = own.map(({ batch, winner }): Spot => ({ id: spotId(phase, batch), line: phase, x: x.place(winner.step_ms), y: y.place(costMs(winner)) }));
  const mark = own.find(({ batch }) => batch === chosen);
  return {
    spots,
    figure: {
      data: [
        ...faint.flatMap(({ chips, line }) => otherLine(chips, line, unit, LABEL_PLACES[phase][chips > ownChips ? 'more' : 'fewer'], x, y, theme)),
        ...(mark === undefined ? [] : [bandOf(mark.winner, band, x, y, theme)]),
        winners(phase, own, spots, chosen, theme),
      ],
      layout: {
        ...plotTheme(theme),
        showlegend: false,
        margin: { l: 68, r: 24, t: 10, b: 46 },
        xaxis: axisTheme(theme, X_TITLES[phase], { ...x.layout, zeroline: false }),
        yaxis: axisTheme(theme, `${unit}-ms per ${phase === 'prefill' ? 'prompt' : 'generated'} token`, { ...y.layout, zeroline: false }),
        annotations: [
          { text: '↙ better', xref: 'paper', yref: 'paper', x: 0.01, y: 0.01, xanchor: 'left', yanchor: 'bottom', showarrow: false, font: { color: theme.textMuted } },
        ],
      },
    },
  };
}

const X_TITLES: Readonly<Record<Phase, string>> = { prefill: 'Time for all prompts of the batch', decode: 'Time per generated token of a sequence' };

/** Where the names of other lines stand at their first points, away from this one: more chips are to its left. */
const LABEL_PLACES: Readonly<Record<Phase, { readonly more: string; readonly fewer: string }>> = {
  prefill: { more: 'top right', fewer: 'bottom left' },
  decode: { more: 'top center', fewer: 'top right' },
};

export function spotId(phase: Phase, batch: number): string {
  return `${phase} ${batch}`;
}

export function batchOf(spot: string): number {
  return Number(spot.slice(spot.indexOf(' ') + 1));
}

/** Chip-milliseconds per token. */
export function costMs({ chip_seconds_per_token: seconds }: Pick<PlanCandidate, 'chip_seconds_per_token'>): number {
  return seconds * 1e3;
}

function placed(points: readonly PlanPoint[]): readonly Placed[] {
  return points.flatMap(({ batch, winner, on_frontier: onFrontier }) => (winner === undefined ? [] : [{ batch, winner, onFrontier }]));
}

/** Hollow where another batch is both faster and cheaper. */
function winners(phase: Phase, own: readonly Placed[], spots: readonly Spot[], chosen: number | undefined, theme: Theme): Trace {
  const colours = own.map(({ winner }) => ffnColour(theme, winner.layout.ffn));
  return {
    type: 'scatter',
    mode: 'lines+markers+text',
    name: phase,
    x: spots.map((spot) => spot.x),
    y: spots.map((spot) => spot.y),
    customdata: spots.map((spot) => spot.id),
    text: own.map(({ batch }) => (batch === chosen ? `<b>${countText(batch)}</b>` : countText(batch))),
    textposition: 'top right',
    textfont: { color: theme.textMuted, size: 11 },
    line: { color: seeThrough(theme.textFaint, 0.7), width: 1.5, dash: 'dash' },
    marker: {
      symbol: own.map(({ winner }) => ATTENTION_SYMBOLS[winner.layout.attention]),
      size: own.map(({ batch }) => (batch === chosen ? 14 : 9)),
      color: own.map(({ onFrontier }, i) => (onFrontier ? colours[i] : theme.surface)),
      line: { color: colours, width: 1.5 },
      opacity: 1,
    },
    hoverinfo: 'none',
    cliponaxis: false,
  };
}

/** What was measured lies in the band: a step that takes longer costs as much more, so it is a line along both axes. */
function bandOf(winner: PlanCandidate, { low, high }: Band, x: LogAxis, y: LogAxis, theme: Theme): Trace {
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'Band',
    x: [low, 1, high].map((factor) => x.place(winner.step_ms * factor)),
    y: [low, 1, high].map((factor) => y.place(costMs(winner) * factor)),
    line: { color: seeThrough(ffnColour(theme, winner.layout.ffn), 0.6), width: 2.5 },
    hoverinfo: 'skip',
  };
}

function otherLine(chips: number, line: readonly Placed[], unit: Unit, place: string, x: LogAxis, y: LogAxis, theme: Theme): readonly Trace[] {
  if (line.length === 0) return [];
  return [
    {
      type: 'scatter',
      mode: 'lines+markers+text',
      name: unitsText(chips, unit),
      x: line.map(({ winner }) => x.place(winner.step_ms)),
      y: line.map(({ winner }) => y.place(costMs(winner))),
      text: line.map((_, i) => (i === 0 ? unitsText(chips, unit) : '')),
      textposition: place,
      textfont: { color: theme.textFaint, size: 11 },
      line: { color: seeThrough(theme.textFaint, 0.45), width: 1, dash: 'dot' },
      marker: { color: line.map(({ winner }) => seeThrough(ffnColour(theme, winner.layout.ffn), 0.55)), symbol: line.map(({ winner }) => ATTENTION_SYMBOLS[winner.layout.attention]), size: 5 },
      hoverinfo: 'skip',
      cliponaxis: false,
    },
  ];
}
