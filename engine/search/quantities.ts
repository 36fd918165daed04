/**
 * What can be limited or optimised as numbers per library choice: summable columns, weighted sums of scores, and
 * the number of attention layers, which every library can tell.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import { parseObjective } from '../protocol/objective.ts';
import { ATTENTION_LAYERS } from '../protocol/problem.ts';
import { nonBlock } from './non_block.ts';

/** A total is the sum of `values` over the chosen blocks plus `outside`, the cost of what is not in blocks. */
export interface Quantity {
  readonly values: Float64Array;
  readonly outside: number;
  readonly better: 'lower' | 'higher';
}

/** @throws WorkbenchError `bad_input` listing the usable columns where there is no such one. */
export function quantityOf(view: LibraryView, id: string): Quantity {
  if (id === ATTENTION_LAYERS) return { values: attentionLayers(view), outside: 0, better: 'lower' };
  const { columns, name } = view.header;
  const index = columns.findIndex((column) => column.id === id);
  const column = columns[index];
  if (column?.summable === true) return { values: view.values[index], outside: nonBlock(view.header, column), better: column.better };
  const usable = [...columns.filter((candidate) => candidate.summable).map((candidate) => candidate.id), ATTENTION_LAYERS];
  throw new WorkbenchError('bad_input', `The library ${name} has no summable column "${id}".`, {
    hint: `Its summable columns are ${usable.join(', ')}.`,
    details: { expected: usable.join(', '), found: id },
  });
}

/**
 * The column or weighted sum that `objective` names, in the direction of its first term; terms of the other direction
 * count negatively.
 * @throws WorkbenchError `bad_input` where it cannot be read or names no summable column.
 */
export function objectiveOf(view: LibraryView, objective: string): Quantity {
  const terms = parseObjective(objective).map(({ column, weight }) => ({ weight, ...quantityOf(view, column) }));
  const [first] = terms;
  if (terms.length === 1 && first.weight === 1) return first;
  const values = new Float64Array(view.first_layer.length);
  let outside = 0;
  for (const term of terms) {
    const factor = term.better === first.better ? term.weight : -term.weight;
    outside += factor * term.outside;
    for (let c = 0; c < values.length; c++) values[c] += factor * term.values[c];
  }
  return { values, outside, better: first.better };
}

/** 1 for choices whose block keeps an attention with a KV cache. */
function attentionLayers(view: LibraryView): Float64Array {
  return Float64Array.from(view.variant, (variant) => (view.variants[variant].attention.kind === 'gqa' ? 1 : 0));
}
