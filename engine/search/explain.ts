/**
 * Why the best child is what it is. Everything here is a search of its own beside the solved problem: with one limit
 * moved or left out, one lock lifted, or one layer's block forbidden; limits first, since they are asked for most.
 */
import type { StreamEvent } from '../protocol/api.ts';
import type { LibraryView } from '../protocol/library.ts';
import { ATTENTION_LAYERS, type Explanation, type Problem } from '../protocol/problem.ts';
import { compile, type CompiledLimit, type CompiledProblem } from './compile.ts';
import type { SearchContext } from './exact_search.ts';
import { tightestOf } from './extreme.ts';
import { sumOver } from './numeric_problem.ts';
import { columnRanges } from './ranges.ts';
import { searchChild, type ChildContext, type Question } from './search_child.ts';
import type { StudyContext } from './solve.ts';
import type { WarmStart } from './warm_start.ts';

/**
 * Time for the solve itself, for each search around a limit or a hold, and for each layer: a first round over all of
 * them is short, and a second one proves what the first could not.
 */
const SOLVE_WITHIN_MS = 10_000;
const LIMIT_WITHIN_MS = 1_000;
const LAYER_WITHIN_MS = [40, 400];
/** A regret is settled once it is known to this share of itself, or of the objective: its last digits take longest. */
const SETTLED_REGRET = 0.02;
const SETTLED_OBJECTIVE = 1e-5;
/** Share of a limit by which it is moved to see what that does. */
const STEP = 0.01;

interface Best {
  readonly objective: number;
  readonly cost: number;
  /** Proven bound on the cost. */
  readonly bound: number;
  readonly chosen: Int32Array;
  readonly proven: boolean;
  readonly warmStart: WarmStart;
}

export async function explainSolution(
  view: LibraryView,
  problem: Problem,
  context: StudyContext,
  emit: (event: StreamEvent<'explain'>) => void,
): Promise<void> {
  const compiled = compile(view, problem);
  const best = await bestOf(compiled, searchWithin(context, SOLVE_WITHIN_MS));
  const say = (piece: Explanation): void => emit({ kind: 'piece', piece });
  if (best !== undefined) {
    for (const limit of compiled.limits) await explainLimit(view, problem, compiled, limit, best, context, say);
    await explainHolds(view, problem, compiled, best, context, say);
    await explainLayers(view, compiled, best, context, say);
  }
  if (!context.shouldStop()) emit({ kind: 'finished' });
}

async function explainLimit(
  view: LibraryView,
  problem: Problem,
  compiled: CompiledProblem,
  limit: CompiledLimit,
  best: Best,
  context: StudyContext,
  say: (piece: Explanation) => void,
): Promise<void> {
  const { workload, column, side } = limit;
  const tightest = await tightestOf(compiled, limit, 'hold', searchWithin(context, LIMIT_WITHIN_MS));
  const free = await bestOf(compiled, searchWithin(context, LIMIT_WITHIN_MS, best.warmStart), { without: limit });
  if (context.shouldStop() || free === undefined || typeof tightest === 'string') return;
  const loosest = limit.ofChild?.(free.chosen).value ?? limit.valueOf(sumOver(limit.row.coef, free.chosen));
  const about = {
    kind: 'limit' as const,
    ...(workload === undefined ? {} : { workload }),
    column,
    side,
    tightest: numberFor(view, limit, tightest.value),
    loosest: numberFor(view, limit, loosest),
  };
  if (!Number.isFinite(about.tightest) || !Number.isFinite(about.loosest)) return;
  say(about);
  const step = column === ATTENTION_LAYERS ? 1 : Math.abs(limit.limit) * STEP;
  const outward = side === 'max' ? step : -step;
  const used = limit.ofChild?.(best.chosen).value ?? limit.valueOf(sumOver(limit.row.coef, best.chosen));
  const moved = async (to: number): Promise<{ limit: number; objective: number; proven: boolean } | undefined> => {
    // A tighter limit that the best child meets all the same leaves it the best; a batch may change with its limit.
    const meets = side === 'max' ? used <= to && to <= limit.limit : used >= to && to >= limit.limit;
    if (meets && compiled.alternatives.length === 1) return { limit: to, objective: best.objective, proven: best.proven };
    const found = await bestOf(compile(view, withLimit(problem, limit, to)), searchWithin(context, LIMIT_WITHIN_MS, best.warmStart));
    return found && { limit: to, objective: found.objective, proven: found.proven };
  };
  const looser = await moved(limit.limit + outward);
  const tighter = await moved(limit.limit - outward);
  if (context.shouldStop()) return;
  say({ ...about, ...(looser === undefined ? {} : { looser }), ...(tighter === undefined ? {} : { tighter }) });
}

/** The throughput of a child that takes no time is no number; the fastest that has one stands in. */
function numberFor(view: LibraryView, { workload, column }: CompiledLimit, value: number): number {
  if (Number.isFinite(value) || workload !== undefined) return value;
  return columnRanges(view).find((range) => range.column === column)?.largest ?? value;
}

/** The problem with one side of one limit at another value. */
function withLimit(problem: Problem, { workload, column, side }: CompiledLimit, value: number): Problem {
  const change = <L extends Problem['limits'][number]>(limits: readonly L[]): L[] =>
    limits.map((limit) => (limit.column === column && limit[side] !== undefined ? { ...limit, [side]: value } : limit));
  if (workload === undefined) return { ...problem, limits: change(problem.limits) };
  return {
    ...problem,
    workloads: (problem.workloads ?? []).map((other) => (other.id === workload ? { ...other, limits: change(other.limits) } : other)),
  };
}

