/** The frontier's figures as a table: its twin for those who do not read plots. */
import { sweptSide } from '../../state/derived_frontier.ts';
import { shownUnit } from '../../state/derived_layers.ts';
import { setLimit } from '../../state/document_store.ts';
import { formatPercent, formatValue, formatWithUnit } from '../../state/format.ts';
import type { FrontierModel } from './frontier_model.ts';
import '../../widgets/data_table.css';

export function PointTable({ model }: { readonly model: FrontierModel }) {
  const { over, objective, points, within } = model;
  const unit = (text: string): string => (shownUnit(text) === '' ? '' : `, ${text}`);
  return (
    <div className="table-scroll" data-testid="frontier-table">
      <table className="data-table">
        <caption className="visually-hidden">
          The best {objective.label} at each level of {over.label}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="is-number">
              Limit {sweptSide(over) === 'min' ? '≥' : '≤'}
              {unit(over.unit)}
            </th>
            <th scope="col" className="is-number">
              {over.label}
              {unit(over.unit)}
            </th>
            <th scope="col" className="is-number">
              {objective.label}
            </th>
            <th scope="col">Certainty</th>
            <th scope="col">Limits</th>
            <th scope="col">
              <span className="visually-hidden">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.id}>
              <td className="is-number">{formatValue(point.level, over.unit)}</td>
              <td className="is-number">{formatValue(point.x, over.unit)}</td>
              <td className="is-number">{formatValue(point.y, objective.unit)}</td>
              <td>{point.proven ? 'proven' : `within ${formatPercent(point.gap, 2)}`}</td>
              <td>{within.has(point.id) ? 'met' : 'not met'}</td>
              <td>
                <button
                  type="button"
                  className="link-button"
                  aria-label={`Set the limit to ${formatWithUnit(point.level, over.unit)}`}
                  onClick={() => setLimit(over.id, sweptSide(over), point.level)}
                >
                  Set limit
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
