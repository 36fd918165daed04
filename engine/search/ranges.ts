/** How far each quantity can go at all: what a slider's track spans. */
import type { ColumnRange } from '../protocol/api.ts';
import type { LibraryView } from '../protocol/library.ts';
import { nonBlock } from './totals.ts';
import { throughputs } from './throughput.ts';

/** Extremes over all children of single-layer choices and the parent's value, throughputs first. */
export function columnRanges(view: LibraryView): ColumnRange[] {
  const ranges: ColumnRange[] = [];
  for (const [index, column] of view.header.columns.entries()) {
    if (column.summable && column.level === 'block') ranges.push(rangeOf(view, index));
  }
  const derived = throughputs(view.header).flatMap(({ id, runtime, tokens }): ColumnRange[] => {
    const range = ranges.find((candidate) => candidate.column === runtime);
    if (range === undefined || range.largest <= 0) return [];
    // The child of nothing but no-ops takes no time; the fastest one that has a throughput runs one block.
    const fastest = range.smallest > 0 ? range.smallest : smallestPositive(view, runtime);
    const rate = (runtimeMs: number): number => (tokens / runtimeMs) * 1000;
    return [{ column: id, smallest: rate(range.largest), largest: rate(fastest), parent: rate(range.parent) }];
  });
  return [...derived, ...ranges];
}

function rangeOf(view: LibraryView, index: number): ColumnRange {
  const { header } = view;
  const values = view.values[index];
  const layers = header.parent.num_hidden_layers;
  const smallest = new Float64Array(layers).fill(Number.POSITIVE_INFINITY);
  const largest = new Float64Array(layers).fill(Number.NEGATIVE_INFINITY);
  const parent = new Float64Array(layers);
  for (const [choice, value] of values.entries()) {
    const layer = view.first_layer[choice];
    if (view.last_layer[choice] !== layer) continue;
    smallest[layer] = Math.min(smallest[layer], value);
    largest[layer] = Math.max(largest[layer], value);
    if (view.variants[view.variant[choice]].id === header.parent.variants[layer]) parent[layer] = value;
  }
  const outside = nonBlock(header, header.columns[index]);
  const total = (parts: Float64Array): number => parts.reduce((sum, part) => sum + part, outside);
  return { column: header.columns[index].id, smallest: total(smallest), largest: total(largest), parent: total(parent) };
}

function smallestPositive(view: LibraryView, id: string): number {
  const values = view.values[view.header.columns.findIndex((column) => column.id === id)];
  return values.reduce((least, value) => (value > 0 && value < least ? value : least), Number.POSITIVE_INFINITY);
}
