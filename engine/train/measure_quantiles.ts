/** The middle and the spread of repeated readings, which single slow ones hardly move. */

/** @returns 0 of no readings */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The lower and the upper quartile. */
export function quartiles(values: readonly number[]): [lower: number, upper: number] {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}

/** Linear between the sorted readings, of which the first is at share 0 and the last at 1 (type 7 of Hyndman and Fan 1996). */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? 0;
  return below + (at - Math.floor(at)) * (above - below);
}
