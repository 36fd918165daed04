/** How far the total behind a limit can go: the smallest sum of its row while the other limits hold, or without them. */
import type { CompiledLimit, CompiledProblem } from './compile.ts';
import { searchChild } from './search_child.ts';
import type { SearchContext } from './exact_search.ts';

/**
 * A value is settled once nothing beyond it by more than this share of it is possible. Its last digits may take far
 * longer: where costs depend on the variant alone, thousands of children lie between two neighbouring megabytes.
 */
const SETTLED_WITHIN = 1e-4;

export interface Extreme {
  /** In the limit's own unit; a child has exactly this total. */
  readonly value: number;
  /** Nothing tighter by more than 0.01 % is possible. */
  readonly proven: boolean;
}

/**
 * The tightest value of a limit that still leaves a child.
 * @param others 'hold': the other limits hold; 'left aside': none does
 */
export async function tightestOf(
  compiled: CompiledProblem,
  limit: CompiledLimit,
  others: 'hold' | 'left aside',
  context: SearchContext,
): Promise<Extreme | 'infeasible' | 'unknown'> {
  const same = (other: CompiledLimit): boolean => other.workload === limit.workload && other.column === limit.column && other.side === limit.side;
  let best: Extreme | undefined;
  let unknown = false;
  // The same limit is another row at another batch; values compare in the limit's own unit.
  for (const alternative of compiled.alternatives) {
    const swept = alternative.limits.find(same);
    if (swept === undefined || (limit.workload === undefined && best !== undefined && others === 'left aside')) continue;
    const asked = { ...compiled, alternatives: [{ ...alternative, limits: others === 'hold' ? alternative.limits : [] }] };
    const found = await tightestIn(asked, swept, context);
    if (found === 'unknown') unknown = true;
    else if (found !== 'infeasible' && (best === undefined || (limit.side === 'max' ? found.value < best.value : found.value > best.value))) best = found;
    if (context.shouldStop()) return 'unknown';
  }
  if (best === undefined) return unknown ? 'unknown' : 'infeasible';
  return unknown ? { ...best, proven: false } : best;
}

async function tightestIn(compiled: CompiledProblem, limit: CompiledLimit, context: SearchContext): Promise<Extreme | 'infeasible' | 'unknown'> {
  const settled = (cost: number, bound: number): boolean => Math.abs(limit.valueOf(cost) - limit.valueOf(bound)) <= SETTLED_WITHIN * Math.abs(limit.valueOf(cost));
  const { outcome } = await searchChild(compiled, { ...context, enough: settled }, { cost: limit.row.coef, without: limit });
  if (outcome.kind === 'infeasible' || outcome.kind === 'unknown') return outcome.kind;
  const value = limit.ofChild?.(outcome.chosen).value ?? limit.valueOf(outcome.cost);
  return { value, proven: outcome.kind === 'optimal' || settled(outcome.cost, outcome.bound) };
}
