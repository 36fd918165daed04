/** Numbers of the training screen: typed ones, durations, losses. */
import { parseNumber } from './number_text.ts';

/** As a field shows a large count: `131,072`. */
export function freeNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

export type Read<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'wrong'; readonly why: string };

/** A whole number from `least` on; `131k` and `2 M` are understood. */
export function readCount(text: string, least: number, most = Number.MAX_SAFE_INTEGER): Read<number> {
  const parsed = parseNumber(text, '');
  if (parsed.kind !== 'ok') return { kind: 'wrong', why: parsed.why };
  const value = Number(parsed.value.toPrecision(15));
  if (Number.isInteger(value) && value >= least && value <= most) return { kind: 'ok', value };
  return { kind: 'wrong', why: `Type a whole number from ${freeNumber(least)}${most === Number.MAX_SAFE_INTEGER ? ' on' : ` to ${freeNumber(most)}`}.` };
}

export function readNumber(text: string, accepts: (value: number) => boolean, wanted: string): Read<number> {
  const parsed = parseNumber(text, '');
  if (parsed.kind !== 'ok') return { kind: 'wrong', why: parsed.why };
  return accepts(parsed.value) ? { kind: 'ok', value: parsed.value } : { kind: 'wrong', why: `Type ${wanted}.` };
}

/** Whole numbers with commas or spaces between them. */
export function readCounts(text: string): Read<readonly number[]> {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const wrong = parts.find((part) => !/^[1-9]\d*$/.test(part));
  if (wrong !== undefined) return { kind: 'wrong', why: `"${wrong}" is not a whole number from 1 on.` };
  return { kind: 'ok', value: [...new Set(parts.map(Number))].sort((a, b) => b - a) };
}

/** `8 s`, `1 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 1) return seconds <= 0 ? '0 s' : '< 1 s';
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 || minutes >= 10 ? `${Math.round(whole / 60)} min` : `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(whole / 3600);
  const rest = Math.round((whole % 3600) / 60);
  return rest === 0 || rest === 60 ? `${hours + rest / 60} h` : `${hours} h ${rest} min`;
}

/** A forecast: coarser the farther away, so that it does not jump about. */
export function forecastText(seconds: number): string {
  if (seconds < 5) return 'a few seconds';
  const grain = seconds < 60 ? 5 : seconds < 600 ? 10 : seconds < 3600 ? 60 : 300;
  return durationText(Math.round(seconds / grain) * grain);
}

/** Losses, divergences, times: three significant digits. */
export function figureText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e5) return value.toExponential(1).replace('e+', 'e').replaceAll('-', '−');
  return (size >= 100 ? freeNumber(Math.round(value)) : value.toPrecision(3)).replace('-', '−');
}

/** A round value on a scale: `0.01`. */
export function tickText(value: number): string {
  return value < 1e-4 ? value.toExponential(0).replace('-', '−') : freeNumber(value);
}

/** LM losses stand beside each other, where the third decimal tells them apart. */
export function natsText(value: number): string {
  return value.toFixed(3);
}

/** `−12 %`, `+3.4 %`, `±0 %`; beyond ten times as much, `34 ×`. */
export function differenceText(fraction: number): string {
  const percent = 100 * fraction;
  if (fraction >= 9) return `${freeNumber(Math.round(1 + fraction))} ×`;
  const size = Math.abs(percent);
  if (size < 0.05) return '±0 %';
  return `${percent > 0 ? '+' : '−'}${size >= 10 ? size.toFixed(0) : size.toFixed(1)} %`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 2 ** 30) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
