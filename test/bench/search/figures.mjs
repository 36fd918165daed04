/** What is said of many times, and how they are written. */

/** The value below which `share` of the numbers lie. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export function spread(numbers) {
  if (numbers.length === 0) return undefined;
  return { p50: round(quantile(numbers, 0.5)), p95: round(quantile(numbers, 0.95)), max: round(Math.max(...numbers)) };
}

/** Three digits, and whole numbers above. */
export function round(value) {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
