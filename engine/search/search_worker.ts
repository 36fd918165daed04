/** Worker thread that searches: keeps the libraries it was sent, runs one request at a time, stops between stages. */
import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import createGlpk, { type GLPK } from 'glpk.js/node';
import { toErrorPayload } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import type { StudyRequest, WorkerAnswer, WorkerRequest } from './solver.ts';
import type { StreamEvent, StudyName } from '../protocol/api.ts';
import { contourOf } from './contour.ts';
import { explainSolution } from './explain.ts';
import { solveProblem, type StudyContext } from './solve.ts';
import { sweepProblem } from './sweep.ts';
import { warmUp } from './warm_up.ts';
import type { WarmStart } from './warm_start.ts';

const port = parentPort;
if (port === null) throw new Error('This file is the entry of a worker thread.');
const send = (answer: WorkerAnswer): void => port.postMessage(answer);

// GLPK says how it begins on the standard output, whatever its message level; that belongs to results.
console.log = () => undefined;
let glpk: GLPK | undefined = await createGlpk();
const views = new Map<string, LibraryView>();
/** The answer to start the next solve of the same library and objective from. */
const warmStarts = new Map<string, WarmStart>();

async function run(request: Exclude<WorkerRequest, { type: 'library' | 'warm' }>): Promise<void> {
  const { id, problem } = request;
  // The main thread's clock started when the request came; the time in between counts.
  const offset = Date.now() - request.requestedAt - performance.now();
  try {
    glpk ??= await createGlpk();
    const context = {
      glpk,
      onGlpkFailure: (): void => {
        glpk = undefined;
      },
      now: () => performance.now() + offset,
      shouldStop: () => id <= Atomics.load(request.withdrawn, 0),
    };
    const view = views.get(problem.library_id);
    if (view === undefined) throw new Error(`The search was not sent the library ${problem.library_id}.`);
    if (request.type === 'solve') {
      const key = JSON.stringify([problem.library_id, problem.objective, problem.locks, problem.bans]);
      const warmStart = await solveProblem(view, problem, {
        ...context,
        warmStart: warmStarts.get(key),
        onUpdate: (update) => send({ type: 'update', id, update }),
      });
      if (warmStart !== undefined) warmStarts.set(key, warmStart);
    } else await study(view, request, context, (event) => send({ type: 'event', id, event }));
    send({ type: 'done', id });
  } catch (error) {
    send({ type: 'failed', id, error: toErrorPayload(error) });
  }
}

async function study(
  view: LibraryView,
  request: StudyRequest,
  context: StudyContext,
  emit: (event: StreamEvent<StudyName>) => void,
): Promise<void> {
  switch (request.type) {
    case 'sweep':
      return sweepProblem(view, request.problem, context, emit);
    case 'contour':
      return contourOf(view, request.problem, context, emit);
    case 'explain':
      return explainSolution(view, request.problem, context, emit);
    default:
      request satisfies never;
  }
}

/** Something was asked for: what is made up must stop. */
let asked = false;
/** Requests run one after the other; a newer one has made the older ones stop. */
let queue: Promise<void> = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  switch (request.type) {
    case 'library':
      views.set(request.view.id, request.view);
      break;
    case 'warm':
      queue = queue.then(warm);
      break;
    case 'solve':
    case 'sweep':
    case 'contour':
    case 'explain':
      asked = true;
      queue = queue.then(() => run(request));
      break;
    default:
      request satisfies never;
  }
});

async function warm(): Promise<void> {
  if (glpk !== undefined) await warmUp(glpk, () => performance.now(), () => asked).catch(() => undefined);
  send({ type: 'warm' });
}
