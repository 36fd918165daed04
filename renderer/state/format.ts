/** How numbers are written on screen: four significant figures, thousands grouped, units apart. */
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A total in its unit, such as `79,994.6` for MiB; large parameter counts become `51.50 B`. */
export function formatValue(value: number, unit: string): string {
  // The sign of a difference, so that both line up.
  if (value < 0) return `−${formatValue(-value, unit)}`;
  if (unit === 'params' || unit === 'parameters') return formatCount(value);
  const size = Math.abs(value);
  if (size >= 1_000_000) return whole.format(value);
  if (size >= 100) return grouped.format(value);
  if (size === 0) return '0';
  return String(Number(value.toPrecision(4)));
}

export function formatCount(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(2)} B`;
  // Children of a small parent differ in the third digit.
  if (size >= 1e6) return `${(value / 1e6).toFixed(size >= 1e7 ? 1 : 2)} M`;
  return whole.format(value);
}

/** With its unit; parameter counts need none. */
export function formatWithUnit(value: number, unit: string): string {
  const text = formatValue(value, unit);
  return unit === '' || unit === 'params' || unit === 'parameters' ? text : `${text} ${unit}`;
}

/** A difference with its sign. */
export function formatDelta(value: number, unit: string): string {
  if (value === 0) return '±0';
  return `${value > 0 ? '+' : '−'}${formatValue(Math.abs(value), unit)}`;
}

export function formatPercent(fraction: number, digits = 1): string {
  return `${(fraction * 100).toFixed(digits)} %`;
}
