/**
 * Turns document changes into solves. While a slider moves, one request is in flight and only the newest
 * position waits: a request is replaced as soon as its first answer is there (or is late), so that every frame shows
 * an answer and none is ever solved for nothing.
 */
import type { Problem, SolveUpdate } from '../../engine/protocol/problem.ts';
import type { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary } from './engine_store.ts';
import { problemOf } from './problem.ts';
import { solveStore, type Answer } from './solve_store.ts';

/**
 * A request without any answer for this long gives way to a newer one: twice as long as the last answers took, so that
 * on a slow or busy machine a drag still sees answers instead of replacing every request before it has one.
 */
const LATE_MS = { least: 150, most: 2_000 };

/** One request; whoever holds another than the current one must keep still. */
interface Request {
  readonly key: string;
  readonly startedAt: number;
  answered: boolean;
  dispose: Dispose;
}

/** Smoothed time from a request to its first answer. */
let firstAnswerMs = 0;
let solve: Request | undefined;
/** The document has moved on since `solve` was asked. */
let waiting = false;
let lateTimer: ReturnType<typeof setTimeout> | undefined;

/** Starts following the document; call once. */
export function startSolving(): Dispose {
  const disposers = [
    documentStore.subscribe((state, previous) => state.document !== previous.document && requestSolve()),
    engineStore.subscribe((state, previous) => {
      if (state.library === previous.library && state.connection === previous.connection) return;
      // A new engine or another library: nothing in flight will be answered.
      abandon();
      if (openLibrary(state)?.view.id !== openLibrary(previous)?.view.id) forgetAnswers();
      requestSolve();
    }),
    abandon,
  ];
  return () => {
    for (const dispose of disposers) dispose();
  };
}

/** True while an answer is still to come. */
export function isSolving(): boolean {
  return waiting || solveStore.getState().pending;
}

/** Asks again after a failure. */
export function solveAgain(): void {
  abandon();
  requestSolve();
}

function abandon(): void {
  solve?.dispose();
  solve = undefined;
  waiting = false;
  clearTimeout(lateTimer);
}

/** Choices are numbered per library: those of one mean nothing in another. */
function forgetAnswers(): void {
  solveStore.setState({ pending: false, outcome: { kind: 'none' }, answer: undefined, solutionIndex: 0 });
}

function requestSolve(): void {
  const client = engineClient();
  const library = openLibrary(engineStore.getState());
  if (client === undefined || library === undefined) {
    solveStore.setState({ pending: false });
    return;
  }
  clearTimeout(lateTimer);
  const problem = problemOf(documentStore.getState().document, library);
  const key = JSON.stringify(problem);
  waiting = solve !== undefined && solve.key !== key;
  if (solve?.key === key) return;
  if (solve !== undefined && !solve.answered) {
    const patience = Math.min(LATE_MS.most, Math.max(LATE_MS.least, 2 * firstAnswerMs));
    const lateIn = solve.startedAt + patience - performance.now();
    if (lateIn > 0) {
      lateTimer = setTimeout(requestSolve, lateIn);
      return;
    }
  }
  waiting = false;
  // Also a request given up on says how long answers take at least.
  if (solve !== undefined && !solve.answered) noteFirstAnswer(performance.now() - solve.startedAt);
  solve?.dispose();
  const request: Request = { key, startedAt: performance.now(), answered: false, dispose: () => undefined };
  solve = request;
  solveStore.setState({ pending: true, awaiting: true });
  request.dispose = client.subscribe('solve', problem, {
    onEvent: (update) => {
      if (solve !== request || update.status === 'searching') return;
      if (!request.answered) noteFirstAnswer(performance.now() - request.startedAt);
      request.answered = true;
      show(update, problem);
      if (waiting) requestSolve();
    },
    onError: (error) => {
      if (solve !== request) return;
      // Forgotten, so that the same problem can be asked again.
      solve = undefined;
      fail(error);
      if (waiting) requestSolve();
    },
    onEnd: () => {
      if (solve === request) solveStore.setState({ pending: false });
    },
  });
}

function noteFirstAnswer(ms: number): void {
  firstAnswerMs = firstAnswerMs === 0 ? ms : 0.7 * firstAnswerMs + 0.3 * ms;
}

/** A lost engine is the connection's matter: what is on screen stays, and the next engine is asked again. */
function fail(error: WorkbenchError): void {
  const gone = error.payload.code === 'engine_gone';
  solveStore.setState({ pending: false, awaiting: false, ...(gone ? {} : { outcome: { kind: 'failed', error: error.payload } }) });
}

function show(update: Exclude<SolveUpdate, { status: 'searching' }>, problem: Problem): void {
  solveStore.setState({ awaiting: false });
  switch (update.status) {
    case 'optimal':
    case 'feasible': {
      const answer: Answer = {
        problem,
        solutions: update.solutions,
        certainty:
          update.status === 'optimal' ? { kind: 'optimal' } : { kind: 'within', gap: update.gap, refining: !update.final },
        objective: update.objective,
        bound: update.bound,
        solveMs: update.solve_ms,
        exhausted: update.exhausted,
        limits: update.limits,
        relaxation: update.relaxation,
      };
      solveStore.setState((state) => ({
        pending: !update.final,
        outcome: { kind: 'answer' },
        answer,
        solutionIndex: Math.min(state.solutionIndex, update.solutions.length - 1),
      }));
      break;
    }
    case 'infeasible':
      solveStore.setState({ pending: false, outcome: { kind: 'infeasible', reachable: update.reachable, conflict: update.conflict } });
      break;
    case 'cancelled':
      solveStore.setState({ pending: false });
      break;
    default:
      update satisfies never;
  }
}
