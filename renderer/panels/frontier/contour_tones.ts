/** The colour scale of the contour: from scores to places on it, and its ticks. */
import type { Quantity } from '../../state/columns.ts';
import { decadeTicks, linearScale, linearThreshold, spansDecades, symlog, symlogScale } from '../../state/derived_scale.ts';
import { formatValue } from '../../state/format.ts';
import type { Layout } from '../../plots/plotly.ts';

/** Where a few cells are far worse than all others, colours run up to what this share does not exceed. */
const MOST = 0.9;
const FAR = 1.3;
/** Ticks, on a scale that is 1 long. */
const LEAST_APART = 0.06;

export interface ContourTones {
  readonly logarithmic: boolean;
  /** From a score to its place on the colour scale. */
  tone(score: number): number;
  /** Ends of the colour scale, in its places, the best first; what is worse has the colour of the worst. */
  readonly tones: readonly [number, number];
  readonly toneTicks: Layout;
}

/** @param chosen by the user; logarithmic over decades where undefined. */
export function contourTones(scores: readonly number[], objective: Quantity, chosen: boolean | undefined): ContourTones {
  const ends = colouredRange(scores, objective);
  const coloured = scores.filter((score) => score >= Math.min(...ends) && score <= Math.max(...ends));
  const logarithmic = chosen ?? spansDecades(coloured);
  const linear = linearThreshold(coloured);
  const tone = (score: number): number => (logarithmic ? symlog(score, linear) : score);
  return {
    logarithmic,
    tone,
    tones: [tone(ends[0]), tone(ends[1])],
    toneTicks: toneTicks(ends, coloured.length < scores.length, logarithmic ? linear : undefined, tone, objective),
  };
}

/** From the best score to the worst, or to what most cells do not exceed where that is far nearer. */
function colouredRange(scores: readonly number[], { better }: Quantity): readonly [number, number] {
  const sorted = [...scores].sort((a, b) => (better === 'lower' ? a - b : b - a));
  const [best, worst] = [sorted[0] ?? 0, sorted.at(-1) ?? 1];
  const most = sorted[Math.floor(MOST * (sorted.length - 1))] ?? worst;
  const end = Math.abs(worst - best) > FAR * Math.abs(most - best) && most !== best ? most : worst;
  // A single value has a colour too.
  return best === end ? [best, best + (better === 'lower' ? 1 : -1) * Math.max(1e-6, Math.abs(best) * 1e-6)] : [best, end];
}

/** Round values within the range, and where worse ones have the last colour too, its own with a sign that says so. */
function toneTicks(ends: readonly [number, number], cut: boolean, linear: number | undefined, tone: (score: number) => number, objective: Quantity): Layout {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const [from, to] = [tone(low), tone(high)];
  const format = (value: number): string => formatValue(value, objective.unit);
  const end = tone(ends[1]);
  const round = (linear === undefined ? evenly(low, high) : decades(low, high, linear)).filter((value) => {
    const at = tone(value);
    return at >= from && at <= to && !(cut && Math.abs(at - end) < LEAST_APART * (to - from));
  });
  return {
    tickvals: [...round.map(tone), ...(cut ? [end] : [])],
    ticktext: [...round.map(format), ...(cut ? [`${objective.better === 'lower' ? '≥' : '≤'} ${format(ends[1])}`] : [])],
  };
}

function evenly(low: number, high: number): readonly number[] {
  const { ticks } = linearScale(high - low, String);
  const step = ticks[1]?.value ?? 1;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Zero and whole decades; between them too where there are few. */
function decades(low: number, high: number, linear: number): readonly number[] {
  const whole = symlogScale([low, high], linear, String).ticks.map(({ value }) => value);
  return low >= 0 && high < 1000 * linear ? [...new Set([...whole, ...decadeTicks(Math.max(low, linear), high)])].sort((a, b) => a - b) : whole;
}
