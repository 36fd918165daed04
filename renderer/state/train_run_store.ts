/**
 * The run on screen, followed as long as it is on screen, and its results, which are files and asked for whenever a step or a
 * layer is finished. Everything comes from the engine again after a reload or a lost connection.
 */
import { createStore } from 'zustand/vanilla';
import type { CallResult } from '../../engine/protocol/api.ts';
import type { EngineClient } from '../../engine/protocol/client.ts';
import { toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { track } from './activity.ts';
import { engineClient, engineStore } from './engine_store.ts';
import { share } from './train_share.ts';
import { adoptEvent, type RunView } from './train_run.ts';
import { trainStore } from './train_store.ts';
import { viewStore } from './view_store.ts';

export type RunResults = CallResult<'run.report'>;

export interface RunStoreState {
  readonly id: string | undefined;
  /** Undefined until the snapshot came; the last known while the engine is away. */
  readonly view: RunView | undefined;
  readonly results: RunResults | undefined;
  /** Why results cannot be read, until they can. */
  readonly resultsError: ErrorPayload | undefined;
  readonly error: ErrorPayload | undefined;
  /** It is gone: removed while on screen. */
  readonly gone: boolean;
}

const NOTHING: RunStoreState = { id: undefined, view: undefined, results: undefined, resultsError: undefined, error: undefined, gone: false };

export const runStore = createStore<RunStoreState>(() => NOTHING);

/** Results are asked for at most this often while jobs end one after another. */
export const RESULTS_EVERY_MS = 1_500;

let following: { readonly id: string; readonly client: EngineClient; readonly stop: Dispose } | undefined;

/** Keeps the run of the view followed while Train is on screen; call once. */
export function startTraining(): Dispose {
  const follow = (): void => {
    const { screen, run } = viewStore.getState();
    // What stands in the list without being chosen is the newest.
    const wanted = screen === 'train' ? (run ?? trainStore.getState().list?.runs[0]?.id) : undefined;
    followRun(wanted, engineClient());
  };
  follow();
  const stops = [viewStore.subscribe(follow), engineStore.subscribe(follow), trainStore.subscribe(follow)];
  return () => {
    for (const stop of stops) stop();
    following?.stop();
    following = undefined;
    runStore.setState(NOTHING);
  };
}

function followRun(id: string | undefined, client: EngineClient | undefined): void {
  if (following !== undefined && following.id === id && following.client === client) return;
  following?.stop();
  following = undefined;
  if (runStore.getState().id !== id) runStore.setState({ ...NOTHING, id });
  if (id === undefined || client === undefined) return;
  const results = new ResultReader(id, client);
  const dispose = client.subscribe(
    'run',
    { id },
    {
      onEvent: (event) => {
        const before = runStore.getState().view;
        const view = adoptEvent(before, event);
        runStore.setState({ view, error: undefined, gone: false });
        if (view !== undefined && (event.kind === 'snapshot' || milestones(view) !== milestones(before))) results.want(view.progress.state !== 'running');
      },
      onError: ({ payload }) => {
        if (payload.code !== 'engine_gone') runStore.setState({ error: payload, view: undefined });
      },
      onEnd: () => runStore.setState({ gone: true, view: undefined, results: undefined }),
    },
  );
  following = {
    id,
    client,
    stop: () => {
      dispose();
      results.stop();
    },
  };
}

/** Changes whenever there may be new result files. */
function milestones(view: RunView | undefined): string {
  if (view === undefined) return '';
  const { state, steps } = view.progress;
  return `${state} ${steps.map((step) => `${step.state}${step.jobs.done}`).join(' ')}`;
}

/** Asks for the results of one run, one request at a time and not too often. */
class ResultReader {
  readonly #id: string;
  readonly #client: EngineClient;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #wanted = false;
  #stopped = false;
  #askedAt = -Infinity;

  constructor(id: string, client: EngineClient) {
    this.#id = id;
    this.#client = client;
  }

  /** @param atOnce Nothing more will come soon. */
  want(atOnce = false): void {
    this.#wanted = true;
    if (atOnce) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#askedAt = -Infinity;
    }
    if (this.#asking || this.#timer !== undefined || this.#stopped) return;
    const wait = Math.max(0, this.#askedAt + RESULTS_EVERY_MS - Date.now());
    if (wait === 0) void track(this.#ask());
    else {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void track(this.#ask());
      }, wait);
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#wanted = false;
    this.#asking = true;
    this.#askedAt = Date.now();
    try {
      const results = await this.#client.call('run.report', { id: this.#id });
      if (!this.#stopped) runStore.setState(({ results: before }) => ({ results: share(before, results), resultsError: undefined }));
    } catch (error) {
      // Of a lost engine the stream tells.
      const payload = toErrorPayload(error);
      if (!this.#stopped && payload.code !== 'engine_gone') runStore.setState({ resultsError: payload });
    }
    this.#asking = false;
    if (this.#wanted) this.want();
  }
}
