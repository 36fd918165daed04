/**
 * Turns document changes into solves. While a slider moves, one request is in flight and only the newest
 * position waits: a request is replaced as soon as its first answer is there (or is late), so that every frame shows
 * an answer and none is ever solved for nothing.
 */
import type { Problem, SolveUpdate, WireSolution } from '../../engine/protocol/problem.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';
import { changeDocument, documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary, type OpenLibrary } from './engine_store.ts';
import { problemOf } from './problem.ts';
import { recipeStore } from './recipe_store.ts';
import { solveStore, type Answer } from './solve_store.ts';

/**
 * A request without any answer for this long gives way to a newer one: twice as long as the last answers took, so that
 * on a slow or busy machine a drag still sees answers instead of replacing every request before it has one.
 */
const LATE_MS = { least: 150, most: 2_000 };

/** One request; whoever holds another than the current one must keep still. */
interface Request {
  readonly key: string;
  readonly problem: Problem;
  readonly startedAt: number;
  answered: boolean;
  /** The newest answer, while the library it is about is still on its way. */
  held: Answered | WorkbenchError | undefined;
  dispose: Dispose;
}

type Answered = Exclude<SolveUpdate, { status: 'searching' }>;

/**
 * A library that is searched before it is shown: it, its first answer and what it changes in the document come on screen
 * together. Until it is here one with the same choices and columns stands in for it.
 */
interface Incoming {
  readonly id: string;
  readonly library: OpenLibrary;
  readonly here: boolean;
  /** What the child on screen takes in it, for where nothing fits. */
  readonly shown: WireSolution | undefined;
  /** Absent where the document names the library already. */
  readonly change: DocumentChange | undefined;
}

export interface DocumentChange {
  readonly label: string;
  readonly update: (document: ProjectDocument) => ProjectDocument;
}

/** Smoothed time from a request to its first answer. */
let firstAnswerMs = 0;
let solve: Request | undefined;
/** The document has moved on since `solve` was asked. */
let waiting = false;
let lateTimer: ReturnType<typeof setTimeout> | undefined;
let incoming: Incoming | undefined;
/** Library and document change because an incoming library is put on screen. */
let arriving = false;

/** Starts following the document; call once. */
export function startSolving(): Dispose {
  const disposers = [
    documentStore.subscribe((state, previous) => {
      if (state.document === previous.document) return;
      const named = state.document.library_id;
      // Whoever goes to another library does not wait for this one.
      if (!arriving && incoming !== undefined && named !== previous.document.library_id && named !== incoming.id) {
        expect(undefined);
        abandon();
      }
      requestSolve();
    }),
    engineStore.subscribe((state, previous) => {
      if (arriving || (state.library === previous.library && state.connection === previous.connection)) return;
      expect(undefined);
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

/**
 * Searches the library `id`, which has the choices and columns of `like`, before it is here. What is on screen stays, and
 * is not called current, until `deliverLibrary` and the first answer.
 */
export function expectLibrary(id: string, like: OpenLibrary, change?: DocumentChange): void {
  abandon();
  expect({ id, library: { ...like, view: { ...like.view, id } }, here: false, shown: undefined, change });
  requestSolve();
}

/** @returns false where nobody waits for the library any more. */
export function deliverLibrary(library: OpenLibrary, shown: WireSolution | undefined): boolean {
  if (incoming?.id !== library.view.id) return false;
  expect({ ...incoming, library, here: true, shown });
  const asked = problemNow(library);
  if (solve !== undefined && solve.key !== JSON.stringify(asked)) abandon();
  const held = solve?.held;
  if (solve === undefined || held === undefined) requestSolve();
  else {
    solve.held = undefined;
    receive(solve, held);
  }
  return true;
}

/** Goes back to what is on screen where the library cannot be had. */
export function giveUpLibrary(id: string): void {
  if (incoming?.id !== id) return;
  expect(undefined);
  solveAgain();
}

/** Asks again after a failure. */
export function solveAgain(): void {
  abandon();
  requestSolve();
}

function expect(library: Incoming | undefined): void {
  incoming = library;
  if (recipeStore.getState().coming !== library?.id) recipeStore.setState({ coming: library?.id });
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

function problemNow(library: OpenLibrary): Problem {
  const { document } = documentStore.getState();
  return problemOf(incoming?.change?.update(document) ?? document, library);
}

function requestSolve(): void {
  const client = engineClient();
  const open = openLibrary(engineStore.getState());
  if (client === undefined || open === undefined) {
    solveStore.setState({ pending: false });
    return;
  }
  const named = documentStore.getState().document.library_id;
  const library = incoming?.library ?? (named === undefined || named === open.view.id ? open : undefined);
  if (library === undefined) {
    // Another library is about to come: what is on screen answers nothing any more.
    abandon();
    solveStore.setState({ pending: true, awaiting: true });
    return;
  }
  clearTimeout(lateTimer);
  const problem = problemNow(library);
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
  const request: Request = { key, problem, startedAt: performance.now(), answered: false, held: undefined, dispose: () => undefined };
  solve = request;
  solveStore.setState({ pending: true, awaiting: true });
  request.dispose = client.subscribe('solve', problem, {
    onEvent: (update) => {
      if (solve !== request || update.status === 'searching') return;
      if (!request.answered) noteFirstAnswer(performance.now() - request.startedAt);
      request.answered = true;
      receive(request, update);
    },
    onError: (error) => {
      if (solve === request) receive(request, error);
    },
    onEnd: () => {
      if (solve === request && request.held === undefined) solveStore.setState({ pending: false });
    },
  });
}

/** Shows an answer or a failure, unless the library it is about is not here yet. */
function receive(request: Request, answer: Answered | WorkbenchError): void {
  if (incoming !== undefined && !incoming.here) {
    request.held = answer;
  } else if (answer instanceof WorkbenchError) {
    // Forgotten, so that the same problem can be asked again.
    solve = undefined;
    if (answer.payload.code !== 'engine_gone') arrive();
    fail(answer);
  } else {
    arrive();
    show(answer, request.problem);
  }
  if (waiting) requestSolve();
}

/** Puts the incoming library on screen, with the child so far as it is there. */
function arrive(): void {
  if (incoming === undefined) return;
  const { library, shown, change } = incoming;
  const { answer } = solveStore.getState();
  arriving = true;
  // The document first: what takes a series of solves then waits until it rests.
  if (change !== undefined) changeDocument(change.label, change.update);
  expect(undefined);
  forgetAnswers();
  engineStore.setState({ library: { kind: 'open', library } });
  arriving = false;
  if (answer !== undefined && shown !== undefined) {
    solveStore.setState({ answer: { ...answer, problem: { ...answer.problem, library_id: library.view.id }, solutions: [shown], limits: [] } });
  }
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
