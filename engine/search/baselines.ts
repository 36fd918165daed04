/**
 * Simpler ways to a child, to see what the exact search gains: the ablations of Puzzle (arXiv 2411.19146, section 5)
 * on this library. Every child meets the problem's other limits, locks and bans; those that cannot are left out.
 */
import type { LibraryView } from '../protocol/library.ts';
import type { Baseline, BaselinePoint, Problem, WireSolution } from '../protocol/problem.ts';
import { greedyChild } from './baseline_greedy.ts';
import { randomChildren } from './baseline_random.ts';
import { compile, type CompiledProblem } from './compile.ts';
import { limitAt, type Axis } from './frontier_levels.ts';
import { childOf, searchNearly } from './frontier_search.ts';
import { satisfies } from './numeric_problem.ts';
import { quantityOf } from './quantities.ts';
import { numericOf } from './search_child.ts';
import type { StudyContext } from './solve.ts';
import type { WarmStart } from './warm_start.ts';

/** Levels at which the methods that take a level are tried. */
const LEVELS = 15;
const RANDOM_CHILDREN = 200;
/** Random children between two looks at whether anybody still wants them. */
const BATCH = 20;
const PARAMETERS = 'num_params';
/** The most parameters within this share are good enough to compare with, and so is what this time gives. */
const MOST_PARAMETERS_WITHIN = 1e-4;
const MOST_PARAMETERS_MS = 200;

/** @param problem without a limit on the axis' column */
export async function baselinesOf(
  view: LibraryView,
  problem: Problem,
  axis: Axis,
  methods: readonly Baseline[],
  context: StudyContext,
  emit: (point: BaselinePoint) => void,
): Promise<void> {
  for (const method of new Set(methods)) {
    if (context.shouldStop()) return;
    switch (method) {
      case 'greedy':
        greedy(view, problem, axis, emit);
        break;
      case 'max_params':
        await maxParams(view, problem, axis, context, emit);
        break;
      case 'one_variant':
        oneVariant(view, problem, emit);
        break;
      case 'random':
        await random(view, problem, axis, context, emit);
        break;
      default:
        method satisfies never;
    }
  }
}

function greedy(view: LibraryView, problem: Problem, axis: Axis, emit: (point: BaselinePoint) => void): void {
  for (const { level, compiled } of levelProblems(view, problem, axis)) {
    let best: WireSolution | undefined;
    for (const alternative of compiled.alternatives) {
      const numeric = numericOf(compiled, alternative);
      const chosen = greedyChild(numeric);
      if (chosen === undefined || !satisfies(numeric, chosen)) continue;
      const child = childOf(view, problem, compiled, alternative, chosen);
      if (best === undefined || compiled.direction * (child.objective - best.objective) < 0) best = child;
    }
    if (best !== undefined) emit({ method: 'greedy', level, solution: best });
  }
}

/** As many parameters as the limits allow, whatever they are worth. */
async function maxParams(
  view: LibraryView,
  problem: Problem,
  axis: Axis,
  context: StudyContext,
  emit: (point: BaselinePoint) => void,
): Promise<void> {
  if (!view.header.columns.some(({ id, summable }) => id === PARAMETERS && summable)) return;
  const { values } = quantityOf(view, PARAMETERS);
  let warmStart: WarmStart | undefined;
  for (const { level, compiled } of levelProblems(view, problem, axis)) {
    const cost = Float64Array.from(compiled.choices, (choice) => -values[choice]);
    const { outcome, alternative } = await searchNearly(compiled, { cost }, MOST_PARAMETERS_WITHIN, MOST_PARAMETERS_MS, context, warmStart);
    if (context.shouldStop()) return;
    if (outcome.kind !== 'optimal' && outcome.kind !== 'feasible') continue;
    warmStart = outcome.warmStart;
    emit({ method: 'max_params', level, solution: childOf(view, problem, compiled, alternative, outcome.chosen) });
  }
}

/** The same variant in every layer. */
function oneVariant(view: LibraryView, problem: Problem, emit: (point: BaselinePoint) => void): void {
  const compiled = compile(view, problem);
  const layers = view.header.parent.num_hidden_layers;
  for (const [index, { id }] of view.variants.entries()) {
    const chosen = new Int32Array(layers).fill(-1);
    for (const [c, choice] of compiled.choices.entries()) {
      if (view.variant[choice] === index && view.first_layer[choice] === view.last_layer[choice]) chosen[view.first_layer[choice]] = c;
    }
    const child = chosen.includes(-1) ? undefined : withinLimits(view, problem, compiled, chosen);
    if (child !== undefined) emit({ method: 'one_variant', variant: id, solution: child });
  }
}

async function random(
  view: LibraryView,
  problem: Problem,
  axis: Axis,
  context: StudyContext,
  emit: (point: BaselinePoint) => void,
): Promise<void> {
  const compiled = compile(view, problem);
  const [swept] = compile(view, { ...problem, limits: [limitAt(axis, axis.levels[0])] }).limits;
  if (swept === undefined) return;
  let drawn = 0;
  for (const chosen of randomChildren(compiled.numeric, swept.row.coef, RANDOM_CHILDREN)) {
    const child = withinLimits(view, problem, compiled, chosen);
    if (child !== undefined) emit({ method: 'random', solution: child });
    drawn++;
    if (drawn % BATCH !== 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (context.shouldStop()) return;
  }
}

/** The problem with the limit at some of its levels, from loose to tight. */
function* levelProblems(view: LibraryView, problem: Problem, axis: Axis): Generator<{ level: number; compiled: CompiledProblem }> {
  const { levels } = axis;
  const count = Math.min(LEVELS, levels.length);
  for (let i = 0; i < count; i++) {
    const level = levels[Math.round((i * (levels.length - 1)) / Math.max(1, count - 1))];
    yield { level, compiled: compile(view, { ...problem, limits: [...problem.limits, limitAt(axis, level)] }) };
  }
}

/** The child where it meets all limits, at the first batches that it does. */
function withinLimits(view: LibraryView, problem: Problem, compiled: CompiledProblem, chosen: Int32Array): WireSolution | undefined {
  const met = compiled.alternatives.find((alternative) => satisfies(numericOf(compiled, alternative), chosen));
  return met && childOf(view, problem, compiled, met, chosen);
}
