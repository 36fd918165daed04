/** What is known of one cell of the contour. */
import type { ContourSpot } from '../../state/contour_grid.ts';
import { formatWithUnit } from '../../state/format.ts';
import { ChildRows } from './child_rows.tsx';
import type { ContourAxis, ContourModel } from './contour_model.ts';
import { certaintyOf } from './point_card.tsx';

export function limitText({ quantity, side }: ContourAxis, level: number): string {
  return `${quantity.label} ${side === 'min' ? '≥' : '≤'} ${formatWithUnit(level, quantity.unit)}`;
}

export function ContourCard({ model, spot }: { readonly model: ContourModel; readonly spot: ContourSpot }) {
  const { library, objective, across, up } = model;
  const { solution } = spot;
  return (
    <div className="card" role="status">
      <header>
        <strong>
          {limitText(across, spot.levels[0])}
          <br />
          {limitText(up, spot.levels[1])}
        </strong>
        <span className="muted">{statusOf(spot)}</span>
      </header>
      {solution !== undefined && (
        <ChildRows
          library={library}
          objective={objective}
          score={solution.objective}
          costs={solution.costs}
          choices={solution.choices}
          over={[across.quantity.id, up.quantity.id]}
        />
      )}
      {spot.kind !== 'none' && (
        <footer>
          <span>Click or Enter: set both limits</span>
        </footer>
      )}
    </div>
  );
}

function statusOf({ kind, gap }: ContourSpot): string {
  switch (kind) {
    case 'child':
      return certaintyOf({ proven: gap === 0, gap });
    case 'none':
      return 'no child meets both';
    case 'unknown':
      return 'nothing found in time';
    case 'pending':
      return 'not searched yet';
    default:
      return kind satisfies never;
  }
}
