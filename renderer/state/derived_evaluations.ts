/** Costs of children other than the one on screen, asked of the engine once each. */
import { createStore } from 'zustand/vanilla';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { WireSolution } from '../../engine/protocol/problem.ts';
import { track } from './activity.ts';
import { engineClient } from './engine_store.ts';

export type Evaluation =
  | { readonly kind: 'loading' }
  | { readonly kind: 'done'; readonly costs: WireSolution['costs'] }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export const evaluationStore = createStore<Readonly<Record<string, Evaluation>>>(() => ({}));

export function evaluationKey(libraryId: string, choices: readonly number[]): string {
  return `${libraryId} ${choices.join(',')}`;
}

/** Asks for the costs of a child unless they are known or on their way; a lost engine is asked again next time. */
export function requestEvaluation(libraryId: string, objective: string, choices: readonly number[]): void {
  const client = engineClient();
  const key = evaluationKey(libraryId, choices);
  const known = evaluationStore.getState()[key];
  if (client === undefined || (known !== undefined && !(known.kind === 'failed' && known.error.retryable))) return;
  evaluationStore.setState({ [key]: { kind: 'loading' } });
  void track(
    client.call('child.evaluate', { library_id: libraryId, objective, choices: [...choices] }).then(
      ({ costs }) => evaluationStore.setState({ [key]: { kind: 'done', costs } }),
      (error: unknown) => {
        const payload = toErrorPayload(error);
        const again = isCancelled(error) || payload.code === 'engine_gone';
        evaluationStore.setState({ [key]: { kind: 'failed', error: again ? { ...payload, retryable: true } : payload } });
      },
    ),
  );
}
