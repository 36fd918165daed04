/** Quality over two limits as it comes in: the optimum at every pair of levels. */
import { createStore } from 'zustand/vanilla';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { ContourCell } from '../../engine/protocol/problem.ts';
import type { StudyState } from './study_follower.ts';

export interface ContourState {
  /** Columns across and up. */
  readonly over: readonly [string, string];
  /** Levels of the first and of the second limit; empty until the engine has said them. */
  readonly levels: readonly [readonly number[], readonly number[]];
  readonly cells: readonly ContourCell[];
  /** While 'waiting', and until the first cell of a running contour, the cells are those of the contour before. */
  readonly state: StudyState;
  /** How long the complete contour took, as seen from here. */
  readonly tookMs: number | undefined;
  readonly error?: ErrorPayload | undefined;
}

export const NO_CONTOUR: ContourState = { over: ['', ''], levels: [[], []], cells: [], state: 'idle', tookMs: undefined };

export const contourStore = createStore<ContourState>(() => NO_CONTOUR);
