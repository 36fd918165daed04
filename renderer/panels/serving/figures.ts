/** How computed figures are written: four significant digits at most, since more would claim what the model cannot know. */
const grouped = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const GB = 1e9;

export function figureText(value: number): string {
  return Math.abs(value) >= 1e4 ? whole.format(Number(value.toPrecision(4))) : grouped.format(value);
}

/** Milliseconds, as seconds from one second on. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${grouped.format(Number(ms.toPrecision(3)))} ms` : `${grouped.format(Number((ms / 1000).toPrecision(3)))} s`;
}

/** In 1e9 bytes, as devices are sold and configurations written; small amounts in smaller units. */
export function bytesText(bytes: number): string {
  const size = Math.abs(bytes);
  if (size >= 0.1 * GB || size === 0) return `${(bytes / GB).toFixed(1)} GB`;
  return size >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : size >= 100 ? `${(bytes / 1e3).toFixed(1)} kB` : `${whole.format(bytes)} B`;
}

/** Dollars per million tokens, down to a hundredth of a cent. */
export function priceText(dollars: number): string {
  return `$${dollars >= 1 ? dollars.toFixed(2) : dollars.toPrecision(3)}`;
}

export function countText(count: number): string {
  return whole.format(count);
}

/** `−8 to +12 %` of a band `{low: 0.92, high: 1.12}`. */
export function bandText({ low, high }: { readonly low: number; readonly high: number }): string {
  const [down, up] = [Math.round((1 - low) * 100), Math.round((high - 1) * 100)];
  return down === up ? `±${up} %` : `−${down} to +${up} %`;
}

/** `NVIDIA H100 SXM5` as people call it. */
export function deviceName(name: string): string {
  return name.replace(/^(NVIDIA|Google|AMD)\s+/, '');
}
