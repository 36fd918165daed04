/** What a child costs in all: the sum over its blocks plus what is outside them, and the throughputs that follow. */
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import { ATTENTION_LAYERS, type WireSolution } from '../protocol/problem.ts';
import { chosenBlock, type ChosenBlock } from '../protocol/variant.ts';
import { nonBlock } from './non_block.ts';
import { objectiveOf } from './quantities.ts';
import { throughputs } from './throughput.ts';

/** Total of one column over `choices`, in the column's unit. */
export function totalOf(view: LibraryView, columnIndex: number, choices: readonly number[]): number {
  const values = view.values[columnIndex];
  let sum = 0;
  for (const choice of choices) sum += values[choice];
  return sum + nonBlock(view.header, view.header.columns[columnIndex]);
}

/** Every summable column's total by id, and the throughputs. */
export function costsOf(view: LibraryView, choices: readonly number[]): Record<string, number> {
  const costs: Record<string, number> = {};
  for (const [index, column] of view.header.columns.entries()) {
    if (column.summable) costs[column.id] = totalOf(view, index, choices);
  }
  costs[ATTENTION_LAYERS] = choices.filter((choice) => view.variants[view.variant[choice]].attention.kind === 'gqa').length;
  for (const { id, runtime, tokens } of throughputs(view.header)) {
    const runtimeMs = costs[runtime];
    if (runtimeMs > 0) costs[id] = (tokens / runtimeMs) * 1000;
  }
  return costs;
}

/**
 * A given child as if it had been found. The objective is the plain sum over its blocks.
 * @throws WorkbenchError `bad_input` where the choices do not cover every layer once or the objective is unknown.
 */
export function evaluateChoices(view: LibraryView, objective: string, choices: readonly number[]): WireSolution {
  const { values, outside } = objectiveOf(view, objective);
  let next = 0;
  for (const choice of choices) {
    if (view.first_layer[choice] !== next) {
      throw new WorkbenchError('bad_input', `The choices do not cover layer ${next} exactly once.`);
    }
    next = view.last_layer[choice] + 1;
  }
  if (next !== view.header.parent.num_hidden_layers) {
    throw new WorkbenchError('bad_input', `The choices cover ${next} of ${view.header.parent.num_hidden_layers} layers.`);
  }
  return { objective: choices.reduce((sum, choice) => sum + values[choice], outside), costs: costsOf(view, choices), choices: [...choices] };
}

/** The blocks that `choices` stand for, in order of depth. */
export function blocksOf(view: LibraryView, choices: readonly number[]): ChosenBlock[] {
  return choices.map((choice) => {
    const first = view.first_layer[choice];
    const layers = Array.from({ length: view.last_layer[choice] - first + 1 }, (_, i) => first + i);
    return chosenBlock(layers, view.variants[view.variant[choice]]);
  });
}
