/**
 * Opens libraries: fetches everything the screens need of one before any of it is shown, so that a library that fails
 * leaves the open one untouched, and keeps the open library in step with the document's `library_id`.
 */
import type { EngineClient } from '../../engine/protocol/client.ts';
import { WorkbenchError, isCancelled, toErrorPayload } from '../../engine/protocol/errors.ts';
import { track } from './activity.ts';
import { parentChoices } from './children.ts';
import { changeDocument, documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary, type OpenLibrary } from './engine_store.ts';
import type { WireSolution } from '../../engine/protocol/problem.ts';
import { isRecipeId } from '../../engine/protocol/recipe.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';
import { recosted, switched } from './recipe_document.ts';
import { haveSameChoices } from './recipe_ids.ts';
import { noteOpened, recipeStore } from './recipe_store.ts';
import { deliverLibrary, expectLibrary, giveUpLibrary } from './solve_controller.ts';
import { shownSolution, solveStore } from './solve_store.ts';
import { viewStore } from './view_store.ts';

/** Libraries fetched from the present engine, so that undo and switching back are immediate. */
let fetched = new Map<string, OpenLibrary>();
/** Computed libraries are a megabyte each, and making one again takes milliseconds. */
const COMPUTED_KEPT = 12;

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
  if (recipeStore.getState().coming === id) return;
  const before = library.kind === 'open' && haveSameChoices(library.library.view.id, id) ? library.library : undefined;
  if (before === undefined) engineStore.setState({ library: { kind: 'loading', id } });
  else expectLibrary(id, before);
  const wanted = (): boolean => documentStore.getState().document.library_id === id && engineClient() === client;
  try {
    const { opened, shown } = await track(fetchLike(client, id, before));
    if (!wanted()) return;
    if (!deliverLibrary(opened, shown)) engineStore.setState({ library: { kind: 'open', library: opened } });
    noteOpened(opened.view);
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
 * @param asking What is to be asked of it instead, where the caller knows; part of the same step.
 * @throws WorkbenchError where it cannot be read; then nothing changed.
 */
export async function switchLibrary(id: string, asking?: (document: ProjectDocument, opened: OpenLibrary) => ProjectDocument): Promise<void> {
  const client = clientOrThrow();
  const before = openLibrary(engineStore.getState());
  const opened = await track(fetchLibrary(client, id));
  engineStore.setState({ library: { kind: 'open', library: opened } });
  noteOpened(opened.view);
  // Whoever opens a library wants to see it.
  viewStore.setState({ screen: 'explore' });
  changeDocument(`Open ${opened.view.header.name}`, (document) => {
    const there = switched(document, before, opened);
    return asking === undefined ? there : asking(there, opened);
  });
}

/**
 * Makes `id`, whose blocks are those of the open library at other costs, the document's library in one undoable step.
 * What was decided stays, and what is on screen stays until the new library and its first answer are there.
 * @throws WorkbenchError where it cannot be computed; then nothing changed.
 */
export async function recostLibrary(id: string, label: string): Promise<void> {
  const client = clientOrThrow();
  const before = openLibrary(engineStore.getState());
  if (before === undefined || !haveSameChoices(before.view.id, id)) return switchLibrary(id);
  expectLibrary(id, before, { label, update: (document) => recosted(document, id) });
  try {
    const { opened, shown } = await track(fetchLike(client, id, before));
    if (deliverLibrary(opened, shown)) noteOpened(opened.view);
  } catch (error) {
    if (recipeStore.getState().coming !== id) return;
    giveUpLibrary(id);
    throw error;
  }
}

/**
 * For changed devices, calibrations or models: what was computed from them is asked for again, the open library at
 * once.
 */
export async function recomputeLibraries(): Promise<void> {
  for (const id of fetched.keys()) if (isRecipeId(id)) fetched.delete(id);
  const client = engineClient();
  const open = openLibrary(engineStore.getState());
  if (client === undefined || open === undefined || !isRecipeId(open.view.id)) return;
  const { id } = open.view;
  expectLibrary(id, open);
  try {
    const { opened, shown } = await track(fetchLike(client, id, open));
    deliverLibrary(opened, shown);
  } catch (error) {
    giveUpLibrary(id);
    throw error;
  }
}

function clientOrThrow(): EngineClient {
  const client = engineClient();
  if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running.', { retryable: true });
  return client;
}

/** The library, and what the child on screen takes in it where it numbers its choices as `like` does. */
async function fetchLike(client: EngineClient, id: string, like: OpenLibrary | undefined): Promise<{ opened: OpenLibrary; shown: WireSolution | undefined }> {
  if (like === undefined || !haveSameChoices(like.view.id, id)) return { opened: await fetchLibrary(client, id), shown: undefined };
  const { answer } = solveStore.getState();
  const child = shownSolution(solveStore.getState());
  const asked = answer === undefined || child === undefined ? undefined : { library_id: id, objective: answer.problem.objective, choices: child.choices };
  const [opened, shown] = await Promise.all([
    fetchLibrary(client, id, like),
    asked === undefined ? undefined : client.call('child.evaluate', asked).catch(() => undefined),
  ]);
  return { opened, shown };
}

/** Everything the screens need of a library. One `like` it tells the parent's choices beforehand, which saves a round trip. */
export async function fetchLibrary(client: EngineClient, id: string, like?: OpenLibrary): Promise<OpenLibrary> {
  const known = fetched.get(id);
  if (known !== undefined) return known;
  const evaluate = (objective: string, choices: readonly number[]): Promise<WireSolution> =>
    client.call('child.evaluate', { library_id: id, objective, choices: [...choices] });
  const [view, { ranges }, early] = await Promise.all([
    client.call('library.view', { id }),
    client.call('library.ranges', { id }),
    like === undefined ? undefined : evaluate(like.view.header.default_objective, like.parentChoices).catch(() => undefined),
  ]);
  const choices = parentChoices(view);
  if (choices === undefined) {
    throw new WorkbenchError('bad_input', `The library "${view.header.name}" lacks the parent's own block for some layer, so that children cannot be compared with it.`, {
      hint: 'Import it again from its source.',
    });
  }
  const objective = view.header.default_objective;
  const usable = early !== undefined && objective === like?.view.header.default_objective && early.choices.join() === choices.join();
  const opened: OpenLibrary = { view, ranges, parentChoices: choices, parent: usable ? early : await evaluate(objective, choices) };
  keep(id, opened);
  return opened;
}

function keep(id: string, opened: OpenLibrary): void {
  fetched.set(id, opened);
  const computed = [...fetched.keys()].filter(isRecipeId);
  for (const oldest of computed.slice(0, -COMPUTED_KEPT)) fetched.delete(oldest);
}
