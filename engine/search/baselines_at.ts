/**
 * Children by simpler methods at one set of limits, to be built and measured beside the optimum: the ablations of Puzzle
 * (arXiv 2411.19146, section 5). Every child given meets the limits; library choices in order of depth.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { Problem } from '../protocol/problem.ts';
import { greedyChild, singleChoices } from './baseline_greedy.ts';
import { compile, type CompiledProblem } from './compile.ts';
import { satisfies, sumOver } from './numeric_problem.ts';

/** Where the greedy rule overdraws a limit, it is given this much less of all, again and again. */
const TIGHTEN_BY = 0.99;
const TIGHTEN_TIMES = 120;
/** Random children aim at this share of the tightest limit; draws beyond it are thrown away. */
const AIM = 0.97;
const DRAWS_PER_AIM = 100;

/** Puzzle's greedy rule; undefined where even much tighter budgets end in a child beyond the limits. */
export function greedyAt(view: LibraryView, problem: Problem): readonly number[] | undefined {
  const compiled = compile(view, problem);
  const { numeric } = compiled;
  let factor = 1;
  for (let i = 0; i < TIGHTEN_TIMES; i++) {
    const share = factor;
    const chosen = greedyChild({ ...numeric, rows: numeric.rows.map((row) => ({ ...row, bound: row.bound * share })) });
    if (chosen === undefined) return undefined;
    if (satisfies(numeric, chosen)) return libraryChoices(compiled, chosen);
    factor *= TIGHTEN_BY;
  }
  return undefined;
}

/** The best of the children with the same variant in every layer, by the objective's sum. */
export function homogeneousAt(view: LibraryView, problem: Problem): readonly number[] | undefined {
  const compiled = compile(view, problem);
  const { numeric } = compiled;
  const layers = singleChoices(numeric);
  let best: Int32Array | undefined;
  for (const [variant] of view.variants.entries()) {
    const chosen = Int32Array.from(layers, (choices) => choices.find((choice) => view.variant[compiled.choices[choice]] === variant) ?? -1);
    if (chosen.includes(-1) || !satisfies(numeric, chosen)) continue;
    if (best === undefined || sumOver(numeric.cost, chosen) < sumOver(numeric.cost, best)) best = chosen;
  }
  return best && libraryChoices(compiled, best);
}

/**
 * Random children that nearly use the limits up: every layer draws a choice with weight exp(-bias * position), where the
 * position is its coefficient in the tightest row, and the bias makes the expected total the aim. Fewer than `count` where
 * draws keep missing.
 * @param next uniform over [0, 1)
 */
export function randomAt(view: LibraryView, problem: Problem, count: number, next: () => number): readonly (readonly number[])[] {
  const compiled = compile(view, problem);
  const { numeric } = compiled;
  const layers = singleChoices(numeric);
  const row = numeric.rows[0];
  const found: (readonly number[])[] = [];
  let aim = AIM;
  while (found.length < count && aim > 0) {
    const weights = row === undefined ? layers.map((choices) => choices.map(() => 1)) : weightsFor(layers, row.coef, row.bound * aim);
    for (let i = 0; i < DRAWS_PER_AIM && found.length < count; i++) {
      const chosen = Int32Array.from(layers, (choices, layer) => draw(choices, weights[layer], next));
      if (satisfies(numeric, chosen)) found.push(libraryChoices(compiled, chosen));
    }
    aim -= 0.03;
  }
  return found;
}

/** Weights per layer and choice whose expected total of `coef` is `target`, found by bisection on the bias. */
function weightsFor(layers: readonly (readonly number[])[], coef: Float64Array, target: number): readonly (readonly number[])[] {
  const largest = layers.map((choices) => Math.max(...choices.map((choice) => coef[choice]), 1e-300));
  const weightsAt = (bias: number): readonly (readonly number[])[] => layers.map((choices, layer) => choices.map((choice) => Math.exp((-bias * coef[choice]) / largest[layer])));
  let low = -20;
  let high = 20;
  for (let i = 0; i < 40; i++) {
    const bias = (low + high) / 2;
    const weights = weightsAt(bias);
    let expected = 0;
    for (const [layer, choices] of layers.entries()) {
      const total = weights[layer].reduce((sum, weight) => sum + weight, 0);
      for (const [place, choice] of choices.entries()) expected += (weights[layer][place] / total) * coef[choice];
    }
    if (expected > target) low = bias;
    else high = bias;
  }
  return weightsAt(high);
}

function draw(choices: readonly number[], weights: readonly number[], next: () => number): number {
  let rest = next() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => (rest -= weight) < 0);
  return choices[at < 0 ? choices.length - 1 : at];
}

function libraryChoices({ choices }: CompiledProblem, chosen: Int32Array): readonly number[] {
  return Array.from(chosen, (choice) => choices[choice]);
}
