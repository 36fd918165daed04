/** The layer table as it stands on screen, for a CSV of exactly that. */
import type { Table } from '../../../engine/protocol/api.ts';
import { mappedColumn } from '../../state/derived_map.ts';
import { asTable, layerTable, type LayerTable } from '../../state/derived_table.ts';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { viewStore } from '../../state/view_store.ts';

/** Undefined while there is no child on screen. */
export function currentLayerTable(): LayerTable | undefined {
  const library = openLibrary(engineStore.getState());
  const solution = shownSolution(solveStore.getState());
  if (library === undefined || solution === undefined) return undefined;
  const view = viewStore.getState();
  return layerTable(library, solution.choices, mappedColumn(library.view, view.mapColumn), view);
}

/** The same rows and columns in the same order, numbers in full precision; empty while there is no child. */
export function visibleLayerTable(): Table {
  const table = currentLayerTable();
  return table === undefined ? { header: [], rows: [] } : asTable(table);
}
