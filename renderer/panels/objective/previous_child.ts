/**
 * The best child for the objective before, kept while everything else stands, so that a switch of the objective can
 * say how far it moved the architecture.
 */
import { createStore } from 'zustand/vanilla';
import type { Dispose } from '../../../engine/protocol/transport.ts';
import { solveStore, type SolveState } from '../../state/solve_store.ts';

export interface SettledChild {
  /** Library, limits, locks and whatever else was asked, but for the objective. */
  readonly asked: string;
  readonly objective: string;
  readonly choices: readonly number[];
}

export interface PreviousChild {
  readonly current: SettledChild | undefined;
  /** Of another objective than `current`, and otherwise of the same problem. */
  readonly previous: SettledChild | undefined;
}

export const previousChildStore = createStore<PreviousChild>(() => ({ current: undefined, previous: undefined }));

/** Follows the answers. */
export function followChildren(): Dispose {
  const note = (state: SolveState): void => {
    const child = settledChild(state);
    if (child !== undefined) previousChildStore.setState((known) => withChild(known, child));
  };
  note(solveStore.getState());
  return solveStore.subscribe(note);
}

/** The first solution of a final answer. */
export function settledChild({ pending, outcome, answer }: Pick<SolveState, 'pending' | 'outcome' | 'answer'>): SettledChild | undefined {
  if (pending || outcome.kind !== 'answer' || answer === undefined) return undefined;
  const { objective, solutions: _, min_different_layers: __, ...rest } = answer.problem;
  return { asked: JSON.stringify(rest), objective, choices: answer.solutions[0].choices };
}

export function withChild(known: PreviousChild, child: SettledChild): PreviousChild {
  const { current, previous } = known;
  if (current?.asked !== child.asked) return { current: child, previous: undefined };
  if (current.objective !== child.objective) return { current: child, previous: current };
  return current.choices === child.choices ? known : { current: child, previous };
}
