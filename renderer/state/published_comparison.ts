/** Published tables as they are looked at: the rows of one release, errors in sum, figures as text, and a CSV. */
import type { PublishedRow, PublishedSection, PublishedTable } from '../../engine/protocol/published_tables.ts';
import { formatValue } from './format.ts';

export interface ShownRow extends PublishedRow {
  /** The table's own figure, where another release's is shown. */
  readonly before: number | undefined;
}

export interface ShownSection extends Omit<PublishedSection, 'rows'> {
  readonly rows: readonly ShownRow[];
  /** What every one of its rows notes; then the rows themselves have no note. */
  readonly note: string | undefined;
}

/** The release that `table` is shown under: the wanted one where it has that, else its own. */
export function releaseOf({ releases }: PublishedTable, wanted: string | undefined): string | undefined {
  return releases.find(({ id }) => id === wanted)?.id ?? releases.at(0)?.id;
}

/** Its sections with the rows of one release, narrowed to one tag where there is such a section. */
export function shownSections(table: PublishedTable, wanted: string | undefined, tag: string | undefined): readonly ShownSection[] {
  const release = releaseOf(table, wanted);
  const own = table.releases.at(0)?.id;
  const narrowed = table.sections.some((section) => section.tag === tag) ? tag : undefined;
  return table.sections
    .filter((section) => narrowed === undefined || section.tag === narrowed)
    .map((section) => {
      const rows = section.rows.filter((row) => row.release === undefined || row.release === release);
      const [first] = rows;
      const note = rows.length > 1 && rows.every((row) => row.note === first?.note) ? first?.note : undefined;
      return {
        ...section,
        note,
        rows: rows.map(({ note: ownNote, ...row }) => ({
          ...row,
          ...(note === undefined && ownNote !== undefined && { note: ownNote }),
          before: release === own || row.release === undefined ? undefined : ownFigure(section, row),
        })),
      };
    });
}

/** A row of another release is named `<id>@<release>`. */
function ownFigure({ rows }: PublishedSection, row: PublishedRow): number | undefined {
  const id = row.id.slice(0, row.id.lastIndexOf('@'));
  return rows.find((candidate) => candidate.id === id)?.published;
}

/** Tags of a table's sections, each once; fewer than two are nothing to choose from. */
export function tagsOf({ sections }: PublishedTable): readonly string[] {
  const tags = [...new Set(sections.flatMap(({ tag }) => (tag === undefined ? [] : [tag])))];
  return tags.length > 1 ? tags : [];
}

export interface ErrorSummary {
  /** Rows with both figures, and all rows. */
  readonly compared: number;
  readonly rows: number;
  /** Geometric mean of ours / published. */
  readonly geomean: number;
  /** Of |ours / published - 1|. */
  readonly mean: number;
  readonly worst: PublishedRow | undefined;
}

export function summarise(rows: readonly PublishedRow[]): ErrorSummary {
  const compared = rows.filter((row): row is PublishedRow & { readonly error: number } => row.error !== undefined);
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    compared: compared.length,
    rows: rows.length,
    geomean: Math.exp(average(compared.map(({ error }) => Math.log(Math.max(1 + error, 1e-12))))),
    mean: average(compared.map(({ error }) => Math.abs(error))),
    worst: compared.reduce<(typeof compared)[number] | undefined>((worst, row) => (worst === undefined || Math.abs(row.error) > Math.abs(worst.error) ? row : worst), undefined),
  };
}

/** How a column of figures is printed: its unit, and the most digits behind the point that any published one has. */
export interface Print {
  readonly unit: string;
  readonly digits: number;
}

const SCORES = ['%', 'of 10', 'of 100'];

export function printOf(unit: string, published: readonly (number | undefined)[]): Print {
  return { unit, digits: Math.max(0, ...published.map((value) => String(value ?? '').split('.').at(1)?.length ?? 0)) };
}

/** A figure as tables print it: ratios with two digits, scores all with the same, counts in full. */
export function figureText(value: number, { unit, digits }: Print): string {
  if (unit === '×') return value.toFixed(2);
  if (SCORES.includes(unit)) return value.toFixed(digits);
  if (unit === 'parameters' || unit === 'tokens') return Math.round(value).toLocaleString('en-US');
  if (unit === 'MiB') return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : formatValue(value, unit);
}

/** Ours with one digit more than scores without any, so that an error shows. */
export function oursText(value: number, print: Print): string {
  return figureText(value, { ...print, digits: Math.max(1, print.digits) });
}

/** `+14.1 %`, with a real minus. */
export function errorText(error: number): string {
  const percent = Math.abs(100 * error).toFixed(1);
  return percent === '0.0' ? '0.0 %' : `${error > 0 ? '+' : '−'}${percent} %`;
}

/** How far our figure may be off: `±8 %`, or its ends where they lie unevenly; undefined where it is exact or has no band. */
export function bandText({ ours, low, high }: PublishedRow, print: Print): string | undefined {
  if (ours === undefined || low === undefined || high === undefined || (low === ours && high === ours)) return undefined;
  const [below, above] = [1 - low / ours, high / ours - 1];
  return Math.abs(below - above) < 0.005 ? `±${Math.round(100 * above)} %` : `${oursText(low, print)} – ${oursText(high, print)}`;
}

/** How bad an error is, for a colour beside its number: within 10 %, within 20 %, beyond. */
export function errorTone(error: number): 'close' | 'off' | 'far' {
  const size = Math.abs(error);
  return size <= 0.1 ? 'close' : size <= 0.2 ? 'off' : 'far';
}

const CSV_HEAD = ['section', 'row', 'unit', 'published', 'ours', 'low', 'high', 'error', 'reason', 'release', 'source', 'provenance', 'note'];

/** What is shown of a table, numbers in full. */
export function tableCsv(table: PublishedTable, sections: readonly ShownSection[]): string {
  const lines: (readonly (string | number | undefined)[])[] = [[...CSV_HEAD.slice(0, 2), ...table.facts, ...CSV_HEAD.slice(2)]];
  for (const { label, unit, rows, note } of sections) {
    for (const row of rows) {
      lines.push([
        label,
        row.label,
        ...table.facts.map((_, index) => row.facts.at(index)),
        unit,
        row.published,
        row.ours,
        row.low,
        row.high,
        row.error,
        row.reason ?? row.published_reason,
        table.releases.find(({ id }) => id === row.release)?.label,
        row.source,
        row.provenance === undefined ? undefined : `${row.provenance.kind}: ${row.provenance.source}`,
        row.note ?? note,
      ]);
    }
  }
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

/** Quoted where needed (RFC 4180); text that a spreadsheet would take for a formula gets an apostrophe. */
function csvField(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
