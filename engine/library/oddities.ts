/** Things in imported numbers that a reader should know of before relying on them. Nothing is repaired. */
import type { Choice, Column, Note } from '../protocol/library.ts';

/** Halves that do not add up to their block, and scores that put a replacement above the parent's own block. */
export function oddities(columns: readonly Column[], choices: readonly Choice[], parentVariants: readonly string[], where: string): Note[] {
  return [...unequalSums(columns, choices, where), ...betterThanParent(columns, choices, parentVariants, where)];
}

function unequalSums(columns: readonly Column[], choices: readonly Choice[], where: string): Note[] {
  const notes: Note[] = [];
  for (const block of columns) {
    const attention = columns.find((column) => column.part_of === block.id && column.level === 'attention');
    const ffn = columns.find((column) => column.part_of === block.id && column.level === 'ffn');
    if (attention === undefined || ffn === undefined) continue;
    let largest = 0;
    let differing = 0;
    for (const { values } of choices) {
      const difference = Math.abs((values[block.id] ?? 0) - (values[attention.id] ?? 0) - (values[ffn.id] ?? 0));
      if (difference > 1e-9 * Math.abs(values[block.id] ?? 0)) differing += 1;
      largest = Math.max(largest, difference);
    }
    if (differing === 0) continue;
    notes.push({
      severity: 'note',
      text: `${block.id} differs from ${attention.id} + ${ffn.id} in ${differing} of ${choices.length} choices, by up to ${largest.toPrecision(3)} ${block.unit}. It is used as imported.`,
      where,
    });
  }
  return notes;
}

function betterThanParent(
  columns: readonly Column[],
  choices: readonly Choice[],
  parentVariants: readonly string[],
  where: string,
): Note[] {
  const notes: Note[] = [];
  const single = choices.filter((choice) => choice.parent_layers.length === 1);
  const ownBlock = new Map(
    single.flatMap((choice) => {
      const layer = choice.parent_layers[0] ?? 0;
      return parentVariants[layer] === choice.variant ? [[layer, choice.values] as const] : [];
    }),
  );
  for (const column of columns) {
    if (column.role !== 'score') continue;
    const better = single.filter(({ parent_layers: [layer = 0], values }) => {
      const own = ownBlock.get(layer)?.[column.id];
      const value = values[column.id];
      if (own === undefined || value === undefined) return false;
      return column.better === 'lower' ? value < own : value > own;
    }).length;
    if (better === 0) continue;
    notes.push({
      severity: 'note',
      text: `In ${better} of ${choices.length} choices ${column.id} is ${column.better === 'lower' ? 'below' : 'above'} the parent's own: replacing a block seems to improve the model, which is noise of the evaluation. Optimising ${column.id} rewards it.`,
      where,
    });
  }
  return notes;
}
