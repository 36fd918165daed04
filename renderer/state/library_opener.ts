/**
 * Opens libraries: fetches everything the screens need of one before any of it is shown, so that a library that fails
 * leaves the open one untouched, and keeps the open library in step with the document's `library_id`.
 */
import type { EngineClient } from '../../engine/protocol/client.ts';
import { WorkbenchError, isCancelled, toErrorPayload } from '../../engine/protocol/errors.ts';
import { track } from './activity.ts';
import { parentChoices } from './children.ts';
import { startingLimits } from './default_limits.ts';
import { changeDocument, documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary, type OpenLibrary } from './engine_store.ts';

/** Libraries fetched from the present engine, so that undo and switching back are immediate. */
let fetched = new Map<string, OpenLibrary>();

/** Follows `document.library_id`; call once. */
export function followDocumentLibrary(): void {
  documentStore.subscribe((state, previous) => {
    if (state.document.library_id !== previous.document.library_id || state.loaded !== previous.loaded) void followLibrary();
  });
}

/** For a new engine: what an earlier one said of its libraries may no longer hold. */
export function forgetLibraries(): void {
  fetched = new Map();
}

/** Opens what the document names, unless that is open. */
export async function followLibrary(): Promise<void> {
  const client = engineClient();
  const { document, loaded } = documentStore.getState();
  if (client === undefined || !loaded) return;
  const id = document.library_id;
  const { library } = engineStore.getState();
  if (id === undefined) {
    if (library.kind !== 'none') engineStore.setState({ library: { kind: 'none' } });
    return;
  }
  if (library.kind === 'open' && library.library.view.id === id) return;
  if (library.kind === 'loading' && library.id === id) return;
  engineStore.setState({ library: { kind: 'loading', id } });
  const wanted = (): boolean => documentStore.getState().document.library_id === id && engineClient() === client;
  try {
    const opened = await track(fetchLibrary(client, id));
    if (wanted()) engineStore.setState({ library: { kind: 'open', library: opened } });
  } catch (error) {
    const payload = toErrorPayload(error);
    if (!wanted() || isCancelled(error)) return;
    // A lost engine is the connection's matter; the next one is asked again.
    if (payload.code === 'engine_gone') engineStore.setState({ library: { kind: 'none' } });
    else engineStore.setState({ library: { kind: 'failed', id, error: payload } });
  }
}

/**
 * Makes `id` the document's library, in one undoable step with limits that suit it: those that stand are kept where
 * the parent stays the same.
 * @throws WorkbenchError where it cannot be read; then nothing changed.
 */
export async function switchLibrary(id: string): Promise<void> {
  const client = engineClient();
  if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running.', { retryable: true });
  const before = openLibrary(engineStore.getState());
  const opened = await track(fetchLibrary(client, id));
  const sameParent = before?.view.header.parent.name === opened.view.header.parent.name;
  engineStore.setState({ library: { kind: 'open', library: opened } });
  changeDocument(`Open ${opened.view.header.name}`, (document) => {
    if (document.library_id === id) return document;
    const kept = sameParent ? document.limits.filter(({ column }) => opened.ranges.some((range) => range.column === column)) : [];
    return { ...document, library_id: id, limits: kept.length > 0 ? kept : [...startingLimits(opened)], compare: undefined };
  });
}

async function fetchLibrary(client: EngineClient, id: string): Promise<OpenLibrary> {
  const known = fetched.get(id);
  if (known !== undefined) return known;
  const [view, { ranges }] = await Promise.all([client.call('library.view', { id }), client.call('library.ranges', { id })]);
  const choices = parentChoices(view);
  if (choices === undefined) {
    throw new WorkbenchError('bad_input', `The library "${view.header.name}" lacks the parent's own block for some layer, so that children cannot be compared with it.`, {
      hint: 'Import it again from its source.',
    });
  }
  const parent = await client.call('child.evaluate', { library_id: id, objective: view.header.default_objective, choices: [...choices] });
  const opened: OpenLibrary = { view, ranges, parentChoices: choices, parent };
  fetched.set(id, opened);
  return opened;
}
