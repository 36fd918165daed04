/** Plain-text tables: columns as wide as their widest cell, numbers to the right. */

const figure = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });
const roughly = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const coarse = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** To six decimals. */
export function exact(value: number): string {
  return figure.format(value);
}

/** To four digits. */
export function rough(value: number): string {
  return roughly.format(value);
}

/** Times, to a tenth of a millisecond. */
export function milliseconds(value: number): string {
  return `${coarse.format(value)} ms`;
}

/** With its sign, as changes are written. */
export function change(value: number): string {
  return value > 0 ? `+${rough(value)}` : rough(value);
}

/** Lines under a heading line, two spaces in; a column with no digits in any of its cells is set to the left. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, c) => Math.max(...all.map((row) => row[c]?.length ?? 0)));
  const right = header.map((_, c) => rows.length > 0 && rows.every((row) => /^([-+~]?[\d.,]|$)/.test(row[c] ?? '')));
  return all.map((row) =>
    `  ${row.map((cell, c) => (right[c] === true ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0))).join('  ')}`.trimEnd(),
  );
}
