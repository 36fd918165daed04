/** What is known of one point of the frontier. */
import { quantityOf } from '../../state/columns.ts';
import { layerColumns } from '../../state/derived_layers.ts';
import { formatPercent, formatWithUnit } from '../../state/format.ts';
import type { FrontierModel } from './frontier_model.ts';

export interface CardFacts {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly costs: Readonly<Record<string, number>>;
  readonly status: string | undefined;
  /** Level of the swept limit, where choosing the point sets it. */
  readonly level: number | undefined;
}

export function cardOf(model: FrontierModel, id: string): CardFacts | undefined {
  if (id === 'parent' && model.parent !== undefined) {
    return { title: 'Parent', ...model.parent, costs: model.library.parent.costs, status: undefined, level: undefined };
  }
  const pin = model.pins.find((candidate) => `pin-${candidate.id}` === id);
  if (pin !== undefined) return { title: pin.name, x: pin.x, y: pin.y, costs: pin.costs, status: undefined, level: undefined };
  const point = model.points.find((candidate) => candidate.id === id);
  if (point === undefined) return undefined;
  return {
    title: 'Frontier',
    x: point.x,
    y: point.y,
    costs: point.solution.costs,
    status: `${point.proven ? 'proven optimal' : `within ${formatPercent(point.gap, 2)}`}${model.within.has(point.id) ? '' : ', outside the limit'}`,
    level: point.level,
  };
}

export function PointCard({ model, id }: { readonly model: FrontierModel; readonly id: string }) {
  const facts = cardOf(model, id);
  if (facts === undefined) return undefined;
  const { view } = model.library;
  const ids = [...new Set([model.objective.id, model.over.id, ...layerColumns(view).map((column) => column.id)])];
  return (
    <div className="card" role="status">
      <header>
        <strong>{facts.title}</strong>
        {facts.status !== undefined && <span className="muted">{facts.status}</span>}
      </header>
      <table>
        <tbody>
          {ids.flatMap((column) => {
            const value = facts.costs[column];
            if (value === undefined) return [];
            const quantity = quantityOf(view, column);
            return (
              <tr key={column}>
                <th scope="row">{quantity.label}</th>
                <td className={quantity.estimated ? 'estimated' : ''}>{formatWithUnit(value, quantity.unit)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {facts.level !== undefined && (
        <footer>
          <span>
            Click or Enter: limit {model.over.better === 'higher' ? '≥' : '≤'} {formatWithUnit(facts.level, model.over.unit)}
          </span>
        </footer>
      )}
    </div>
  );
}
