/** Numbers that people type and drag: reading them with grouping and suffixes, writing them back, and round steps. */
import { formatCount } from './format.ts';

export type Parsed = { readonly kind: 'ok'; readonly value: number } | { readonly kind: 'invalid'; readonly why: string };

const SUFFIXES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, b: 1e9, t: 1e12 };
/** Units that convert into one another. */
const FAMILIES: readonly Readonly<Record<string, number>>[] = [
  { b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  { µs: 1e-3, us: 1e-3, ms: 1, s: 1e3 },
];
const GROUPING = /[\s\u00a0\u202f_']/g;

/** Reads `80 000`, `80,000`, `80k`, `51.5 B` or, where the unit has others beside it, `78 GiB` as a number of `unit`. */
export function parseNumber(text: string, unit: string): Parsed {
  const match = /^([-−+]?[\d.,\s\u00a0\u202f_']*\d[.]?(?:e[-+]?\d+)?)\s*([^\d\s].*)?$/i.exec(text.trim());
  if (match === null) return invalid(text.trim() === '' ? 'Type a number.' : `"${text.trim()}" is not a number.`);
  const digits = match[1].replace('−', '-').replace(GROUPING, '');
  if (digits.includes(',') && !/^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(digits)) {
    return invalid('Write decimals with a point, such as 1.5; commas only group thousands.');
  }
  const number = Number(digits.replaceAll(',', ''));
  if (!Number.isFinite(number)) return invalid(`"${match[1].trim()}" is not a number.`);
  const factor = factorOf(match[2]?.trim() ?? '', unit);
  return factor === undefined
    ? invalid(`"${match[2].trim()}" is not understood here; the unit is ${unit === '' ? 'a plain number' : unit}.`)
    : { kind: 'ok', value: number * factor };
}

function factorOf(written: string, unit: string): number | undefined {
  const name = written.toLowerCase();
  if (name === '' || name === unit.toLowerCase()) return 1;
  const family = FAMILIES.find((units) => unit.toLowerCase() in units);
  if (family !== undefined && name in family) return family[name] / family[unit.toLowerCase()];
  // "78 G" of a quantity in MiB would be a thousandfold off what is meant.
  if (family !== undefined && name !== 'k') return undefined;
  const [suffix, rest] = [name[0], name.slice(1).trim()];
  return suffix in SUFFIXES && (rest === '' || rest === unit.toLowerCase()) ? SUFFIXES[suffix] : undefined;
}

function invalid(why: string): Parsed {
  return { kind: 'invalid', why };
}

/** As a field shows it: grouped, to seven significant digits, so that reading it back changes nothing visible. */
export function numberText(value: number, unit: string): string {
  const rounded = Number(value.toPrecision(7));
  if ((unit === 'params' || unit === 'parameters') && Math.abs(value) >= 1e6) return parametersText(rounded);
  return Math.abs(rounded) >= 1e15 || (rounded !== 0 && Math.abs(rounded) < 1e-6)
    ? String(rounded)
    : rounded.toLocaleString('en-US', { maximumSignificantDigits: 7 });
}

/** As they are shown elsewhere where that says all of it, else with the digits that are missing: `51.50 B`, `1.618304 M`. */
function parametersText(value: number): string {
  const short = formatCount(value);
  const read = parseNumber(short, 'parameters');
  if (read.kind === 'ok' && Number(read.value.toPrecision(7)) === value) return short;
  const [size, suffix] = Math.abs(value) >= 1e9 ? [1e9, 'B'] : [1e6, 'M'];
  return `${Number((value / size).toPrecision(7))} ${suffix}`;
}

/** The largest of 1, 2, 5 times a power of ten that is not above `about`. */
export function niceStep(about: number): number {
  if (!(about > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(about));
  const lead = about / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

/** The multiple of `step` nearest to `value`, free of binary dust. */
export function snap(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toPrecision(12));
}

/** `value` to seven digits, rounded so that a limit there still admits what has exactly `value`. */
export function roundOutward(value: number, side: 'max' | 'min'): number {
  const plain = Number(value.toPrecision(7));
  if (side === 'max' ? plain >= value : plain <= value) return plain;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(plain))) - 6);
  return Number((plain + (side === 'max' ? step : -step)).toPrecision(7));
}