/** What each lock and ban costs: the optimum without it, all others held. */
async function explainHolds(
  view: LibraryView,
  problem: Problem,
  compiled: CompiledProblem,
  best: Best,
  context: StudyContext,
  say: (piece: Explanation) => void,
): Promise<void> {
  const { locks = [], bans = [] } = problem;
  const without = [
    ...locks.map((lock) => ({ hold: 'lock' as const, ...lock, problem: { ...problem, locks: locks.filter((other) => other !== lock) } })),
    ...bans.map((ban) => ({ hold: 'ban' as const, ...ban, problem: { ...problem, bans: bans.filter((other) => other !== ban) } })),
  ];
  for (const { problem: freer, ...hold } of without) {
    if (context.shouldStop()) return;
    const found = await bestOf(compile(view, freer), searchWithin(context, LIMIT_WITHIN_MS));
    if (found === undefined || context.shouldStop()) continue;
    const cost = Math.max(0, compiled.direction * (best.objective - found.objective));
    say({ kind: 'hold', ...hold, free: found.objective, cost, proven: found.proven && best.proven });
  }
}

/** Regret: how much the best child with another block at this layer loses. */
async function explainLayers(
  view: LibraryView,
  compiled: CompiledProblem,
  best: Best,
  context: StudyContext,
  say: (piece: Explanation) => void,
): Promise<void> {
  const covering = (chosen: Int32Array, layer: number): number =>
    chosen.find((c) => view.first_layer[compiled.choices[c]] <= layer && layer <= view.last_layer[compiled.choices[c]]) ?? -1;
  const variantOf = (choice: number): string => view.variants[view.variant[compiled.choices[choice]]].id;
  const layers = view.header.parent.num_hidden_layers;
  const proven = new Set<number>();
  for (let turn = 0; turn < LAYER_WITHIN_MS.length * layers; turn++) {
    const layer = turn % layers;
    if (context.shouldStop()) return;
    if (proven.has(layer)) continue;
    const forbidden = covering(best.chosen, layer);
    const near = exchanged(compiled, best.chosen, forbidden);
    const warmStart = near && { ...best.warmStart, chosen: near };
    const enough = (cost: number, bound: number): boolean =>
      cost - bound <= Math.max(SETTLED_REGRET * (cost - best.cost), SETTLED_OBJECTIVE * Math.abs(best.cost));
    const inner = { ...searchWithin(context, LAYER_WITHIN_MS[Math.floor(turn / layers)], warmStart), enough };
    const { best: found, impossible } = await searchBest(compiled, inner, { allowed: (choice) => choice !== forbidden });
    if (context.shouldStop()) return;
    const about = { kind: 'layer' as const, layer, chosen: variantOf(forbidden) };
    const settled = found !== undefined && enough(found.cost, found.bound);
    if (impossible || settled) proven.add(layer);
    if (found === undefined) {
      if (impossible) say(about);
      continue;
    }
    const regret = Math.max(0, compiled.direction * (found.objective - best.objective));
    const variant = variantOf(covering(found.chosen, layer));
    say({ ...about, runner_up: { variant, objective: found.objective, regret, proven: settled && best.proven } });
  }
}

/** The child with the next best choice in place of one, to start from; undefined where that leaves layers uncovered. */
function exchanged({ numeric }: CompiledProblem, chosen: Int32Array, out: number): Int32Array | undefined {
  if (numeric.last !== undefined) return undefined;
  const group = chosen.indexOf(out);
  let next = -1;
  for (let c = numeric.groupStart[group]; c < numeric.groupStart[group + 1]; c++) {
    if (c !== out && (next < 0 || Math.abs(numeric.cost[c] - numeric.cost[out]) < Math.abs(numeric.cost[next] - numeric.cost[out]))) next = c;
  }
  return next < 0 ? undefined : chosen.with(group, next);
}

async function bestOf(compiled: CompiledProblem, context: ChildContext, question: Question = {}): Promise<Best | undefined> {
  return (await searchBest(compiled, context, question)).best;
}

/** The best child found; `impossible` where it is proven that there is none. */
async function searchBest(
  compiled: CompiledProblem,
  context: ChildContext,
  question: Question,
): Promise<{ readonly best: Best | undefined; readonly impossible: boolean }> {
  const { outcome } = await searchChild(compiled, context, question);
  if (outcome.kind !== 'optimal' && outcome.kind !== 'feasible') return { best: undefined, impossible: outcome.kind === 'infeasible' };
  const { chosen, cost, bound, warmStart, kind } = outcome;
  return { best: { objective: compiled.objectiveOf(cost), cost, bound, chosen, proven: kind === 'optimal', warmStart }, impossible: false };
}

function searchWithin(context: StudyContext, withinMs: number, warmStart?: WarmStart): SearchContext {
  const deadline = context.now() + withinMs;
  return {
    glpk: context.glpk,
    onGlpkFailure: context.onGlpkFailure,
    now: context.now,
    shouldStop: context.shouldStop,
    deadline,
    answerBy: deadline,
    ...(warmStart === undefined ? {} : { warmStart }),
  };
}
