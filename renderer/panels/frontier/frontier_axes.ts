/** The axes of the frontier: how far they reach, and from figures to places on them. */
import { decadeTicks, linearThreshold, spansDecades, symlog, symlogScale } from '../../state/derived_scale.ts';
import { formatValue } from '../../state/format.ts';
import type { Quantity } from '../../state/columns.ts';
import type { Layout } from '../../plots/plotly.ts';

/** Throughputs run towards infinity as children get small; beyond this factor a linear axis hides where it matters. */
const WIDE = 6;
/** The end of the reachable, and limits, are shown up to this multiple of the farthest child. */
const END_WITHIN = 2;
const ROOM = 0.06;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Extent {
  /** In places on the axis, as `y`. */
  readonly x: readonly [number, number];
  /** The better end last. */
  readonly y: readonly [number, number];
}

export interface FrontierAxes {
  readonly logarithmic: boolean;
  /** The swept quantity spans so much that its axis is logarithmic. */
  readonly wide: boolean;
  readonly extent: Extent;
  /** From a score, and from the swept quantity, to the place on its axis. */
  place(score: number): number;
  across(value: number): number;
  readonly xTicks: Layout;
  readonly yTicks: Layout;
}

export interface Fitted {
  /** What must be seen: children on or near the frontier, pins, the parent. */
  readonly seen: readonly Place[];
  readonly levels: readonly number[];
  readonly limits: readonly number[];
  /** Beyond this nothing exists. */
  readonly end: number | undefined;
  /** Chosen by the user; worked out where undefined. */
  readonly logarithmic: boolean | undefined;
}

export function frontierAxes(over: Quantity, objective: Quantity, { seen, levels, limits, end, logarithmic: chosen }: Fitted): FrontierAxes {
  const scores = seen.map(({ y }) => y);
  const logarithmic = chosen ?? spansDecades(scores);
  const linear = linearThreshold(scores, 0);
  const xs = seen.map(({ x }) => x);
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  const wide = over.better === 'higher' && low > 0 && high > WIDE * low;
  const place = (score: number): number => (logarithmic ? symlog(score, linear) : score);
  const across = (value: number): number => (wide ? Math.log10(value) : value);
  // What lies far beyond the last child worth having would squeeze those into a corner.
  const near = (value: number): boolean => Number.isFinite(value) && value <= END_WITHIN * high && value >= low / END_WITHIN;
  const shown = [...xs, ...[...levels, ...limits, ...(end === undefined ? [] : [end])].filter(near)].map(across);
  const x = padded(shown.filter(Number.isFinite));
  const [bottom, top] = padded(scores.map(place));
  const extent: Extent = { x, y: objective.better === 'lower' ? [top, bottom] : [bottom, top] };
  return { logarithmic, wide, extent, place, across, xTicks: sweptTicks(wide, across, over, x), yTicks: scoreTicks(logarithmic, place, objective, scores) };
}

function padded(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  return [low - room, high + room];
}

function scoreTicks(logarithmic: boolean, place: (score: number) => number, objective: Quantity, scores: readonly number[]): Layout {
  if (!logarithmic) return {};
  const { ticks } = symlogScale(scores, linearThreshold(scores, 0), (value) => formatValue(value, objective.unit));
  return { tickvals: ticks.map(({ value }) => place(value)), ticktext: ticks.map(({ label }) => label) };
}

function sweptTicks(wide: boolean, across: (value: number) => number, over: Quantity, [low, high]: readonly [number, number]): Layout {
  if (!wide) return { tickformat: Math.max(Math.abs(low), Math.abs(high)) >= 1e6 ? '.3~s' : ',' };
  const ticks = decadeTicks(10 ** low, 10 ** high);
  return { tickvals: ticks.map(across), ticktext: ticks.map((value) => formatValue(value, over.unit)) };
}
