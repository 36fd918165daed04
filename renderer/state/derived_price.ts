/**
 * What giving way at a limit is worth. Prices are duals of the linear relaxation: the change of the objective per unit by
 * which the limit is raised, exact for mixtures of variants and a rate to judge by for children.
 */
import type { LimitState } from '../../engine/protocol/problem.ts';
import type { LimitExplanation } from './explain_store.ts';

/** By how much the objective changes, to first order, when a limit gives way by `step`. */
export function looseningChange({ side, price }: Pick<LimitState, 'side' | 'price'>, step: number): number {
  return price * (side === 'max' ? step : -step);
}

/** What is left, as a share of the limit; undefined for a limit of 0. */
export function slackShare({ slack, limit }: Pick<LimitState, 'slack' | 'limit'>): number | undefined {
  return limit === 0 ? undefined : Math.max(0, slack) / Math.abs(limit);
}

/** The optimum beside a limit, searched, and how far it is from the one at the limit. */
export interface SearchedStep {
  readonly limit: number;
  /** By how much the limit moved, above 0. */
  readonly step: number;
  readonly objective: number;
  readonly change: number;
  readonly proven: boolean;
}

export function searchedStep(piece: LimitExplanation | undefined, to: 'looser' | 'tighter', { limit }: Pick<LimitState, 'limit'>, objective: number): SearchedStep | undefined {
  const found = piece?.[to];
  if (found === undefined) return undefined;
  return { ...found, step: Math.abs(found.limit - limit), change: found.objective - objective };
}
