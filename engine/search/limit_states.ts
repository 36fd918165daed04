/** What every limit does to the best child: its value, the room left, and the price from the relaxation's duals. */
import type { LimitState } from '../protocol/problem.ts';
import type { CompiledLimit, CompiledProblem } from './compile.ts';
import type { LinearOptimum } from './exact_search.ts';
import { sumOver } from './numeric_problem.ts';

/** Prices below this share of the largest are the relaxation's rounding. */
const NO_PRICE = 1e-9;

/**
 * By the envelope theorem the optimum changes by `-price` per unit of a row's bound; the limit moves the bound by
 * `boundPerUnit`. Exact for the relaxation, hence for the child up to the gap between both.
 * @param limits in the order of the problem's first rows
 */
export function limitStates(compiled: CompiledProblem, limits: readonly CompiledLimit[], chosen: Int32Array, relaxation: LinearOptimum): LimitState[] {
  const effects = limits.map(({ row, boundPerUnit }, r) => relaxation.prices[r] * Math.max(1, Math.abs(row.bound)) * Math.sign(boundPerUnit));
  const largest = effects.reduce((most, effect) => Math.max(most, Math.abs(effect)), 0);
  return limits.flatMap((limit, r): LimitState[] => {
    const { value, boundPerUnit } = limit.ofChild?.(chosen) ?? { value: limit.valueOf(sumOver(limit.row.coef, chosen)), boundPerUnit: limit.boundPerUnit };
    // The throughput of a child that takes no time is no number.
    if (!Number.isFinite(value)) return [];
    const binding = Math.abs(effects[r]) > NO_PRICE * largest;
    const state = {
      ...(limit.workload === undefined ? {} : { workload: limit.workload }),
      column: limit.column,
      side: limit.side,
      limit: limit.limit,
      value,
      slack: limit.side === 'max' ? limit.limit - value : value - limit.limit,
      binding,
      price: binding ? -compiled.direction * relaxation.prices[r] * boundPerUnit : 0,
    };
    return [state];
  });
}
