/** Axes: round ticks, and a scale that is linear near zero and logarithmic beyond, for scores over many decades. */

export interface Scale {
  /** From a value to a place on the axis, in axis units. */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  readonly smallest: number;
  readonly largest: number;
  readonly logarithmic: boolean;
}

/** A linear axis from 0 to at least `largest`, with three to six round ticks. */
export function linearScale(largest: number, format: (value: number) => string): Scale {
  const step = roundStep(largest);
  const top = largest > 0 ? Math.max(largest, Math.floor(largest / step) * step) : 1;
  const ticks = [];
  for (let i = 0; i * step <= top * (1 + 1e-9); i++) {
    const value = Number((i * step).toPrecision(12));
    ticks.push({ value, label: format(value) });
  }
  return { place: (value) => value, ticks, smallest: 0, largest: top, logarithmic: false };
}

/** sign(v) * log10(1 + |v| / linear): zero stays zero, and far beyond `linear` it is a logarithm. */
export function symlog(value: number, linear: number): number {
  return Math.sign(value) * Math.log10(1 + Math.abs(value) / linear);
}

/** A symmetric-logarithmic axis over the values, ticks at zero and at whole decades. */
export function symlogScale(values: readonly number[], linear: number, format: (value: number) => string): Scale {
  const largest = decadeAbove(Math.max(linear, ...values), linear);
  const low = Math.min(0, ...values);
  const smallest = low < 0 ? -decadeAbove(-low, linear) : 0;
  const ticks = [{ value: 0, label: '0' }];
  const spacing = Math.ceil(Math.log10(largest / linear) / 6) || 1;
  // The first of many decades would stand on the label of zero.
  for (let power = Math.round(Math.log10(linear)) + (spacing > 1 ? 1 : 0); 10 ** power <= largest * (1 + 1e-9); power += spacing) {
    const value = Number((10 ** power).toPrecision(12));
    ticks.push({ value, label: format(value) });
    if (smallest < 0 && -value >= smallest * (1 + 1e-9)) ticks.unshift({ value: -value, label: format(-value) });
  }
  return { place: (value) => symlog(value, linear), ticks, smallest, largest, logarithmic: true };
}

/** Ticks of a plain logarithmic axis at 1, 2 and 5 times the powers of ten between two positive values. */
export function decadeTicks(low: number, high: number): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (const lead of [1, 2, 5]) {
      const value = Number((lead * 10 ** power).toPrecision(12));
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

/** Where a logarithmic axis should turn linear: the decade below a low quantile of the positive values. */
export function linearThreshold(values: Iterable<number>, quantile = 0.05): number {
  const positive = [...values].filter((value) => value > 0).sort((a, b) => a - b);
  if (positive.length === 0) return 1;
  return decadeBelow(positive[Math.floor(quantile * (positive.length - 1))]);
}

/** True where the positive values span more than a hundredfold. */
export function spansDecades(values: Iterable<number>): boolean {
  const positive = [...values].filter((value) => value > 0);
  return positive.length > 1 && Math.max(...positive) > 100 * Math.min(...positive);
}

function decadeAbove(value: number, least: number): number {
  return Math.max(10 ** Math.ceil(Math.log10(value) - 1e-9), least);
}

function decadeBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value) + 1e-9);
}

function roundStep(largest: number): number {
  if (!(largest > 0)) return 1;
  const rough = largest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead >= 5 ? 5 : lead >= 2.5 ? 2.5 : lead >= 2 ? 2 : 1) * power;
}
