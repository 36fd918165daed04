/** The contour's figures as a table, a row per level of the second limit: its twin for those who do not read plots. */
import { formatValue } from '../../state/format.ts';
import type { ContourSpot } from '../../state/contour_grid.ts';
import { shownUnit } from '../../state/derived_layers.ts';
import { limitText } from './contour_card.tsx';
import { setBothLimits } from './contour_limits.ts';
import type { ContourAxis, ContourModel } from './contour_model.ts';
import { gapText } from './gap_text.ts';
import '../../widgets/data_table.css';

export function ContourTable({ model }: { readonly model: ContourModel }) {
  const { across, up, rows, objective } = model;
  return (
    <div className="table-scroll" data-testid="contour-table">
      <table className="data-table contour-table">
        <caption className="visually-hidden">
          The best {objective.label} by limits on {across.quantity.label} (columns) and {up.quantity.label} (rows)
        </caption>
        <thead>
          <tr>
            <th scope="col">
              {name(up)} \ {name(across)}
            </th>
            {across.levels.map((level) => (
              <th key={level} scope="col" className="is-number">
                {formatValue(level, across.quantity.unit)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={row[0].id}>
              <th scope="row" className="is-number">
                {formatValue(row[0].levels[1], up.quantity.unit)}
              </th>
              {row.map((spot) => (
                <td key={spot.id} className="is-number" data-kind={spot.kind} data-across={spot.levels[0]} data-up={spot.levels[1]} data-value={spot.solution?.objective}>
                  <Cell model={model} spot={spot} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ model, spot }: { readonly model: ContourModel; readonly spot: ContourSpot }) {
  const { kind, solution, gap } = spot;
  if (solution === undefined) return kind === 'none' ? <span title="No child meets both limits">none</span> : <span title="Not known">·</span>;
  return (
    <button
      type="button"
      className="link-button"
      aria-label={`${formatValue(solution.objective, model.objective.unit)}: set ${limitText(model.across, spot.levels[0])} and ${limitText(model.up, spot.levels[1])}`}
      title={gap === 0 ? 'Proven optimal' : `Within ${gapText(gap)} of optimal`}
      onClick={() => setBothLimits(model, spot)}
    >
      {formatValue(solution.objective, model.objective.unit)}
      {gap === 0 ? '' : ' *'}
    </button>
  );
}

function name({ quantity, side }: ContourAxis): string {
  const unit = shownUnit(quantity.unit);
  return `${quantity.label} ${side === 'min' ? '≥' : '≤'}${unit === '' ? '' : `, ${unit}`}`;
}
