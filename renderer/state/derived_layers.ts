/**
 * The layers of a child against its parent: one row per block with the value of every column, and what the parent
 * spends on the same layers. Everything the map, the table and the comparison show is read from these rows.
 */
import type { Column, LibraryView } from '../../engine/protocol/library.ts';
import type { Block } from '../../engine/protocol/variant.ts';
import { mappableColumns } from './columns.ts';
import type { OpenLibrary } from './engine_store.ts';

export interface LayerRow {
  readonly firstLayer: number;
  readonly lastLayer: number;
  readonly variant: string;
  readonly block: Block;
  readonly importedName: string | undefined;
  /** Differs from the parent's own block. */
  readonly changed: boolean;
  /** Value per column of the library, in the order of its header. */
  readonly values: readonly number[];
  /** The parent's over the same layers, summed. */
  readonly parentValues: readonly number[];
}

export function layerRows(library: OpenLibrary, choices: readonly number[]): readonly LayerRow[] {
  const { view, parentChoices } = library;
  return choices.map((choice) => {
    const firstLayer = view.first_layer[choice];
    const lastLayer = view.last_layer[choice];
    const replaced = parentChoices.slice(firstLayer, lastLayer + 1);
    const { id, attention, ffn } = view.variants[view.variant[choice]];
    return {
      firstLayer,
      lastLayer,
      variant: id,
      block: { attention, ffn },
      importedName: view.imported_names?.[choice],
      changed: replaced.length !== 1 || replaced[0] !== choice,
      values: view.values.map((column) => column[choice]),
      parentValues: view.values.map((column) => replaced.reduce((sum, parent) => sum + column[parent], 0)),
    };
  });
}

/** Columns worth a place beside attention and FFN: descriptors only repeat what the variant says. */
export function layerColumns(view: LibraryView): readonly Column[] {
  return mappableColumns(view).filter((column) => column.role !== 'descriptor');
}

/** A unit as it stands behind a label; counts have none. */
export function shownUnit(unit: string): string {
  return unit === 'params' || unit === 'parameters' ? '' : unit;
}

/** `12`, or `12–14` for a block that stands for several parent layers. */
export function layerLabel(row: Pick<LayerRow, 'firstLayer' | 'lastLayer'>): string {
  return row.firstLayer === row.lastLayer ? String(row.firstLayer) : `${row.firstLayer}–${row.lastLayer}`;
}

/** What lies outside the blocks in one column: embeddings, head and final norm; 0 where the library does not say. */
export function nonBlock(view: LibraryView, column: string): number {
  const measurement = view.header.columns.find((candidate) => candidate.id === column)?.measurement;
  const entries = view.header.non_block.filter((entry) => column in entry.values);
  const entry = entries.find((candidate) => candidate.measurement === measurement) ?? entries[0];
  return entry?.values[column] ?? 0;
}

/** Total of a child in one column, outside the blocks included; `which` selects child or parent. */
export function totalOf(view: LibraryView, rows: readonly LayerRow[], column: string, which: 'values' | 'parentValues' = 'values'): number {
  const index = view.header.columns.findIndex((candidate) => candidate.id === column);
  return rows.reduce((sum, row) => sum + row[which][index], nonBlock(view, column));
}

const whole = new Intl.NumberFormat('en-US');

/** Attention as a reader says it: `8 KV heads`, `linear`, `none`. */
export function attentionText({ attention }: Block): string {
  if (attention.kind === 'gqa') return `${attention.kv_heads} KV head${attention.kv_heads === 1 ? '' : 's'}`;
  return attention.kind === 'linear' ? 'linear' : 'none';
}

/** FFN as a reader says it: its width, `linear` or `none`. */
export function ffnText({ ffn }: Block): string {
  if (ffn.kind === 'swiglu') return whole.format(ffn.intermediate_size);
  return ffn.kind === 'linear' ? 'linear' : 'none';
}
