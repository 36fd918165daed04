/** Rows of a published table: the figure, ours with its band, the error in numbers and as a mark on a common scale. */
import { Fragment } from 'react';
import type { PublishedTable } from '../../../engine/protocol/published_tables.ts';
import { bandText, errorText, errorTone, figureText, oursText, printOf, summarise, type Print, type ShownRow, type ShownSection } from '../../state/published_comparison.ts';
import { Badge } from '../../widgets/badge.tsx';
import { ErrorScale, ErrorStrip, errorSpan, marksOf } from './error_strip.tsx';

interface ComparisonTableProps {
  readonly table: PublishedTable;
  readonly sections: readonly ShownSection[];
}

export function ComparisonTable({ table, sections }: ComparisonTableProps) {
  const span = errorSpan(sections.flatMap(({ rows }) => rows.flatMap(({ error }) => (error === undefined ? [] : [error]))));
  const columns = 5 + table.facts.length;
  const compared = sections.some(({ rows }) => rows.some(({ ours }) => ours !== undefined));
  const facts = table.facts.map((name, index) => ({ name, digits: digitsAt(sections, index) }));
  const own = table.releases.at(0)?.id ?? '';
  return (
    <div className="published-scroll">
      <table className="data-table published-rows" data-testid="published-rows">
        <caption className="visually-hidden">{table.title}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Row</span>
            </th>
            {table.facts.map((fact) => (
              <th key={fact} scope="col" className="is-number">
                {fact}
              </th>
            ))}
            <th scope="col" className="is-number">
              Published
            </th>
            {compared ? (
              <>
                <th scope="col" className="is-number">
                  Ours
                </th>
                <th scope="col" className="is-number">
                  Error
                </th>
                <th scope="col" className="published-strip">
                  <ErrorScale span={span} />
                </th>
              </>
            ) : (
              <th scope="col" colSpan={3} className="published-reason">
                Ours
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {sections.map((section) => (
            <Fragment key={section.id}>
              <SectionHead section={section} columns={columns} />
              {section.rows.map((row) => (
                <Row key={row.id} row={row} print={printOf(section.unit, section.rows.map(({ published }) => published))} facts={facts} source={table.source} own={own} span={span} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FactColumn {
  readonly name: string;
  readonly digits: number;
}

/** Numbers of one column are printed with the same digits. */
function digitsAt(sections: readonly ShownSection[], index: number): number {
  return printOf('', sections.flatMap(({ rows }) => rows.map(({ facts }) => facts.at(index))).map((fact) => (typeof fact === 'number' ? fact : undefined))).digits;
}

function SectionHead({ section: { label, unit, rows, note }, columns }: { readonly section: ShownSection; readonly columns: number }) {
  const { compared, mean } = summarise(rows);
  return (
    <tr className="published-section">
      <th scope="rowgroup" colSpan={columns}>
        {label} <small>{note === undefined ? unit : `${unit}, ${note}`}</small>
        {compared > 1 && <small className="published-section-error">mean error {(100 * mean).toFixed(1)} %</small>}
      </th>
    </tr>
  );
}

interface RowProps {
  readonly row: ShownRow;
  readonly print: Print;
  readonly facts: readonly FactColumn[];
  /** Of the table; a row with another one says so. */
  readonly source: string;
  readonly own: string;
  readonly span: number;
}

function Row({ row, print, facts, source, own, span }: RowProps) {
  const { id, label, published, published_reason: why, before, note } = row;
  return (
    <tr data-testid={`published-row-${id}`} data-error={row.error}>
      <td className="published-label">
        {label}
        {row.basis === 'tuned' && (
          <>
            {' '}
            <Badge text="tuned" />
          </>
        )}
        {note !== undefined && <small>{note}</small>}
      </td>
      {facts.map(({ name, digits }, index) => (
        <td key={name} className="is-number">
          {factText(row.facts.at(index), digits)}
        </td>
      ))}
      <td className="is-number" title={row.source === source ? undefined : row.source}>
        {before !== undefined && (
          <span className="published-before" title={`${own}: ${figureText(before, print)}`}>
            {figureText(before, print)} →{' '}
          </span>
        )}
        {published === undefined ? (
          <span className="muted" title={why}>
            {why === undefined ? '–' : 'not measured'}
          </span>
        ) : (
          figureText(published, print)
        )}
      </td>
      <Ours row={row} print={print} span={span} />
    </tr>
  );
}

/** Our figure, its error and its mark, or in their place why there is none. */
function Ours({ row, print, span }: { readonly row: ShownRow; readonly print: Print; readonly span: number }) {
  const { ours, error, reason, provenance } = row;
  if (ours === undefined) {
    return (
      <td colSpan={3} className="published-reason muted">
        {reason}
      </td>
    );
  }
  const band = bandText(row, print);
  return (
    <>
      <td className="is-number" title={provenance === undefined ? undefined : `${provenance.kind}: ${provenance.source}`}>
        {band !== undefined && <span className="published-band">{band}</span>}
        <span className={provenance?.kind === 'exact' ? '' : 'estimated'}>{oursText(ours, print)}</span>
      </td>
      <td className={`is-number ${error === undefined ? '' : `error-${errorTone(error)}`}`}>{error === undefined ? <span className="muted">–</span> : errorText(error)}</td>
      <td className="published-strip">
        <ErrorStrip marks={marksOf(row)} span={span} label={error === undefined ? 'No error known' : errorText(error)} />
      </td>
    </>
  );
}

function factText(fact: string | number | undefined, digits: number): string {
  return typeof fact === 'number' ? fact.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }) : (fact ?? '');
}
