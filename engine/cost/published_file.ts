/**
 * Reads a table of published figures: comma-separated with one header line, after RFC 4180 (either line end, quoted cells
 * that may hold commas, line ends and doubled quotes).
 */
import { badInput } from '../protocol/errors.ts';
import type { PublishedRow } from './published_rows.ts';

/** Without these nothing can be predicted; `source` and `batch` may be missing, and there may be others. */
const NEEDED = ['model', 'hardware', 'dtype', 'tp', 'isl', 'osl', 'metric', 'value', 'unit'];
const HINT = 'A table of published figures has the columns source, model, hardware, dtype, tp, isl, osl, batch, metric, value, unit.';
/** Far more than all tables ever published. */
const MAX_BYTES = 64 * 2 ** 20;

export interface PublishedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** @throws WorkbenchError `bad_input` naming the line, or the columns that are missing. */
export function readPublishedFile({ path, bytes }: PublishedFile): PublishedRow[] {
  if (bytes.length > MAX_BYTES) throw badInput(path, '', 'at most 64 MiB', `${Math.ceil(bytes.length / 2 ** 20)} MiB`, HINT);
  const [header, ...records] = recordsOf(path, textOf(path, bytes));
  if (header === undefined) throw badInput(path, '', 'a header line', 'an empty file', HINT);
  const columns = header.cells.map((name) => name.trim().toLowerCase());
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw badInput(path, `line ${header.line}`, `the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}`, columns.join(', '), HINT);
  }
  const twice = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index);
  if (twice !== undefined) throw badInput(path, `line ${header.line}`, 'every column once', `"${twice}" twice`, HINT);
  return records.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      throw badInput(path, `line ${line}`, `${columns.length} cells as in the header`, String(cells.length), 'Quote cells that hold commas: "like, this".');
    }
    return Object.fromEntries(columns.map((name, index) => [name, (cells[index] ?? '').trim()]));
  });
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput(path, '', 'text in UTF-8', 'other bytes', HINT);
  }
}

interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Up to the next comma or line end; a quoted cell with its quotes. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** Blank lines are left out. */
function recordsOf(path: string, text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let begins = 1;
  for (let at = 0; at < text.length || cells.length > 0; ) {
    CELL.lastIndex = at;
    const match = CELL.exec(text);
    if (match === null) throw badInput(path, `line ${line}`, 'cells set off by commas', 'a double quote out of place', 'Quote a whole cell and double the quotes inside: "like ""this""".');
    const [all, quoted, plain = '', end = ''] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += all.length;
    line += all.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',') continue;
    if (cells.length > 1 || cells[0]?.trim() !== '') records.push({ line: begins, cells });
    cells = [];
    begins = line;
  }
  return records;
}
