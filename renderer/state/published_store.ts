/** The published tables, which are fetched when they are first looked at, and what of them is shown. */
import { createStore } from 'zustand/vanilla';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { PublishedTable } from '../../engine/protocol/published_tables.ts';
import { track } from './activity.ts';
import { engineClient } from './engine_store.ts';

/** What is chosen besides a table: models by accuracy and throughput, or all predictions at once. */
export const MODELS_VIEW = 'models';
export const ERRORS_VIEW = 'errors';

export type PublishedState =
  | { readonly kind: 'none' | 'loading' }
  | { readonly kind: 'ready'; readonly tables: readonly PublishedTable[] }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export interface PublishedViewState {
  readonly state: PublishedState;
  /** A view above, or the id of a table. */
  readonly chosen: string;
  /** Release that baselines are read from; each table's own where undefined. */
  readonly release: string | undefined;
  /** Tag of the sections shown, by table; all where absent. */
  readonly tags: Readonly<Record<string, string>>;
  /** Table whose rows are plotted predicted over published. */
  readonly plotted: string | undefined;
}

export const publishedStore = createStore<PublishedViewState>(() => ({
  state: { kind: 'none' },
  chosen: MODELS_VIEW,
  release: undefined,
  tags: {},
  plotted: undefined,
}));

/** Fetches the tables unless they are there or on their way. */
export async function loadPublishedTables(): Promise<void> {
  const client = engineClient();
  const { kind } = publishedStore.getState().state;
  if (client === undefined || kind === 'loading' || kind === 'ready') return;
  publishedStore.setState({ state: { kind: 'loading' } });
  try {
    const { tables } = await track(client.call('published.tables', {}));
    publishedStore.setState({ state: { kind: 'ready', tables } });
  } catch (error) {
    const payload = toErrorPayload(error);
    // A new engine is asked again; of the loss the page has already told.
    const again = isCancelled(error) || payload.code === 'engine_gone';
    publishedStore.setState({ state: again ? { kind: 'none' } : { kind: 'failed', error: payload } });
  }
}
