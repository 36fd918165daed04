/** The 51B and 40B cases as far as they are known: what is asked at once, the answers when both are solved. */
import { createStore } from 'zustand/vanilla';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { ReferenceComparison, ReferenceProblem } from '../../engine/protocol/reference.ts';
import type { OpenLibrary } from './engine_store.ts';

export type ReferenceState =
  | { readonly kind: 'none' }
  /** `problems` is empty until the engine has stated them. */
  | { readonly kind: 'solving'; readonly problems: readonly ReferenceProblem[] }
  /** `library` is the one that both problems are about. */
  | { readonly kind: 'done'; readonly comparison: ReferenceComparison; readonly library: OpenLibrary }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export const referenceStore = createStore<ReferenceState>(() => ({ kind: 'none' }));
