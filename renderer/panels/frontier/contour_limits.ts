/** Takes the limits of a cell of the contour over into the document, as one step of undo. */
import type { ContourSpot } from '../../state/contour_grid.ts';
import { setLimit } from '../../state/document_store.ts';
import type { ContourModel } from './contour_model.ts';

let nextGesture = 1;

/** Limits that nothing meets are not taken. */
export function setBothLimits({ across, up }: Pick<ContourModel, 'across' | 'up'>, { kind, levels }: Pick<ContourSpot, 'kind' | 'levels'>): void {
  if (kind === 'none') return;
  const gesture = `contour-${nextGesture++}`;
  setLimit(across.quantity.id, across.side, levels[0], gesture);
  setLimit(up.quantity.id, up.side, levels[1], gesture);
}
