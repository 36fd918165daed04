/** A table as a file holds it, before anybody knows what it measures, and reading its cells with the place in every error. */
import { badInput } from '../../protocol/errors.ts';

export interface RawTable {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** What the file calls row `index` (from 0), such as `row 3` or `line 4`. */
  readonly rowName: (index: number) => string;
}

/** Sizes beyond this are damage, not kernels: 2 to the power of 40. */
const MAX_COUNT = 2 ** 40;

/** The text in a cell; undefined where the column is absent or the cell empty. */
export function textAt({ rows }: RawTable, index: number, column: string): string | undefined {
  const value = rows[index]?.[column];
  if (value === undefined || value === null || value === '') return undefined;
  return String(value).trim();
}

/** A whole number of at least `least`. @throws WorkbenchError `bad_input` */
export function countAt(table: RawTable, index: number, column: string, least = 1): number {
  const value = numberIn(table.rows[index]?.[column]);
  if (Number.isSafeInteger(value) && value >= least && value <= MAX_COUNT) return value;
  throw cellError(table, index, column, `a whole number from ${least}`, 'Correct or remove the row, or write the table again.');
}

/** A number above zero. @throws WorkbenchError `bad_input` */
export function positiveAt(table: RawTable, index: number, column: string): number {
  const value = numberIn(table.rows[index]?.[column]);
  if (Number.isFinite(value) && value > 0) return value;
  throw cellError(table, index, column, 'a time above zero', 'Remove rows of failed measurements, or write the table again.');
}

export function cellError(table: RawTable, index: number, column: string, expected: string, hint: string): Error {
  return badInput(table.file, `${table.rowName(index)}, column ${column}`, expected, describe(table.rows[index]?.[column]), hint);
}

/** NaN for anything that is no number. */
function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value)) return Number(value);
  return Number.NaN;
}

function describe(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
