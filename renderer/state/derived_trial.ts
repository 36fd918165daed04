/** Children edited by hand and evaluated by the engine, for a look before deciding. */
import { createStore } from 'zustand/vanilla';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { WireSolution } from '../../engine/protocol/problem.ts';
import { track } from './activity.ts';
import { evaluationKey } from './derived_evaluations.ts';
import { engineClient } from './engine_store.ts';

export type Trial =
  | { readonly kind: 'loading' }
  | { readonly kind: 'done'; readonly solution: WireSolution }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

/** The newest few, by `trialKey`. */
export const trialStore = createStore<{ readonly trials: ReadonlyMap<string, Trial> }>(() => ({ trials: new Map() }));

const KEPT = 64;

export function trialKey(libraryId: string, objective: string, choices: readonly number[]): string {
  return `${objective} ${evaluationKey(libraryId, choices)}`;
}

/** Asks for a child's totals unless they are known or on their way; after a failure it asks again. */
export function requestTrial(libraryId: string, objective: string, choices: readonly number[]): void {
  const client = engineClient();
  const key = trialKey(libraryId, objective, choices);
  const known = trialStore.getState().trials.get(key);
  if (client === undefined || (known !== undefined && known.kind !== 'failed')) return;
  put(key, { kind: 'loading' });
  void track(
    client.call('child.evaluate', { library_id: libraryId, objective, choices: [...choices] }).then(
      (solution) => put(key, { kind: 'done', solution }),
      (error: unknown) => {
        const payload = toErrorPayload(error);
        put(key, { kind: 'failed', error: isCancelled(error) ? { ...payload, retryable: true } : payload });
      },
    ),
  );
}

function put(key: string, trial: Trial): void {
  trialStore.setState(({ trials }) => ({ trials: new Map([...trials].filter(([other]) => other !== key).slice(-(KEPT - 1)).concat([[key, trial]])) }));
}
