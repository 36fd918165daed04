/** How far each quantity can go at all: what a slider's track spans. */
import type { ColumnRange } from '../protocol/api.ts';
import type { Column, LibraryHeader, LibraryView } from '../protocol/library.ts';
import { ATTENTION_LAYERS } from '../protocol/problem.ts';
import { quantityOf } from './quantities.ts';
import { runtimeColumn, throughputs } from './throughput.ts';

/** A score must be better than the parent's by more than this share of it: the rounding of printed numbers. */
const ROUNDING = 1e-9;

/**
 * Extremes over all children and the parent's value: throughputs first, then the summable block columns that belong to
 * the traffic of the library's own runtime or to none, then the attention layers. Columns for other traffic belong to
 * workloads.
 */
export function columnRanges(view: LibraryView): ColumnRange[] {
  const { header } = view;
  const ranges = header.columns
    .filter((column) => column.summable && column.level === 'block' && isPrimary(header, column))
    .map((column): ColumnRange => {
      const range = rangeOf(view, column.id);
      return column.role === 'score' ? { ...range, better_than_parent: betterThanParent(view, column) } : range;
    });
  const derived = throughputs(header).flatMap(({ id, runtime, tokens }): ColumnRange[] => {
    const range = ranges.find((candidate) => candidate.column === runtime);
    if (range === undefined || range.largest <= 0) return [];
    // The child of nothing but no-ops takes no time; the fastest one that has a throughput runs one block.
    const fastest = range.smallest > 0 ? range.smallest : smallestPositive(view, runtime);
    const rate = (runtimeMs: number): number => (tokens / runtimeMs) * 1000;
    return [{ column: id, smallest: rate(range.largest), largest: rate(fastest), parent: rate(range.parent) }];
  });
  return [...derived, ...ranges, rangeOf(view, ATTENTION_LAYERS)];
}

/** Whether a column was measured together with the runtime that throughputs derive from, or without any circumstances. */
function isPrimary(header: LibraryHeader, column: Column): boolean {
  const primary = runtimeColumn(header)?.measurement;
  return primary === undefined || column.measurement === undefined || column.measurement === primary;
}

function rangeOf(view: LibraryView, column: string): ColumnRange {
  const { values, outside } = quantityOf(view, column);
  const layers = view.header.parent.num_hidden_layers;
  // Extremes over the first so many layers. Choices are ordered by first layer: all that end before one come before it.
  const smallest = new Float64Array(layers + 1).fill(Number.POSITIVE_INFINITY);
  const largest = new Float64Array(layers + 1).fill(Number.NEGATIVE_INFINITY);
  smallest[0] = largest[0] = outside;
  for (const [choice, value] of values.entries()) {
    const first = view.first_layer[choice];
    const next = view.last_layer[choice] + 1;
    smallest[next] = Math.min(smallest[next], smallest[first] + value);
    largest[next] = Math.max(largest[next], largest[first] + value);
  }
  const parent = parentChoices(view).reduce((sum, choice) => sum + (choice < 0 ? 0 : values[choice]), outside);
  return { column, smallest: smallest[layers], largest: largest[layers], parent };
}

/** The parent's own block per layer; -1 where the library has none. */
function parentChoices(view: LibraryView): number[] {
  const { variants, num_hidden_layers: layers } = view.header.parent;
  const choices = Array.from({ length: layers }, () => -1);
  for (const [choice, layer] of view.first_layer.entries()) {
    if (view.last_layer[choice] === layer && view.variants[view.variant[choice]].id === variants[layer]) choices[layer] = choice;
  }
  return choices;
}

/** How many blocks are said to be better than the parent's own block of their layer. */
function betterThanParent(view: LibraryView, { id }: Column): number {
  const { values, better } = quantityOf(view, id);
  const parent = parentChoices(view);
  let count = 0;
  for (const [choice, layer] of view.first_layer.entries()) {
    const own = view.last_layer[choice] === layer ? parent[layer] : -1;
    if (own < 0) continue;
    const gain = better === 'lower' ? values[own] - values[choice] : values[choice] - values[own];
    if (gain > ROUNDING * Math.abs(values[own])) count++;
  }
  return count;
}

function smallestPositive(view: LibraryView, id: string): number {
  return quantityOf(view, id).values.reduce((least, value) => (value > 0 && value < least ? value : least), Number.POSITIVE_INFINITY);
}
