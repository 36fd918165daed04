/** The frontier's figures as a table: its twin for those who do not read plots. */
import { sweptSide } from '../../state/derived_frontier.ts';
import { shownUnit } from '../../state/derived_layers.ts';
import { setLimit } from '../../state/document_store.ts';
import { formatValue, formatWithUnit } from '../../state/format.ts';
import type { FrontierModel } from './frontier_model.ts';
import { gapText } from './gap_text.ts';
import { tableRows } from './point_rows.ts';
import '../../widgets/data_table.css';

export function PointTable({ model }: { readonly model: FrontierModel }) {
  const { over, objective } = model;
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
              {unit(objective.unit)}
            </th>
            <th scope="col">Certainty</th>
            <th scope="col">On the frontier</th>
            <th scope="col" className="is-number">
              Above relaxation
            </th>
            <th scope="col">Limits</th>
            <th scope="col">
              <span className="visually-hidden">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tableRows(model).map((row) => (
            <tr key={row.id} className={row.place === 'yes' ? '' : 'is-faint'} data-place={row.place} data-level={row.level} data-value={row.y}>
              <td className="is-number">{formatValue(row.level, over.unit)}</td>
              <td className="is-number">{row.x === undefined ? '–' : formatValue(row.x, over.unit)}</td>
              <td className="is-number">{row.y === undefined ? '–' : formatValue(row.y, objective.unit)}</td>
              <td>{row.certainty}</td>
              <td>{PLACES[row.place]}</td>
              <td className="is-number">{row.aboveRelaxation === undefined ? '–' : gapText(row.aboveRelaxation)}</td>
              <td>{row.within === undefined ? '–' : row.within ? 'met' : 'not met'}</td>
              <td>
                {row.x !== undefined && (
                  <button
                    type="button"
                    className="link-button"
                    aria-label={`Set the limit to ${formatWithUnit(row.level, over.unit)}`}
                    onClick={() => setLimit(over.id, sweptSide(over), row.level)}
                  >
                    Set limit
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const PLACES = { yes: 'yes', repeated: 'same child again', dominated: 'dominated', none: 'no child' } as const;
