/** Limits as shares of the parent, and the children found within them: by the exact search and by simpler methods. */
import { greedyAt, homogeneousAt, randomAt } from '../../search/baselines_at.ts';
import { evaluateChoices } from '../../search/totals.ts';
import type { Solver } from '../../search/solver.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { LibraryView } from '../../protocol/library.ts';
import type { Limit, Problem } from '../../protocol/problem.ts';
import type { Plan } from '../../protocol/train.ts';
import { solveOnce } from '../cli/run_solver.ts';

export const PARAMS = 'num_params';
export const KV = 'kv_bytes_per_sequence';

export interface FoundChild {
  /** `mip`, `greedy`, `max_params`, `homogeneous`, `random_0` ... */
  readonly method: string;
  /** Library choices in order of depth. */
  readonly choices: readonly number[];
}

export interface LimitSet {
  readonly params: number;
  readonly kv: number;
  readonly limits: readonly Limit[];
  readonly status: 'optimal' | 'feasible';
  /** The search's first. */
  readonly children: readonly FoundChild[];
}

interface Best {
  readonly status: 'optimal' | 'feasible';
  /** Library choices in order of depth. */
  readonly choices: readonly number[];
}

/** Library choices of the intact parent. */
export function parentChoices(view: LibraryView): readonly number[] {
  return view.header.parent.variants.map((variant, layer) => {
    const choice = view.variant.findIndex((index, at) => view.first_layer[at] === layer && view.last_layer[at] === layer && view.variants[index].id === variant);
    if (choice < 0) throw new WorkbenchError('internal', `The library lacks the parent's own block ${variant} of layer ${layer}.`);
    return choice;
  });
}

/** Parameters of the whole model and bytes of KV cache, both at most a share of the parent's. */
export function limitsOf(view: LibraryView, { params, kv }: Plan['limits'][number]): readonly Limit[] {
  const { costs } = evaluateChoices(view, view.header.default_objective, parentChoices(view));
  return [
    { column: PARAMS, max: params * costs[PARAMS] },
    { column: KV, max: kv * costs[KV] },
  ];
}

/** The best child within limits. @throws WorkbenchError `bad_input` where nothing fits */
export async function bestWithin(view: LibraryView, objective: string, { params, kv, limits }: Pick<LimitSet, 'params' | 'kv' | 'limits'>, solver: Solver): Promise<Best> {
  const best = await solved(solver, view, { library_id: view.id, objective, limits: [...limits] });
  if (best !== undefined) return best;
  throw new WorkbenchError('bad_input', `No child has at most ${100 * params} % of the parent's parameters and ${100 * kv} % of its KV cache.`, {
    hint: 'Choose larger shares, or add smaller variants to the search space.',
  });
}

/**
 * The best child and those of simpler methods.
 * @param next uniform over [0, 1), for the random children
 * @throws WorkbenchError `bad_input` where nothing fits
 */
export async function searchWithin(
  view: LibraryView,
  plan: Plan,
  shares: Plan['limits'][number],
  { solver, next }: { readonly solver: Solver; readonly next: () => number },
): Promise<LimitSet> {
  const limits = limitsOf(view, shares);
  const problem: Problem = { library_id: view.id, objective: plan.objective, limits: [...limits] };
  const best = await bestWithin(view, plan.objective, { ...shares, limits }, solver);
  const byParameters = mostParameters(view);
  const most = await solved(solver, byParameters, { ...problem, library_id: byParameters.id, objective: PARAMS });
  const simple = [
    ['greedy', greedyAt(view, problem)],
    ['max_params', most?.choices],
    ['homogeneous', homogeneousAt(view, problem)],
    ...randomAt(view, problem, plan.baselines.random, next).map((choices, i) => [`random_${i}`, choices] as const),
  ] as const;
  return {
    ...shares,
    limits,
    status: best.status,
    children: [{ method: 'mip', choices: best.choices }, ...simple.flatMap(([method, choices]) => (choices === undefined ? [] : [{ method, choices }]))],
  };
}

async function solved(solver: Solver, view: LibraryView, problem: Problem): Promise<Best | undefined> {
  const update = await solveOnce(solver, view, problem);
  if (update.status !== 'optimal' && update.status !== 'feasible') return undefined;
  return { status: update.status, choices: update.solutions[0].choices };
}

/** The library with parameters as what one wants most of: Puzzle's ablation "maximise parameters". */
function mostParameters(view: LibraryView): LibraryView {
  const columns = view.header.columns.map((column) => (column.id === PARAMS ? { ...column, better: 'higher' as const } : column));
  return { ...view, id: `${view.id} by ${PARAMS}`, header: { ...view.header, columns } };
}
