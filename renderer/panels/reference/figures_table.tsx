/** Totals of the parent, the released model and our children, with what NVIDIA published below what we predict. */
import type { ReferenceComparison } from '../../../engine/protocol/reference.ts';
import { figureGroups, type FigureCell, type FigureRow } from '../../state/reference_figures.ts';
import { referenceSides } from '../../state/reference_sides.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import '../../widgets/data_table.css';

export function FiguresTable({ comparison }: { readonly comparison: ReferenceComparison }) {
  const sides = referenceSides(comparison);
  const groups = figureGroups(comparison);
  return (
    <section className="reference-figures" aria-label="Figures">
      <table className="data-table" data-testid="reference-figures">
        <caption className="visually-hidden">Figures of the parent, the released model and our children</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Quantity</span>
            </th>
            {sides.map((side) => (
              <th key={side.id} scope="col" className="is-number">
                {side.name}
              </th>
            ))}
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group.id}>
            <tr className="reference-group">
              <th scope="rowgroup" colSpan={sides.length + 1}>
                {group.title}
              </th>
            </tr>
            {group.rows.map((row) => (
              <tr key={row.id}>
                <th scope="row" aria-label={row.label}>
                  <Tooltip text={row.meaning}>
                    <span>
                      {row.label}
                      {row.unit !== '' && <small> {row.unit}</small>}
                    </span>
                  </Tooltip>
                </th>
                {row.cells.map((cell, index) => (
                  <Cell key={sides[index].id} cell={cell} kind={row.kind} testId={`reference-figure-${row.id}-${sides[index].id}`} />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

function Cell({ cell, kind, testId }: { readonly cell: FigureCell | undefined; readonly kind: FigureRow['kind']; readonly testId: string }) {
  if (cell === undefined) return <td className="is-number muted">–</td>;
  const estimated = kind === 'estimated' || kind === 'predicted';
  return (
    <td className="is-number" data-testid={testId} data-value={cell.value}>
      {cell.note !== undefined && <small className={cell.beyond === true ? 'reference-beyond' : undefined}>{cell.note}</small>} <span className={estimated ? 'estimated' : undefined}>{cell.text}</span>
    </td>
  );
}
