/** Asks for the contour over two limits of the document's problem while it is looked at. */
import type { StreamParams } from '../../engine/protocol/api.ts';
import type { ContourCell } from '../../engine/protocol/problem.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { NO_CONTOUR, contourStore } from './contour_store.ts';
import { documentStore } from './document_store.ts';
import type { OpenLibrary } from './engine_store.ts';
import { problemOf } from './problem.ts';
import { StudyFollower } from './study_follower.ts';
import { contourColumns } from './swept_columns.ts';
import { viewStore } from './view_store.ts';

/** Levels across and up: enough to see the shape, few enough to have in seconds. */
export const CONTOUR_POINTS = [24, 16] as const;

interface Drawn {
  readonly over: readonly [string, string];
  readonly startedAt: number;
  readonly levels: readonly [readonly number[], readonly number[]];
  readonly cells: readonly ContourCell[];
  readonly tookMs: number | undefined;
}

const follower = new StudyFollower<'contour', Drawn>({
  name: 'contour',
  wanted,
  isShown: () => viewStore.getState().tab === 'frontier',
  begin: ({ over }) => ({ over, startedAt: performance.now(), levels: [[], []], cells: [], tookMs: undefined }),
  add(result, event) {
    switch (event.kind) {
      case 'started':
        return result;
      case 'levels':
        return { ...result, levels: event.levels };
      case 'cell':
        return { ...result, cells: [...result.cells, event.cell] };
      case 'finished':
        return { ...result, tookMs: performance.now() - result.startedAt };
      default:
        return event satisfies never;
    }
  },
  show(state, result, error) {
    if (result === undefined) return contourStore.setState({ state, error });
    const { over, levels, cells, tookMs } = result;
    contourStore.setState({ state, error, over, levels, cells, tookMs });
  },
  forget: () => contourStore.setState({ ...NO_CONTOUR, error: undefined }),
});

/** Starts following the document and the view; call once, after `startResting`. */
export function startContouring(): Dispose {
  return follower.start();
}

/** True while cells are still to come. */
export function isContouring(): boolean {
  return follower.isBusy();
}

/** Ends the contour with the cells it has. */
export function cancelContour(): void {
  follower.cancel();
}

export function contourAgain(): void {
  follower.again();
}

function wanted(library: OpenLibrary): StreamParams<'contour'> | undefined {
  const view = viewStore.getState();
  if (view.frontierMode !== 'two') return undefined;
  const problem = problemOf(documentStore.getState().document, library);
  const over = contourColumns(library, problem.objective, view.contourColumns);
  if (over === undefined) return undefined;
  return {
    ...problem,
    // The two limits' own settings must not narrow the plane that they are marks on.
    limits: problem.limits.filter((limit) => !over.includes(limit.column)),
    solutions: 1,
    over: [...over],
    points: [...CONTOUR_POINTS],
  };
}
