/** Totals of two children and what lies between them. */
import { verdict, type TotalRow } from '../../state/derived_diff.ts';
import { shownUnit } from '../../state/derived_layers.ts';
import { formatDelta, formatPercent, formatValue } from '../../state/format.ts';

interface TotalsTableProps {
  readonly rows: readonly TotalRow[];
  readonly nameA: string;
  readonly nameB: string;
}

/** From this multiple on a change is said as one: +1342.8 % takes counting. */
const MULTIPLE = 9;

function shareText(fraction: number): string {
  if (fraction >= MULTIPLE) return `${(1 + fraction).toFixed(1)} ×`;
  return `${fraction > 0 ? '+' : '−'}${formatPercent(Math.abs(fraction))}`;
}

export function TotalsTable({ rows, nameA, nameB }: TotalsTableProps) {
  return (
    <table className="data-table compare-totals" data-testid="compare-totals">
      <caption className="visually-hidden">
        Totals of {nameA} and {nameB}
      </caption>
      <thead>
        <tr>
          <th scope="col">Total</th>
          <th scope="col" className="is-number">
            {nameA}
          </th>
          <th scope="col" className="is-number">
            {nameB}
          </th>
          <th scope="col" className="is-number">
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} data-testid={`compare-total-${row.id}`}>
            <th scope="row">
              {row.label}
              {shownUnit(row.unit) !== '' && <small> {row.unit}</small>}
            </th>
            <td className={`is-number ${row.estimated ? 'estimated' : ''}`}>{formatValue(row.a, row.unit)}</td>
            <td className={`is-number ${row.estimated ? 'estimated' : ''}`}>{formatValue(row.b, row.unit)}</td>
            <td className={`is-number is-${verdict(row)}`}>
              {formatDelta(row.delta, row.unit)}
              {row.fraction !== undefined && row.delta !== 0 && (
                <small>
                  {' '}
                  {shareText(row.fraction)}
                </small>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
