/** The layer table as shown, for a CSV of exactly that. */
import type { Table } from '../../../engine/protocol/api.ts';

export function visibleLayerTable(): Table {
  return { header: [], rows: [] };
}
