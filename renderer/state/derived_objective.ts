/** The objective as the screens need it: its name and direction, and what one choice of the library adds to it. */
import type { LibraryView } from '../../engine/protocol/library.ts';
import { parseObjective } from '../../engine/protocol/objective.ts';
import { columnIndex, quantityOf, type Quantity } from './columns.ts';

export interface ObjectiveScale extends Quantity {
  readonly valueOf: (choice: number) => number;
}

/** Terms that point the other way than the first one count negatively, as in the search. */
export function objectiveScale(view: LibraryView, text: string): ObjectiveScale {
  const quantity = quantityOf(view, text);
  const terms = parseObjective(text).map(({ column, weight }) => ({
    factor: quantityOf(view, column).better === quantity.better ? weight : -weight,
    values: view.values[columnIndex(view, column)],
  }));
  return { ...quantity, valueOf: (choice) => terms.reduce((sum, { factor, values }) => sum + factor * values[choice], 0) };
}
