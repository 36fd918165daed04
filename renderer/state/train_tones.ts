/** A logarithmic scale for a map: from its values to places between 0 and 1, with ticks at decades. */
import { decadeTicks } from './derived_scale.ts';

export interface ToneScale {
  readonly low: number;
  readonly high: number;
  /** 0 at `low` and below, 1 at `high` and above. */
  place(value: number): number;
  readonly ticks: readonly number[];
  /** Some values lie below `low`. */
  readonly cut: boolean;
}

/** More would make neighbours look the same. */
const MOST_DECADES = 5;
/** What this share of the values does not exceed may be cut off below. */
const FEW = 0.05;

/** @param within values that the scale reaches in any case, so that it stays put while others come in. */
export function toneScale(values: Iterable<number>, within: readonly number[] = []): ToneScale {
  const positive = [...values].filter((value) => value > 0).sort((a, b) => a - b);
  const reached = [...positive.slice(Math.floor(FEW * positive.length)), ...within];
  const top = decade(Math.max(...reached, Number.MIN_VALUE), Math.ceil);
  const high = reached.length === 0 ? 1 : top;
  const bottom = reached.length === 0 ? 0.1 : decade(Math.min(...reached), Math.floor);
  const low = Math.min(high / 10, Math.max(bottom, high / 10 ** MOST_DECADES));
  const span = Math.log10(high / low);
  return {
    low,
    high,
    place: (value) => (value <= low ? 0 : value >= high ? 1 : Math.log10(value / low) / span),
    ticks: decadeTicks(low * 0.999, high * 1.001).filter((tick) => /^1(?:e|$)|^0\.0*1$|^10*$/.test(String(tick))),
    cut: positive.some((value) => value < low),
  };
}

function decade(value: number, round: (power: number) => number): number {
  const power = Math.log10(value);
  const near = Math.round(power);
  return Number((10 ** (Math.abs(power - near) < 1e-9 ? near : round(power))).toPrecision(12));
}
