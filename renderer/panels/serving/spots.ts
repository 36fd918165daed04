/** Points of a plot that can be pointed at, and the way from one to the next by keyboard. */

/** A point that can be pointed at, in places on the axes. */
export interface Spot {
  /** What its trace carries as `customdata`. */
  readonly id: string;
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/** Along the line, or to the nearest point of the next one. */
export function nextSpot(spots: readonly Spot[], active: Spot | undefined, key: string): Spot | undefined {
  const lines = [...new Set(spots.map(({ line }) => line))];
  if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key)) return undefined;
  if (active === undefined) return spots[0];
  const along = spots.filter(({ line }) => line === active.line).toSorted((a, b) => a.x - b.x);
  const at = along.findIndex(({ id }) => id === active.id);
  const place = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: along.length - 1 }[key];
  if (place !== undefined) return along[Math.min(along.length - 1, Math.max(0, place))];
  const step = key === 'ArrowUp' ? -1 : 1;
  const line = lines[(lines.indexOf(active.line) + step + lines.length) % lines.length];
  return spots.filter((spot) => spot.line === line).toSorted((a, b) => Math.abs(a.x - active.x) - Math.abs(b.x - active.x))[0];
}
