/**
 * What the runtime map draws: per block its attention and FFN part of one column, and the parent's value above it,
 * in the style of Figure 3 of NVIDIA's Nemotron-51B article. Scores have no such stack: of them the map shows the
 * quality each block loses against the parent's, on a scale that is logarithmic where they span decades.
 */
import type { Column, LibraryView } from '../../engine/protocol/library.ts';
import type { Architecture, Block } from '../../engine/protocol/variant.ts';
import { formatCount, formatValue } from './format.ts';
import { partsOf, runtimeColumn } from './columns.ts';
import { attentionText, ffnText, layerColumns, layerLabel, layerRows, shownUnit, type LayerRow } from './derived_layers.ts';
import { linearScale, linearThreshold, spansDecades, symlogScale, type Scale } from './derived_scale.ts';
import type { OpenLibrary } from './engine_store.ts';

export interface MapBar {
  readonly firstLayer: number;
  readonly lastLayer: number;
  readonly block: Block;
  readonly changed: boolean;
  /** Per layer, so that the area of a block over several layers is its total. */
  readonly attention: number;
  readonly ffn: number;
  /** The part that the library does not attribute to either half. */
  readonly unsplit: number;
  /** The parent's, per layer; undefined where there is no parent to compare with. */
  readonly parent: number | undefined;
  /** For assistive technology. */
  readonly label: string;
}

export interface MapData {
  readonly kind: 'cost' | 'score' | 'shape';
  readonly bars: readonly MapBar[];
  /** Layers on the horizontal axis. */
  readonly layers: number;
  readonly axis: string;
  readonly layerAxis: string;
  readonly scale: Scale;
  /** For the shares drawn in the strip below the bars: the widest sub-blocks. */
  readonly widest: { readonly kvHeads: number; readonly ffn: number };
  readonly summary: string;
}

/** The column shown: the chosen one where the library has it, else runtime, else the first cost. */
export function mappedColumn(view: LibraryView, chosen: string | undefined): Column | undefined {
  const columns = layerColumns(view);
  return columns.find((column) => column.id === chosen) ?? runtimeColumn(view) ?? columns[0];
}

export function mapData(library: OpenLibrary, choices: readonly number[], column: Column): MapData {
  const rows = layerRows(library, choices);
  return column.role === 'score' ? scoreMap(library, rows, column) : costMap(library, rows, column);
}

function costMap(library: OpenLibrary, rows: readonly LayerRow[], column: Column): MapData {
  const { view } = library;
  const index = view.header.columns.findIndex((candidate) => candidate.id === column.id);
  const parts = partsOf(view, column.id);
  const parentLargest = library.parentChoices.reduce((largest, choice) => Math.max(largest, view.values[index][choice]), 0);
  const bars = rows.map((row): MapBar => {
    const span = row.lastLayer - row.firstLayer + 1;
    const value = row.values[index] / span;
    const attention = parts.attention === undefined ? 0 : Math.max(0, row.values[parts.attention] / span);
    const ffn = parts.ffn === undefined ? 0 : Math.max(0, row.values[parts.ffn] / span);
    // Halves are measured apart and rarely add up to the block exactly; the block is what counts.
    const share = attention + ffn > 0 ? value / (attention + ffn) : 0;
    const parent = row.parentValues[index] / span;
    return {
      ...place(row),
      attention: attention * share,
      ffn: ffn * share,
      unsplit: share === 0 ? value : 0,
      parent,
      label: `${describe(row)}; ${column.label} ${withUnit(row.values[index], column.unit)}, parent ${withUnit(row.parentValues[index], column.unit)}`,
    };
  });
  const largest = bars.reduce((most, bar) => Math.max(most, bar.attention + bar.ffn + bar.unsplit), parentLargest);
  return {
    kind: 'cost',
    bars,
    ...common(view, rows),
    axis: axisTitle(column.label, column.unit),
    scale: linearScale(largest, (value) => formatTick(value, column.unit)),
    summary: `${column.label} of each layer, attention and FFN stacked, against the parent`,
  };
}

function scoreMap(library: OpenLibrary, rows: readonly LayerRow[], column: Column): MapData {
  const { view } = library;
  const index = view.header.columns.findIndex((candidate) => candidate.id === column.id);
  const lost = (value: number, parent: number): number => (column.better === 'lower' ? value - parent : parent - value);
  const all = lossesOf(library, index, lost);
  const bars = rows.map((row): MapBar => {
    const span = row.lastLayer - row.firstLayer + 1;
    return {
      ...place(row),
      attention: 0,
      ffn: 0,
      unsplit: lost(row.values[index], row.parentValues[index]) / span,
      parent: undefined,
      label: `${describe(row)}; ${column.label} ${withUnit(row.values[index], column.unit)}, parent ${withUnit(row.parentValues[index], column.unit)}`,
    };
  });
  const shown = bars.map((bar) => bar.unsplit);
  const format = (value: number): string => formatTick(value, column.unit);
  const scale = spansDecades(all)
    ? symlogScale(shown, linearThreshold(all), format)
    : linearScale(Math.max(...shown, Math.max(...all) / 20), format);
  return {
    kind: 'score',
    bars,
    ...common(view, rows),
    axis: axisTitle(`${column.label} lost`, column.unit),
    scale,
    summary: `Quality lost by each layer alone, as ${column.label} against the parent`,
  };
}

