/** The layer table: its columns, and its rows as filtered and sorted; the screen and its CSV both read this. */
import type { Table } from '../../engine/protocol/api.ts';
import type { Column } from '../../engine/protocol/library.ts';
import { attentionText, ffnText, layerColumns, layerLabel, layerRows, shownUnit, type LayerRow } from './derived_layers.ts';
import type { OpenLibrary } from './engine_store.ts';
import type { ViewState } from './view_store.ts';

export interface TableColumn {
  readonly key: string;
  readonly label: string;
  readonly unit: string;
  readonly numeric: boolean;
  readonly estimated: boolean;
  readonly hint: string;
  /** Full precision. */
  readonly value: (row: LayerRow) => number | string;
  readonly sortBy: (row: LayerRow) => number;
}

export interface LayerTable {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly LayerRow[];
  /** Rows before the filter. */
  readonly of: number;
}

/** `compared` is the column that the last one relates to the parent's. */
export function layerTable(
  library: OpenLibrary,
  choices: readonly number[],
  compared: Column | undefined,
  view: Pick<ViewState, 'sort' | 'onlyChanged'>,
): LayerTable {
  const columns = tableColumns(library, compared);
  const all = layerRows(library, choices);
  const rows = view.onlyChanged ? all.filter((row) => row.changed) : [...all];
  const by = (columns.find((column) => column.key === view.sort.key) ?? columns[0]).sortBy;
  const sign = view.sort.descending ? -1 : 1;
  const sorted = [...rows].sort((a, b) => sign * (by(a) - by(b)) || a.firstLayer - b.firstLayer);
  return { columns, rows: sorted, of: all.length };
}

function tableColumns(library: OpenLibrary, compared: Column | undefined): readonly TableColumn[] {
  const { view } = library;
  const exact = { unit: '', estimated: false, hint: '' };
  const index = (column: Column): number => view.header.columns.indexOf(column);
  const measured = layerColumns(view).map((column): TableColumn => {
    const at = index(column);
    return {
      key: column.id,
      label: column.label,
      unit: column.unit,
      numeric: true,
      estimated: column.provenance.kind === 'estimated',
      hint: `${column.provenance.kind}: ${column.provenance.source}`,
      value: (row) => row.values[at],
      sortBy: (row) => row.values[at],
    };
  });
  const columns: TableColumn[] = [
    { ...exact, key: 'layer', label: 'Layer', numeric: true, value: layerLabel, sortBy: (row) => row.firstLayer },
    { ...exact, key: 'attention', label: 'Attention', numeric: false, value: (row) => attentionText(row.block), sortBy: attentionSize },
    { ...exact, key: 'ffn', label: 'FFN', numeric: false, value: (row) => ffnText(row.block), sortBy: ffnSize },
    ...measured,
  ];
  if (compared !== undefined && compared.role === 'cost') {
    const at = index(compared);
    const percent = (row: LayerRow): number => (row.parentValues[at] === 0 ? 0 : (row.values[at] / row.parentValues[at] - 1) * 100);
    columns.push({
      key: 'vs_parent',
      label: `${compared.label} against parent`,
      unit: '%',
      numeric: true,
      estimated: compared.provenance.kind === 'estimated',
      hint: `${compared.label} of the layer relative to the parent's`,
      value: percent,
      sortBy: percent,
    });
  }
  return columns;
}

/** None, linear, then by size. */
function attentionSize({ block: { attention } }: LayerRow): number {
  return attention.kind === 'gqa' ? attention.kv_heads : attention.kind === 'linear' ? 0 : -1;
}

function ffnSize({ block: { ffn } }: LayerRow): number {
  return ffn.kind === 'swiglu' ? ffn.intermediate_size : ffn.kind === 'linear' ? 0 : -1;
}

/** The same cells for a file: units in the header, numbers in full. */
export function asTable({ columns, rows }: LayerTable): Table {
  return {
    header: columns.map((column) => (shownUnit(column.unit) === '' ? column.label : `${column.label} (${column.unit})`)),
    rows: rows.map((row) => columns.map((column) => column.value(row))),
  };
}
