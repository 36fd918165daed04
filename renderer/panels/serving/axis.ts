/** An axis of a plot: from values to places on it, with its range and ticks; logarithmic ones have their logarithms as places. */
import { decadeTicks } from '../../state/derived_scale.ts';
import type { Layout } from '../../plots/plotly.ts';

export interface PlotScale {
  place(value: number): number;
  /** `range` and ticks as Plotly wants them. */
  readonly layout: Layout;
  readonly range: readonly [number, number];
}

const ROOM = 0.05;

/** From zero to beyond the largest value. */
export function linearAxis(values: readonly number[]): PlotScale {
  const largest = Math.max(0, ...values.filter(Number.isFinite));
  const range = [0, largest > 0 ? largest * (1 + ROOM) : 1] as const;
  return { place: (value) => value, range, layout: { range, tickformat: largest >= 1000 ? ',' : '' } };
}

/** Around the values, without zero: where what matters are differences. */
export function fittedAxis(values: readonly number[]): PlotScale {
  const finite = values.filter(Number.isFinite);
  const [low, high] = finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
  const span = high - low || Math.abs(high) || 1;
  const range = [Math.max(0, low - ROOM * span), high + ROOM * span] as const;
  return { place: (value) => value, range, layout: { range, tickformat: high >= 1000 ? ',' : '' } };
}

/** Ticks at 1, 2 and 5 times powers of ten, fewer where there are many. */
export function logarithmicAxis(values: readonly number[], format: (value: number) => string): PlotScale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const [low, high] = positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
  const span = Math.max(0.1, Math.log10(high) - Math.log10(low));
  const range = [Math.log10(low) - ROOM * span, Math.log10(high) + ROOM * span] as const;
  const all = decadeTicks(10 ** range[0], 10 ** range[1]);
  const ticks = all.length <= 8 ? all : all.filter((tick) => tick.toExponential().startsWith('1'));
  return {
    place: Math.log10,
    range,
    layout: { range, tickmode: 'array', tickvals: ticks.map(Math.log10), ticktext: ticks.map(format) },
  };
}
