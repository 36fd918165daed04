/** The objective as the composer edits it: one score, or several with weights; and what to know about the scores used. */
import type { Column, LibraryView } from '../../../engine/protocol/library.ts';
import { objectiveText, parseObjective, type ObjectiveTerm } from '../../../engine/protocol/objective.ts';
import { columnOf, scoreColumns } from '../../state/columns.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';

/** Beyond these a weight's text would need an exponent, which an objective cannot hold. */
const WEIGHTS = { least: 1e-6, most: 1e6 };

export type Composed = { readonly kind: 'single'; readonly column: string } | { readonly kind: 'weighted'; readonly terms: readonly ObjectiveTerm[] };

/** `text` must be an objective of the library. */
export function composed(text: string): Composed {
  const terms = parseObjective(text);
  const [first] = terms;
  return terms.length === 1 && first.weight === 1 ? { kind: 'single', column: first.column } : { kind: 'weighted', terms };
}

/** Scores that are not among the terms; a column twice would be one with a larger weight. */
export function unusedScores(terms: readonly ObjectiveTerm[], view: LibraryView): readonly Column[] {
  return scoreColumns(view).filter((column) => terms.every((term) => term.column !== column.id));
}

/** With one more score of weight 1; the same where none is left. */
export function withAnother(terms: readonly ObjectiveTerm[], view: LibraryView): string {
  const [next] = unusedScores(terms, view);
  return objectiveText(next === undefined ? terms : [...terms, { column: next.id, weight: 1 }]);
}

/** Without one term; the last one left counts whole, and the objective is plain again. */
export function without(terms: readonly ObjectiveTerm[], index: number): string {
  const left = terms.filter((_, at) => at !== index);
  return objectiveText(left.length === 1 ? [{ column: left[0].column, weight: 1 }] : left);
}

export function withTerm(terms: readonly ObjectiveTerm[], index: number, change: Partial<ObjectiveTerm>): string {
  return objectiveText(terms.map((term, at) => (at === index ? { ...term, ...change } : term)));
}

export function weightProblem(weight: number): string | undefined {
  return weight >= WEIGHTS.least && weight <= WEIGHTS.most ? undefined : 'Weight: type a number from 0.000001 to 1,000,000.';
}

/**
 * Scores by which some choices are better than the parent's own block. Measured block by block on a small sample, a
 * worse block may seem better by chance; a search over a thousand choices finds every such accident.
 */
export function noiseWarnings(text: string, { view, ranges }: OpenLibrary): readonly string[] {
  return parseObjective(text).flatMap(({ column }) => {
    const better = ranges.find((range) => range.column === column)?.better_than_parent ?? 0;
    if (better === 0) return [];
    const label = columnOf(view, column)?.label ?? column;
    const choices = better === 1 ? '1 choice scores' : `${better.toLocaleString('en-US')} choices score`;
    return [`${label}: ${choices} better than the parent's own block; replacing a block by a worse one cannot help, so part of this objective is noise.`];
  });
}

export const NOISE_DETAILS =
  'A score is measured with this one block replaced in the parent, on a limited number of tokens. Where a smaller block seems better than the parent’s own, the difference is within what the measurement can tell, and the search collects such accidents. KL divergence to the parent cannot be below the parent’s own, which is 0.';

/** Parent layers that two children of one library cover by different choices. */
export function differingLayers(view: LibraryView, a: readonly number[], b: readonly number[]): number {
  const cover = (choices: readonly number[]): Int32Array => {
    const by = new Int32Array(view.header.parent.num_hidden_layers).fill(-1);
    for (const choice of choices) by.fill(choice, view.first_layer[choice], view.last_layer[choice] + 1);
    return by;
  };
  const [left, right] = [cover(a), cover(b)];
  return left.reduce((count, choice, layer) => count + (choice === right[layer] ? 0 : 1), 0);
}
