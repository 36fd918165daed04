/** What the engine says is so: connection, libraries, the open library, reference and published models. */
import { createStore } from 'zustand/vanilla';
import type { ColumnRange, EngineStatus, Published } from '../../engine/protocol/api.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { LibrarySummary, LibraryView } from '../../engine/protocol/library.ts';
import type { WireSolution } from '../../engine/protocol/problem.ts';
import type { Architecture } from '../../engine/protocol/variant.ts';
import type { Recent } from '../../engine/protocol/workspace.ts';
import type { ConnectionState } from '../transport/connection.ts';

/** The library being explored, with what is derived from it once. */
export interface OpenLibrary {
  readonly view: LibraryView;
  readonly ranges: readonly ColumnRange[];
  /** Choice index of the parent's own block per layer. */
  readonly parentChoices: readonly number[];
  readonly parent: WireSolution;
}

export type LibraryState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly id: string }
  | { readonly kind: 'open'; readonly library: OpenLibrary }
  | { readonly kind: 'failed'; readonly id: string; readonly error: ErrorPayload };

export interface EngineState {
  readonly connection: ConnectionState;
  readonly status: EngineStatus | undefined;
  readonly libraries: readonly LibrarySummary[];
  readonly recents: readonly Recent[];
  readonly library: LibraryState;
  readonly references: readonly Architecture[];
  readonly published: Published | undefined;
}

export const engineStore = createStore<EngineState>(() => ({
  connection: { kind: 'connecting' },
  status: undefined,
  libraries: [],
  recents: [],
  library: { kind: 'none' },
  references: [],
  published: undefined,
}));

/** The live client, or undefined while there is none. */
export function engineClient(): RpcClient | undefined {
  const { connection } = engineStore.getState();
  return connection.kind === 'ready' ? connection.client : undefined;
}

export function openLibrary(state: EngineState): OpenLibrary | undefined {
  return state.library.kind === 'open' ? state.library.library : undefined;
}
