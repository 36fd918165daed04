/** The answer to the document's problem as it comes in, and the frontier around it. */
import { createStore } from 'zustand/vanilla';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { BaselinePoint, LimitState, Problem, Reachable, Statement, SweepPoint, WireSolution } from '../../engine/protocol/problem.ts';
import type { StudyState } from './study_follower.ts';

/** How good the shown answer is known to be. */
export type Certainty =
  | { readonly kind: 'optimal' }
  | { readonly kind: 'within'; readonly gap: number; readonly refining: boolean };

export interface Answer {
  /** What was asked; the document may have moved on since. */
  readonly problem: Problem;
  readonly solutions: readonly WireSolution[];
  readonly certainty: Certainty;
  readonly objective: number;
  readonly bound: number;
  readonly solveMs: number;
  readonly exhausted: boolean;
  /** What every limit does to the first solution. */
  readonly limits: readonly LimitState[];
  /** Optimum of the linear relaxation. */
  readonly relaxation: number | undefined;
}

export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'infeasible'; readonly reachable: readonly Reachable[]; readonly conflict: readonly Statement[] }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export interface SolveState {
  /** A request is on its way that the shown outcome does not answer yet. */
  readonly pending: boolean;
  /** Nothing on screen answers the newest request yet. */
  readonly awaiting: boolean;
  readonly outcome: Outcome;
  /** The newest child found; kept on screen while a newer request is pending or infeasible. */
  readonly answer: Answer | undefined;
  /** Which of the diverse solutions is shown. */
  readonly solutionIndex: number;
}

export const solveStore = createStore<SolveState>(() => ({
  pending: false,
  awaiting: false,
  outcome: { kind: 'none' },
  answer: undefined,
  solutionIndex: 0,
}));

export interface SweepState {
  /** Column swept, and the column on the horizontal axis. */
  readonly over: string;
  readonly points: readonly SweepPoint[];
  /** Children of simpler methods, where asked for. */
  readonly baselines: readonly BaselinePoint[];
  /** Indices of the points that no other one equals or beats in both directions; empty until the sweep is done. */
  readonly frontier: readonly number[];
  /** While 'waiting', and until the first point of a running sweep, the points are those of the sweep before. */
  readonly state: StudyState;
  /** The points shown are all of their sweep. */
  readonly complete: boolean;
  /** How long the complete sweep took, as seen from here. */
  readonly tookMs: number | undefined;
  readonly error?: ErrorPayload | undefined;
}

export const NO_SWEEP: SweepState = { over: '', points: [], baselines: [], frontier: [], state: 'idle', complete: false, tookMs: undefined };

export const sweepStore = createStore<SweepState>(() => NO_SWEEP);

export function shownSolution(state: SolveState): WireSolution | undefined {
  return state.answer?.solutions[Math.min(state.solutionIndex, state.answer.solutions.length - 1)];
}

/** True where the child on screen does not meet the limits on screen. */
export function isStale(state: SolveState): boolean {
  return state.outcome.kind === 'infeasible' || state.outcome.kind === 'failed';
}
