/** A logarithmic axis that has readable ticks over a tenth of a decade as over six: places are logarithms. */
import type { Layout } from '../../plots/plotly.ts';

export interface LogAxis {
  place(value: number): number;
  readonly layout: Layout;
}

export interface Room {
  /** Shares of the axis left free before the least and after the largest value. */
  readonly before: number;
  readonly after: number;
  /** What values cover as log10 is not stretched over the axis where it is less than this: their differences are small. */
  readonly leastSpan: number;
}

const MOST_TICKS = 7;
const FEWEST_TICKS = 3;

export function logAxis(values: readonly number[], format: (value: number) => string, { before, after, leastSpan }: Room): LogAxis {
  const known = values.filter((value) => value > 0 && Number.isFinite(value));
  const [low, high] = known.length === 0 ? [1, 10] : [Math.log10(Math.min(...known)), Math.log10(Math.max(...known))];
  const lacking = Math.max(0, leastSpan - (high - low)) / 2;
  const span = Math.max(leastSpan, high - low);
  const range = [low - lacking - before * span, high + lacking + after * span] as const;
  const ticks = ticksIn(10 ** range[0], 10 ** range[1]);
  return { place: Math.log10, layout: { range, tickmode: 'array', tickvals: ticks.map(Math.log10), ticktext: ticks.map(format) } };
}

/** Leads of the powers of ten at which there may be ticks, the fewest first. */
const LEADS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 6, 8]] as const;

/** The closest ticks that are not too many; evenly spaced ones where the axis covers little. */
function ticksIn(low: number, high: number): readonly number[] {
  const found = LEADS.map((leads) => leadTicks(low, high, leads)).findLast(({ length }) => length >= FEWEST_TICKS && length <= MOST_TICKS);
  if (found !== undefined) return found;
  const decades = leadTicks(low, high, [1]);
  if (decades.length > MOST_TICKS) return decades.filter((_, i) => i % Math.ceil(decades.length / MOST_TICKS) === 0);
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((lead) => lead * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function leadTicks(low: number, high: number, leads: readonly number[]): readonly number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return powers.flatMap((power) => leads.map((lead) => Number((lead * 10 ** power).toPrecision(12)))).filter((tick) => tick >= low && tick <= high);
}