/** Every block's loss, once per library and column: the scale must not move while limits do. */
function lossesOf(library: OpenLibrary, index: number, lost: (value: number, parent: number) => number): readonly number[] {
  let byColumn = losses.get(library);
  if (byColumn === undefined) losses.set(library, (byColumn = new Map()));
  let known = byColumn.get(index);
  if (known === undefined) {
    const { view, parentChoices } = library;
    known = Array.from(view.values[index], (value, choice) => {
      const replaced = parentChoices.slice(view.first_layer[choice], view.last_layer[choice] + 1);
      return lost(value, replaced.reduce((sum, parent) => sum + view.values[index][parent], 0)) / Math.max(1, replaced.length);
    });
    byColumn.set(index, known);
  }
  return known;
}
const losses = new WeakMap<OpenLibrary, Map<number, readonly number[]>>();

/**
 * An architecture known by its shapes alone: parameters per sub-block. Attention has 2 H (q + kv) d weights for
 * queries and output, keys and values; SwiGLU has 3 H I; a linear map H^2; a norm of H stands before each that is there.
 */
export function shapeMap(architecture: Architecture): MapData {
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: dim } = architecture.shape;
  let layer = 0;
  const bars = architecture.blocks.map((chosen): MapBar => {
    const block: Block = { attention: chosen.attention, ffn: chosen.ffn };
    const span = chosen.parent_layers.length;
    const position = { firstLayer: layer, lastLayer: layer + span - 1 };
    layer += span;
    const attention =
      block.attention.kind === 'gqa'
        ? 2 * hidden * dim * (heads + block.attention.kv_heads) + hidden
        : block.attention.kind === 'linear'
          ? hidden * hidden + hidden
          : 0;
    const ffn =
      block.ffn.kind === 'swiglu'
        ? 3 * hidden * block.ffn.intermediate_size + hidden
        : block.ffn.kind === 'linear'
          ? hidden * hidden + hidden
          : 0;
    return {
      ...position,
      block,
      changed: false,
      attention: attention / span,
      ffn: ffn / span,
      unsplit: 0,
      parent: undefined,
      label: `Layer ${layerLabel(position)}: attention ${attentionText(block)}, FFN ${ffnText(block)}; ${formatCount(attention + ffn)} parameters`,
    };
  });
  return {
    kind: 'shape',
    bars,
    layers: layer,
    axis: 'Parameters',
    layerAxis: architecture.external ? 'layer of its own' : 'parent layer',
    scale: linearScale(bars.reduce((most, bar) => Math.max(most, bar.attention + bar.ffn), 0), (value) => formatTick(value, 'params')),
    widest: widestOf(bars.map((bar) => bar.block)),
    summary: `Parameters of each of the ${layer} layers of ${architecture.name}`,
  };
}

function common(view: LibraryView, rows: readonly LayerRow[]): Pick<MapData, 'layers' | 'layerAxis' | 'widest'> {
  return {
    layers: Math.max(view.header.parent.num_hidden_layers, (rows.at(-1)?.lastLayer ?? -1) + 1),
    layerAxis: 'parent layer',
    widest: widestOf(view.variants),
  };
}

function widestOf(blocks: readonly Block[]): MapData['widest'] {
  return {
    kvHeads: blocks.reduce((most, { attention }) => Math.max(most, attention.kind === 'gqa' ? attention.kv_heads : 0), 1),
    ffn: blocks.reduce((most, { ffn }) => Math.max(most, ffn.kind === 'swiglu' ? ffn.intermediate_size : 0), 1),
  };
}

function place(row: LayerRow): Pick<MapBar, 'firstLayer' | 'lastLayer' | 'block' | 'changed'> {
  return { firstLayer: row.firstLayer, lastLayer: row.lastLayer, block: row.block, changed: row.changed };
}

function describe(row: LayerRow): string {
  return `Layer ${layerLabel(row)}: attention ${attentionText(row.block)}, FFN ${ffnText(row.block)}`;
}

function withUnit(value: number, unit: string): string {
  return `${formatValue(value, unit)} ${shownUnit(unit)}`.trimEnd();
}

function formatTick(value: number, unit: string): string {
  return formatValue(value, unit).replace(/(\.\d*?)0+( [BM])?$/, '$1$2').replace(/\.( [BM])?$/, '$1');
}

function axisTitle(label: string, unit: string): string {
  return shownUnit(unit) === '' ? label : `${label}, ${unit}`;
}

export interface Saving {
  readonly total: number;
  readonly parent: number;
  readonly saved: number;
  /** Of the parent's total. */
  readonly fraction: number;
}

/** Totals of the mapped column against the parent's; `costs` are the engine's totals, outside the blocks included. */
export function savingOf(costs: Readonly<Record<string, number>>, parent: Readonly<Record<string, number>>, column: string): Saving | undefined {
  const total = costs[column];
  const whole = parent[column];
  if (total === undefined || whole === undefined) return undefined;
  return { total, parent: whole, saved: whole - total, fraction: whole === 0 ? 0 : (whole - total) / whole };
}
