/** Two children layer by layer, and their totals with what lies between them. */
import type { Column, LibraryView } from '../../engine/protocol/library.ts';
import type { Block } from '../../engine/protocol/variant.ts';
import { attentionId, ffnId } from '../../engine/protocol/variant.ts';

/** One block of a compared child; costs are absent where only its shapes are known. */
export interface SideLayer {
  readonly firstLayer: number;
  readonly lastLayer: number;
  readonly variant: string;
  readonly block: Block;
  readonly values?: readonly number[];
}

export interface DiffRow {
  readonly firstLayer: number;
  readonly lastLayer: number;
  /** Undefined where this side's blocks begin and end elsewhere. */
  readonly a: SideLayer | undefined;
  readonly b: SideLayer | undefined;
  readonly attentionDiffers: boolean;
  readonly ffnDiffers: boolean;
}

/** Every position at which either side has a block, in order of depth. */
export function diffRows(a: readonly SideLayer[], b: readonly SideLayer[]): readonly DiffRow[] {
  const rows = new Map<string, { a?: SideLayer; b?: SideLayer }>();
  const add = (side: 'a' | 'b', layers: readonly SideLayer[]): void => {
    for (const layer of layers) {
      const key = `${layer.firstLayer} ${layer.lastLayer}`;
      rows.set(key, { ...rows.get(key), [side]: layer });
    }
  };
  add('a', a);
  add('b', b);
  return [...rows.values()]
    .map((row): DiffRow => {
      const { firstLayer, lastLayer } = (row.a ?? row.b) as SideLayer;
      const both = row.a !== undefined && row.b !== undefined ? ([row.a.block, row.b.block] as const) : undefined;
      return {
        firstLayer,
        lastLayer,
        a: row.a,
        b: row.b,
        attentionDiffers: both === undefined || attentionId(both[0].attention) !== attentionId(both[1].attention),
        ffnDiffers: both === undefined || ffnId(both[0].ffn) !== ffnId(both[1].ffn),
      };
    })
    .sort((x, y) => x.firstLayer - y.firstLayer || x.lastLayer - y.lastLayer);
}

export function differs(row: DiffRow): boolean {
  return row.attentionDiffers || row.ffnDiffers;
}

export interface TotalRow {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: Column['better'];
  readonly estimated: boolean;
  readonly a: number;
  readonly b: number;
  readonly delta: number;
  /** Relative to `a`; undefined where that is not above 0. */
  readonly fraction: number | undefined;
}

export interface TotalColumn {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: Column['better'];
  readonly estimated: boolean;
}

/** Totals that both sides have, `b` against `a`. */
export function totalRows(
  columns: readonly TotalColumn[],
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): readonly TotalRow[] {
  return columns.flatMap((column) => {
    const [from, to] = [a[column.id], b[column.id]];
    if (from === undefined || to === undefined) return [];
    return [{ ...column, a: from, b: to, delta: to - from, fraction: from <= 0 ? undefined : (to - from) / from }];
  });
}

/** What a change means: better, worse, or nothing. */
export function verdict(row: Pick<TotalRow, 'delta' | 'better'>): 'better' | 'worse' | 'same' {
  if (row.delta === 0) return 'same';
  return row.delta > 0 === (row.better === 'higher') ? 'better' : 'worse';
}

export function choiceLayers(view: LibraryView, choices: readonly number[]): readonly SideLayer[] {
  return choices.map((choice) => {
    const { id, attention, ffn } = view.variants[view.variant[choice]];
    return {
      firstLayer: view.first_layer[choice],
      lastLayer: view.last_layer[choice],
      variant: id,
      block: { attention, ffn },
      values: view.values.map((column) => column[choice]),
    };
  });
}
