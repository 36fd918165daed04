/**
 * Children of blocks drawn at random from the library, as in Puzzle's ablation (arXiv 2411.19146, section 5). Drawn
 * evenly, the totals of many layers all come out near the middle; to compare along a whole frontier, every child draws
 * a bias first and then takes each choice of a layer with a weight of exp(bias * position), the position of its
 * coefficient between the layer's smallest (0) and largest (1). A bias of 0 is the even draw.
 */
import { singleChoices } from './baseline_greedy.ts';
import type { NumericProblem } from './numeric_problem.ts';

/** Biases are drawn evenly between this and its negative: from nearly all smallest to nearly all largest. */
const LARGEST_BIAS = 8;
/** The same children every time. */
const SEED = 20_241_119;

/** Choices per group; nothing where a group has no choice that replaces it alone. They may exceed rows. */
export function* randomChildren(problem: NumericProblem, coef: Float64Array, count: number): Generator<Int32Array> {
  const layers = singleChoices(problem).map((choices) => ({ choices, positions: positionsOf(choices, coef) }));
  if (layers.some(({ choices }) => choices.length === 0)) return;
  const next = mulberry32(SEED);
  for (let child = 0; child < count; child++) {
    const bias = LARGEST_BIAS * (2 * next() - 1);
    yield Int32Array.from(layers, ({ choices, positions }) => {
      const weights = positions.map((position) => Math.exp(bias * position));
      let rest = next() * weights.reduce((sum, weight) => sum + weight, 0);
      const drawn = weights.findIndex((weight) => (rest -= weight) < 0);
      return choices.at(drawn) ?? -1;
    });
  }
}

/** Where each choice lies between the smallest and the largest of its layer. */
function positionsOf(choices: readonly number[], coef: Float64Array): readonly number[] {
  const values = choices.map((choice) => coef[choice]);
  const smallest = Math.min(...values);
  const range = Math.max(...values) - smallest;
  return values.map((value) => (range > 0 ? (value - smallest) / range : 0));
}

/** Even numbers in [0, 1): the 32-bit generator "mulberry32". */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
