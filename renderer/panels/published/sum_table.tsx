/** Errors of groups of rows in sum, with every row's error as a mark. */
import type { PublishedRow } from '../../../engine/protocol/published_tables.ts';
import { errorText, errorTone, summarise } from '../../state/published_comparison.ts';
import { ErrorScale, ErrorStrip, errorSpan, type Marked } from './error_strip.tsx';

export interface Sum {
  readonly id: string;
  readonly label: string;
  readonly facts: readonly (string | number)[];
  readonly rows: readonly PublishedRow[];
}

interface SumTableProps {
  readonly title: string;
  readonly head: string;
  readonly factHeads: readonly string[];
  readonly sums: readonly Sum[];
  readonly testId: string;
}

export function SumTable({ title, head, factHeads, sums, testId }: SumTableProps) {
  const span = errorSpan(sums.flatMap(({ rows }) => errorsOf(rows)));
  return (
    <table className="data-table published-sums" data-testid={testId}>
      <caption className="visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{head}</th>
          {factHeads.map((fact) => (
            <th key={fact} scope="col" className="is-number">
              {fact}
            </th>
          ))}
          <th scope="col" className="is-number">
            Rows
          </th>
          <th scope="col" className="is-number" title="Geometric mean of ours over published">
            Ours / published
          </th>
          <th scope="col" className="is-number">
            Mean error
          </th>
          <th scope="col" className="is-number">
            Worst
          </th>
          <th scope="col" className="published-strip">
            <ErrorScale span={span} />
          </th>
        </tr>
      </thead>
      <tbody>
        {sums.map(({ id, label, facts, rows }) => {
          const { compared, geomean, mean, worst } = summarise(rows);
          return (
            <tr key={id} data-testid={`published-sum-${id}`} data-mean={mean}>
              <td className="published-label">{label}</td>
              {factHeads.map((fact, index) => (
                <td key={fact} className="is-number">
                  {facts.at(index)}
                </td>
              ))}
              <td className="is-number">{compared}</td>
              <td className="is-number">{geomean.toFixed(2)}</td>
              <td className={`is-number error-${errorTone(mean)}`}>{(100 * mean).toFixed(1)} %</td>
              <td className="is-number" title={worst?.label}>
                {worst?.error === undefined ? '–' : errorText(worst.error)}
              </td>
              <td className="published-strip">
                <ErrorStrip marks={errorsOf(rows).map((error): Marked => ({ error }))} span={span} label={`${label}: every row`} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function errorsOf(rows: readonly PublishedRow[]): readonly number[] {
  return rows.flatMap(({ error }) => (error === undefined ? [] : [error]));
}
