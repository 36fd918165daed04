/**
 * Turns document changes into solves and sweeps. While a slider moves, one request is in flight and only the newest
 * position waits: a request is replaced as soon as its first answer is there (or is late), so that every frame shows
 * an answer and none is ever solved for nothing.
 */
import type { StreamParams } from '../../engine/protocol/api.ts';
import type { SolveUpdate, SweepPoint } from '../../engine/protocol/problem.ts';
import type { EngineClient } from '../../engine/protocol/client.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary } from './engine_store.ts';
import { problemOf } from './problem.ts';
import { defaultSweepColumn } from './columns.ts';
import { solveStore, sweepStore, type Answer } from './solve_store.ts';
import { viewStore } from './view_store.ts';

/** A request without any answer for this long gives way to a newer one. */
const LATE_MS = 150;
const SWEEP_AFTER_MS = 250;
export const SWEEP_POINTS = 40;

interface InFlight {
  readonly dispose: Dispose;
  readonly startedAt: number;
  answered: boolean;
}

let solve: InFlight | undefined;
let waiting = false;
let lateTimer: ReturnType<typeof setTimeout> | undefined;
let solvedProblem = '';
let sweptProblem = '';
let sweepDispose: Dispose | undefined;
let sweepTimer: ReturnType<typeof setTimeout> | undefined;

/** Starts following the document; call once. */
export function startSolving(): void {
  documentStore.subscribe((state, previous) => state.document !== previous.document && requestAll());
  viewStore.subscribe((state, previous) => state.sweepColumn !== previous.sweepColumn && requestSweep());
  engineStore.subscribe((state, previous) => {
    if (state.library === previous.library && state.connection === previous.connection) return;
    // A new engine or another library: nothing in flight will be answered.
    abandon();
    requestAll();
  });
}

/** True while an answer is still to come. */
export function isSolving(): boolean {
  return waiting || solveStore.getState().pending || ['waiting', 'running'].includes(sweepStore.getState().state);
}

function abandon(): void {
  solve?.dispose();
  solve = undefined;
  waiting = false;
  clearTimeout(lateTimer);
  solvedProblem = '';
  sweepDispose?.();
  sweepDispose = undefined;
  sweptProblem = '';
}

function requestAll(): void {
  requestSolve();
  requestSweep();
}

function requestSolve(): void {
  const client = engineClient();
  const library = openLibrary(engineStore.getState());
  if (client === undefined || library === undefined) {
    const libraryIsGone = engineStore.getState().library.kind === 'none';
    solveStore.setState({ pending: false, ...(libraryIsGone ? { outcome: { kind: 'none' }, answer: undefined } : {}) });
    return;
  }
  const problem = problemOf(documentStore.getState().document, library.view);
  const key = JSON.stringify(problem);
  if (key === solvedProblem) return;
  if (solve !== undefined && !solve.answered) {
    const lateIn = solve.startedAt + LATE_MS - performance.now();
    if (lateIn > 0) {
      waiting = true;
      clearTimeout(lateTimer);
      lateTimer = setTimeout(requestSolve, lateIn);
      return;
    }
  }
  clearTimeout(lateTimer);
  waiting = false;
  solvedProblem = key;
  solve?.dispose();
  solveStore.setState({ pending: true });
  const current: InFlight = { dispose: () => undefined, startedAt: performance.now(), answered: false };
  const live = (): boolean => solve?.startedAt === current.startedAt;
  const dispose = client.subscribe('solve', problem, {
    onEvent: (update) => {
      if (!live() || update.status === 'searching') return;
      show(update);
      if (solve !== undefined) solve.answered = true;
      if (waiting) requestSolve();
    },
    onError: (error) => {
      if (!live()) return;
      solvedProblem = '';
      solve = undefined;
      if (error.payload.code === 'engine_gone') return;
      solveStore.setState({ pending: false, outcome: { kind: 'failed', error: error.payload } });
      if (waiting) requestSolve();
    },
  });
  solve = { ...current, dispose };
}

function show(update: Exclude<SolveUpdate, { status: 'searching' }>): void {
  switch (update.status) {
    case 'optimal':
    case 'feasible': {
      const answer: Answer = {
        solutions: update.solutions,
        certainty:
          update.status === 'optimal' ? { kind: 'optimal' } : { kind: 'within', gap: update.gap, refining: !update.final },
        objective: update.objective,
        bound: update.bound,
        solveMs: update.solve_ms,
        exhausted: update.exhausted,
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
      solveStore.setState({ pending: false, outcome: { kind: 'infeasible', reachable: update.reachable } });
      break;
    case 'cancelled':
      solveStore.setState({ pending: false });
      break;
    default:
      update satisfies never;
  }
}

/** The frontier follows once the limits rest: it takes a whole series of solves. */
function requestSweep(): void {
  const client = engineClient();
  const library = openLibrary(engineStore.getState());
  if (client === undefined || library === undefined) {
    if (engineStore.getState().library.kind === 'none') sweepStore.setState({ over: '', points: [], state: 'idle' });
    return;
  }
  const over = viewStore.getState().sweepColumn ?? defaultSweepColumn(library);
  if (over === undefined) return;
  const problem = problemOf(documentStore.getState().document, library.view);
  const sweep = {
    ...problem,
    // The swept limit's own setting must not narrow the frontier that it is a mark on.
    limits: problem.limits.filter((limit) => limit.column !== over),
    solutions: 1,
    over,
    points: SWEEP_POINTS,
  };
  const key = JSON.stringify(sweep);
  if (key === sweptProblem) return;
  sweptProblem = key;
  sweepDispose?.();
  sweepDispose = undefined;
  clearTimeout(sweepTimer);
  sweepStore.setState((state) => ({ ...state, state: 'waiting' }));
  sweepTimer = setTimeout(() => runSweep(client, sweep), SWEEP_AFTER_MS);
}

function runSweep(client: EngineClient, sweep: StreamParams<'sweep'>): void {
  const points: SweepPoint[] = [];
  sweepStore.setState({ over: sweep.over, state: 'running', error: undefined });
  sweepDispose = client.subscribe('sweep', sweep, {
    onEvent: (event) => {
      if (event.kind === 'point') {
        points.push(event.point);
        scheduleSweepPaint(points);
      } else if (event.kind === 'finished') sweepStore.setState({ points: [...points], state: 'done' });
    },
    onError: (error) => {
      sweptProblem = '';
      if (error.payload.code !== 'engine_gone') sweepStore.setState({ state: 'failed', error: error.payload });
    },
  });
}

let paintTimer: ReturnType<typeof setTimeout> | undefined;
/** Points come faster than a plot should redraw. */
function scheduleSweepPaint(points: readonly SweepPoint[]): void {
  if (paintTimer !== undefined) return;
  paintTimer = setTimeout(() => {
    paintTimer = undefined;
    if (sweepStore.getState().state === 'running') sweepStore.setState({ points: [...points] });
  }, 120);
}
