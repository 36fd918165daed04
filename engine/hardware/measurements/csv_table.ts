/** Comma-separated tables with one header line; quotes as in RFC 4180, lines that start with # are comments. */
import { badInput } from '../../protocol/errors.ts';
import { SUPPORTED_TABLES, checkRows, type MeasurementFile } from './measurement_file.ts';
import type { RawTable } from './raw_table.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A text without any of the `wanted` columns in its first line is returned without rows: it is some other table or none.
 * @throws WorkbenchError `bad_input` for a damaged table, naming the line
 */
export function readCsv({ path, bytes }: MeasurementFile, wanted: readonly string[]): RawTable {
  if (bytes.length === 0) throw badInput(path, '', 'a table', 'an empty file', SUPPORTED_TABLES);
  const zero = bytes.subarray(0, 4096).indexOf(0);
  if (zero >= 0) throw badInput(path, `byte ${zero}`, 'a Parquet file or text', 'other binary data', SUPPORTED_TABLES);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw badInput(path, '', 'text in UTF-8', 'bytes that are no UTF-8', SUPPORTED_TABLES);
  }
  const lines = text.split(/\r\n|\n|\r/);
  let columns: readonly string[] | undefined;
  const rows: Record<string, string>[] = [];
  const numbers: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const cells = cellsOf(line);
    if (cells === undefined) throw badInput(path, `line ${index + 1}`, 'a closing double quote', 'the end of the line', 'Quote a cell as "like ""this""".');
    if (columns === undefined) {
      columns = cells.map((name) => name.trim());
      if (!columns.some((name) => wanted.includes(name))) break;
      const twice = columns.find((name, c) => columns?.indexOf(name) !== c);
      if (twice !== undefined) throw badInput(path, `line ${index + 1}`, 'every column once', `${JSON.stringify(twice)} twice`, 'Rename or remove one of them.');
      continue;
    }
    if (cells.length !== columns.length) {
      throw badInput(path, `line ${index + 1}`, `${columns.length} cells as in the header`, String(cells.length), 'Quote cells that contain commas; an incomplete last line means that the file was cut off.');
    }
    rows.push(Object.fromEntries(columns.map((name, c) => [name, (cells[c] ?? '').trim()])));
    numbers.push(index + 1);
    checkRows(path, rows.length);
  }
  return { file: path, columns: columns ?? [], rows, rowName: (index) => `line ${numbers[index] ?? 0}` };
}

/** Undefined where a quote stays open. */
function cellsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (line.charAt(at) === '"') {
      const quoted = /"((?:[^"]|"")*)"/y;
      quoted.lastIndex = at;
      const match = quoted.exec(line);
      if (match === null) return undefined;
      cells.push((match[1] ?? '').replaceAll('""', '"'));
      at = quoted.lastIndex;
    }
    else {
      const end = line.indexOf(',', at);
      cells.push(line.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? line.length : end;
    }
    if (at >= line.length) return cells;
    if (line.charAt(at) !== ',') return undefined;
    at += 1;
  }
}
