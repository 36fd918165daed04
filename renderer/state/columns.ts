/** Which columns of a library the screens offer, and how their numbers are written. */
import type { Column, LibraryView, Measurement } from '../../engine/protocol/library.ts';
import { parseObjective, type ObjectiveTerm } from '../../engine/protocol/objective.ts';
import { ATTENTION_LAYERS } from '../../engine/protocol/problem.ts';
import type { OpenLibrary } from './engine_store.ts';

/**
 * A quantity that can be limited, mapped or shown: a library column, a throughput derived from one, the number of
 * attention layers, or a weighted sum of scores.
 */
export interface Quantity {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly estimated: boolean;
  /** Where the number comes from, for tooltips and exports. */
  readonly provenance: string;
  readonly measurement: Measurement | undefined;
}

/** Which tokens are counted: prompt and generated ones, or generated ones alone. */
const THROUGHPUTS: Readonly<Record<string, string>> = {
  total_tok_s: 'Throughput (all)',
  output_tok_s: 'Throughput (generated)',
};

export function columnOf(view: LibraryView, id: string): Column | undefined {
  return view.header.columns.find((column) => column.id === id);
}

export function columnIndex(view: LibraryView, id: string): number {
  return view.header.columns.findIndex((column) => column.id === id);
}

/** The quantity named `id`, throughputs, attention layers and weighted objectives included. */
export function quantityOf(view: LibraryView, id: string): Quantity {
  if (id === ATTENTION_LAYERS && columnOf(view, id) === undefined) {
    const provenance = 'exact: layers of the child that keep an attention with a KV cache';
    return { id, label: 'Attention layers', unit: 'layers', better: 'lower', estimated: false, provenance, measurement: undefined };
  }
  const terms = weightedTerms(id);
  if (terms !== undefined) return weightedQuantity(view, id, terms);
  const column = columnOf(view, id) ?? runtimeColumn(view);
  const derived = THROUGHPUTS[id];
  return {
    id,
    label: derived ?? column?.label ?? id,
    unit: derived === undefined ? (column?.unit ?? '') : 'tok/s',
    better: derived === undefined ? (column?.better ?? 'lower') : 'higher',
    estimated: column?.provenance.kind === 'estimated',
    provenance: column === undefined ? '' : `${column.provenance.kind}: ${column.provenance.source}`,
    measurement: view.header.measurements.find((measurement) => measurement.id === column?.measurement),
  };
}

/** The terms of an objective that is more than one plain column. */
function weightedTerms(id: string): readonly ObjectiveTerm[] | undefined {
  return /[+*]/.test(id) ? parseObjective(id) : undefined;
}

/** `KL divergence + 0.5 × LM loss`; it has a unit only where all its columns share one, and goes the way of its first. */
function weightedQuantity(view: LibraryView, id: string, terms: readonly ObjectiveTerm[]): Quantity {
  const parts = terms.map((term) => ({ weight: term.weight, quantity: quantityOf(view, term.column) }));
  const units = new Set(parts.map(({ quantity }) => quantity.unit));
  const [unit] = units;
  return {
    id,
    label: parts.map(({ weight, quantity }) => (weight === 1 ? quantity.label : `${weight} × ${quantity.label}`)).join(' + '),
    unit: units.size === 1 ? unit : '',
    better: parts[0].quantity.better,
    estimated: parts.some(({ quantity }) => quantity.estimated),
    provenance: parts.map(({ quantity }) => `${quantity.label}: ${quantity.provenance}`).join('\n'),
    measurement: undefined,
  };
}

/** The column that throughput derives from. */
export function runtimeColumn(view: LibraryView): Column | undefined {
  const summable = view.header.columns.filter((column) => column.level === 'block' && column.summable);
  return summable.find((column) => column.id === 'runtime_ms') ?? summable.find((column) => column.unit === 'ms');
}

/**
 * Whether a column belongs to another measurement than the library's primary runtime and memory. A library measured at
 * several batches and lengths has dozens of such; they are reached through workloads and would only crowd lists.
 */
export function isSecondary(view: LibraryView, id: string): boolean {
  const measurement = columnOf(view, id)?.measurement;
  const primary = [runtimeColumn(view)?.measurement, columnOf(view, 'memory_mib')?.measurement].filter((known) => known !== undefined);
  return measurement !== undefined && primary.length > 0 && !primary.includes(measurement);
}

/** Block-level columns that can be mapped: every cost and score of the primary measurement. */
export function mappableColumns(view: LibraryView): readonly Column[] {
  return view.header.columns.filter((column) => column.level === 'block' && column.summable && !isSecondary(view, column.id));
}

/** Columns that can be limited, in the order of the library, throughputs first. */
export function limitableIds(library: OpenLibrary): readonly string[] {
  return library.ranges.map((range) => range.column).filter((id) => !isSecondary(library.view, id));
}

export function scoreColumns(view: LibraryView): readonly Column[] {
  return view.header.columns.filter((column) => column.role === 'score' && column.summable);
}

/** What a frontier can run over: what can be limited, and throughputs even where the fastest child has no number. */
export function sweepableIds(library: OpenLibrary): readonly string[] {
  const throughputs = Object.keys(THROUGHPUTS).filter((id) => id in library.parent.costs);
  return [...new Set([...throughputs, ...limitableIds(library)])];
}

export function defaultSweepColumn(library: OpenLibrary): string | undefined {
  const ids = sweepableIds(library);
  return ['total_tok_s', 'output_tok_s', 'memory_mib', 'runtime_ms', 'num_params'].find((id) => ids.includes(id)) ?? ids[0];
}

/** The attention and FFN parts of a block column, where the library splits it. */
export function partsOf(view: LibraryView, id: string): { readonly attention?: number; readonly ffn?: number } {
  const find = (level: Column['level']): number =>
    view.header.columns.findIndex((column) => column.level === level && column.part_of === id);
  const attention = find('attention');
  const ffn = find('ffn');
  return attention >= 0 && ffn >= 0 ? { attention, ffn } : {};
}
