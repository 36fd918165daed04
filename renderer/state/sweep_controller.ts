/** The frontier of the document's problem: the optimum at every level of one limit, and what simpler methods find. */
import type { StreamParams } from '../../engine/protocol/api.ts';
import { BASELINES, type BaselinePoint, type SweepPoint } from '../../engine/protocol/problem.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { documentStore } from './document_store.ts';
import type { OpenLibrary } from './engine_store.ts';
import { problemOf } from './problem.ts';
import { NO_SWEEP, sweepStore } from './solve_store.ts';
import { StudyFollower } from './study_follower.ts';
import { sweptColumn } from './swept_columns.ts';
import { viewStore } from './view_store.ts';

export const SWEEP_POINTS = 100;

interface Swept {
  readonly over: string;
  readonly startedAt: number;
  readonly points: readonly SweepPoint[];
  readonly baselines: readonly BaselinePoint[];
  readonly frontier: readonly number[];
  readonly tookMs: number | undefined;
}

const follower = new StudyFollower<'sweep', Swept>({
  name: 'sweep',
  wanted,
  // Also other views than the plot count on it.
  isShown: () => true,
  begin: ({ over }) => ({ over, startedAt: performance.now(), points: [], baselines: [], frontier: [], tookMs: undefined }),
  add(result, event) {
    switch (event.kind) {
      case 'started':
        return result;
      case 'point':
        return { ...result, points: [...result.points, event.point] };
      case 'baseline':
        return { ...result, baselines: [...result.baselines, event.baseline] };
      case 'finished':
        return { ...result, frontier: event.frontier, tookMs: performance.now() - result.startedAt };
      default:
        return event satisfies never;
    }
  },
  show(state, result, error) {
    if (result === undefined) return sweepStore.setState({ state, error });
    const { over, points, baselines, frontier, tookMs } = result;
    sweepStore.setState({ state, error, over, points, baselines, frontier, tookMs, complete: tookMs !== undefined });
  },
  forget: () => sweepStore.setState({ ...NO_SWEEP, error: undefined }),
});

/** Starts following the document; call once, after `startResting`. */
export function startSweeping(): Dispose {
  return follower.start();
}

/** True while points are still to come. */
export function isSweeping(): boolean {
  return follower.isBusy();
}

/** Ends the sweep with the points it has. */
export function cancelSweep(): void {
  follower.cancel();
}

export function sweepAgain(): void {
  follower.again();
}

function wanted(library: OpenLibrary): StreamParams<'sweep'> | undefined {
  const problem = problemOf(documentStore.getState().document, library);
  const over = sweptColumn(library, problem.objective, viewStore.getState().sweepColumn);
  if (over === undefined) return undefined;
  return {
    ...problem,
    // The swept limit's own setting must not narrow the frontier that it is a mark on.
    limits: problem.limits.filter((limit) => limit.column !== over),
    solutions: 1,
    over,
    points: SWEEP_POINTS,
    baselines: [...BASELINES],
  };
}
