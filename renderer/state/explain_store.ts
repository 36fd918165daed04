/** Why the shown child is what it is, piece by piece as the engine finds it out. */
import { createStore } from 'zustand/vanilla';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Explanation } from '../../engine/protocol/problem.ts';

export type LimitExplanation = Extract<Explanation, { kind: 'limit' }>;
export type LayerExplanation = Extract<Explanation, { kind: 'layer' }>;
export type HoldExplanation = Extract<Explanation, { kind: 'hold' }>;

export interface ExplainState {
  /** 'stale': the pieces belong to an earlier problem and are shown, if at all, as such. */
  readonly state: 'idle' | 'stale' | 'running' | 'done' | 'failed';
  /** By `limitKey`. */
  readonly limits: ReadonlyMap<string, LimitExplanation>;
  /** By parent layer. */
  readonly layers: ReadonlyMap<number, LayerExplanation>;
  readonly holds: readonly HoldExplanation[];
  readonly error?: ErrorPayload | undefined;
}

export const NO_EXPLANATION: ExplainState = { state: 'idle', limits: new Map(), layers: new Map(), holds: [] };

export const explainStore = createStore<ExplainState>(() => NO_EXPLANATION);

/** Names one side of one limit, of the problem or of a workload. */
export function limitKey(limit: { readonly workload?: string | undefined; readonly column: string; readonly side: 'max' | 'min' }): string {
  return `${limit.workload ?? ''} ${limit.column} ${limit.side}`;
}

/** The state with one more piece; a later piece for the same place replaces an earlier one. */
export function withPiece(state: ExplainState, piece: Explanation): ExplainState {
  switch (piece.kind) {
    case 'limit':
      return { ...state, limits: new Map(state.limits).set(limitKey(piece), piece) };
    case 'layer':
      return { ...state, layers: new Map(state.layers).set(piece.layer, piece) };
    case 'hold': {
      const same = (other: HoldExplanation): boolean =>
        other.hold === piece.hold && other.layer === piece.layer && other.variant === piece.variant;
      return { ...state, holds: [...state.holds.filter((other) => !same(other)), piece] };
    }
    default:
      return piece satisfies never;
  }
}
