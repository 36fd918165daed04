/**
 * CSV as spreadsheets and data frames read it (RFC 4180: CRLF, quotes doubled). The standard has no comments and
 * readers disagree about them, so that provenance stands in columns at the end, the same in every row: it survives
 * sorting, filtering and joining, and a file needs no special reader.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { Table } from '../protocol/api.ts';

/**
 * The text of `table`, with one more column for every entry of `provenance`. Numbers keep full precision. Text that
 * a spreadsheet would run as a formula gets an apostrophe in front. Throws `bad_input` where a row has another
 * length than the header.
 */
export function toCsv(table: Table, provenance: Readonly<Record<string, string>> = {}): string {
  const extraNames = Object.keys(provenance);
  const extraValues = Object.values(provenance);
  const lines = [[...table.header, ...extraNames].map(cell).join(',')];
  for (const [index, row] of table.rows.entries()) {
    if (row.length !== table.header.length) {
      throw new WorkbenchError('bad_input', `Row ${index + 1} has ${row.length} cells, the header ${table.header.length}.`);
    }
    lines.push([...row, ...extraValues].map(cell).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** What makes Excel, LibreOffice and Google Sheets take a cell for a formula. */
const FORMULA_START = /^[=+\-@\t\r\n]/;
const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA_START.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
