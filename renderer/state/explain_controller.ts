/** Asks for an explanation once an answer is proven and the limits rest; pieces are painted in batches. */
import type { Explanation, Problem } from '../../engine/protocol/problem.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { engineClient } from './engine_store.ts';
import { NO_EXPLANATION, explainStore, withPiece } from './explain_store.ts';
import { solveStore } from './solve_store.ts';

const EXPLAIN_AFTER_MS = 300;
const PAINT_MS = 120;

let key: string | undefined;
let dispose: Dispose = () => undefined;
let startTimer: ReturnType<typeof setTimeout> | undefined;
let paintTimer: ReturnType<typeof setTimeout> | undefined;
let arrived: Explanation[] = [];

/** Starts following the answers; call once. */
export function startExplaining(): Dispose {
  const stop = solveStore.subscribe((state, previous) => {
    if (state.answer === previous.answer && state.outcome === previous.outcome && state.pending === previous.pending) return;
    follow();
  });
  return () => {
    stop();
    abandon();
  };
}

/** True while pieces are still to come. */
export function isExplaining(): boolean {
  return explainStore.getState().state === 'running' || startTimer !== undefined;
}

function follow(): void {
  const { outcome, answer, pending } = solveStore.getState();
  const settled = outcome.kind === 'answer' && answer !== undefined && !pending;
  const wanted = settled ? JSON.stringify({ ...answer.problem, solutions: 1 }) : undefined;
  if (wanted === key && wanted !== undefined) return;
  abandon();
  if (wanted === undefined || answer === undefined) {
    explainStore.setState(outcome.kind === 'none' ? NO_EXPLANATION : { state: 'stale' });
    return;
  }
  key = wanted;
  explainStore.setState({ state: 'stale' });
  startTimer = setTimeout(() => begin({ ...answer.problem, solutions: 1 }), EXPLAIN_AFTER_MS);
}

function begin(problem: Problem): void {
  startTimer = undefined;
  const client = engineClient();
  if (client === undefined) return;
  const mine = key;
  explainStore.setState({ ...NO_EXPLANATION, state: 'running' });
  dispose = client.subscribe('explain', problem, {
    onEvent: (event) => {
      if (key !== mine) return;
      if (event.kind === 'piece') {
        arrived.push(event.piece);
        paintTimer ??= setTimeout(paint, PAINT_MS);
      } else if (event.kind === 'finished') {
        paint();
        explainStore.setState({ state: 'done' });
      }
    },
    onError: (error) => {
      if (key !== mine) return;
      const gone = error.payload.code === 'engine_gone';
      if (gone) key = undefined;
      explainStore.setState(gone ? { state: 'stale' } : { state: 'failed', error: error.payload });
    },
  });
}

function paint(): void {
  clearTimeout(paintTimer);
  paintTimer = undefined;
  const pieces = arrived;
  arrived = [];
  explainStore.setState((state) => pieces.reduce(withPiece, state));
}

function abandon(): void {
  key = undefined;
  dispose();
  dispose = () => undefined;
  clearTimeout(startTimer);
  startTimer = undefined;
  clearTimeout(paintTimer);
  paintTimer = undefined;
  arrived = [];
}
