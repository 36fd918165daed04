/** Fitting a calibration to a user's own kernel timings: what is asked, what comes back, and how far it is. */
import { createStore } from 'zustand/vanilla';
import type { StreamEvent, StreamParams } from '../../engine/protocol/api.ts';
import { isCancelled, WorkbenchError, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { runActivity } from './activity.ts';
import { engineClient } from './engine_store.ts';

type FitParams = StreamParams<'calibration.fit'>;
type Finished = Extract<StreamEvent<'calibration.fit'>, { kind: 'finished' }>;

export type FitState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly label: string; readonly stage: string | undefined; readonly done: number; readonly total: number; readonly cancel: () => void }
  | { readonly kind: 'failed'; readonly label: string; readonly error: ErrorPayload }
  | (Readonly<Finished> & { readonly label: string });

export const fitStore = createStore<{ readonly fit: FitState }>(() => ({ fit: { kind: 'idle' } }));

/** Fits a calibration to the timings of `source`; the outcome is in `fitStore`. */
export async function fitCalibration(label: string, params: FitParams): Promise<void> {
  const client = engineClient();
  if (client === undefined) {
    const { payload } = new WorkbenchError('engine_gone', 'The engine is not running yet.', { retryable: true });
    return setFit({ kind: 'failed', label, error: payload });
  }
  await runActivity(`Fitting ${label}`, (signal, report) =>
    new Promise<void>((resolve) => {
      let dispose: Dispose = () => undefined;
      const end = (fit: FitState): void => {
        setFit(fit);
        resolve();
      };
      const cancel = (): void => {
        dispose();
        end({ kind: 'idle' });
      };
      signal.addEventListener('abort', cancel, { once: true });
      setFit({ kind: 'running', label, stage: undefined, done: 0, total: 0, cancel });
      dispose = client.subscribe('calibration.fit', params, {
        onEvent(event) {
          switch (event.kind) {
            case 'started':
              return;
            case 'progress':
              report({ fraction: event.total > 0 ? event.done / event.total : undefined });
              return setFit({ kind: 'running', label, stage: event.stage, done: event.done, total: event.total, cancel });
            case 'finished':
              return end({ ...event, label });
            default:
              event satisfies never;
          }
        },
        onError: (error) => end(isCancelled(error) ? { kind: 'idle' } : { kind: 'failed', label, error: error.payload }),
      });
    }),
  );
}

/** Leaves an outcome behind, or gives up what is running. */
export function dismissFit(): void {
  const { fit } = fitStore.getState();
  if (fit.kind === 'running') fit.cancel();
  else setFit({ kind: 'idle' });
}

function setFit(fit: FitState): void {
  fitStore.setState({ fit });
}
