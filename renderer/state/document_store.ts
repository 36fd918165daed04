/**
 * What the user decided: library, objective, limits, pins. Undoable, one entry per gesture, and saved by the engine
 * shortly after every change.
 */
import { createStore } from 'zustand/vanilla';
import type { EngineClient } from '../../engine/protocol/client.ts';
import { WorkbenchError, type ErrorCode } from '../../engine/protocol/errors.ts';
import type { LimitSetting, Pin, ProjectDocument, ProjectState } from '../../engine/protocol/workspace.ts';

interface HistoryEntry {
  readonly label: string;
  readonly before: ProjectDocument;
}

export interface DocumentState {
  readonly document: ProjectDocument;
  readonly past: readonly HistoryEntry[];
  readonly future: readonly HistoryEntry[];
  /** False until the engine sent the project. */
  readonly loaded: boolean;
  readonly folder: string;
  readonly readOnly: string | undefined;
  readonly recovered: string | undefined;
  readonly saving: 'saved' | 'pending' | 'failed';
}

export const EMPTY_DOCUMENT: ProjectDocument = {
  name: 'Untitled',
  limits: [],
  workloads: [],
  locks: [],
  bans: [],
  solutions: 1,
  min_different_layers: 8,
  pins: [],
};

const MAX_HISTORY = 200;
const SAVE_AFTER_MS = 400;

export const documentStore = createStore<DocumentState>(() => ({
  document: EMPTY_DOCUMENT,
  past: [],
  future: [],
  loaded: false,
  folder: '',
  readOnly: undefined,
  recovered: undefined,
  saving: 'saved',
}));

/** The gesture that the newest history entry belongs to, such as one drag of one slider. */
let openGesture: string | undefined;
let client: EngineClient | undefined;
let revision = 0;
let saveTimer: ReturnType<typeof setTimeout> | undefined;
let saveInFlight = false;
/** The newest state the engine announced while a save was in flight. */
let announced: ProjectState | undefined;
let reportProblem: (error: unknown) => void = () => undefined;

/** Where failures to save are shown. */
export function onSaveProblem(report: (error: unknown) => void): void {
  reportProblem = report;
}

/**
 * Changes the document. Changes of one `gesture` undo together; any other change ends it.
 */
export function changeDocument(
  label: string,
  update: (document: ProjectDocument) => ProjectDocument,
  gesture?: string,
): void {
  const state = documentStore.getState();
  const document = update(state.document);
  if (sameContent(document, state.document)) return;
  const continues = gesture !== undefined && gesture === openGesture && state.past.length > 0;
  const past = continues ? state.past : [...state.past, { label, before: state.document }].slice(-MAX_HISTORY);
  documentStore.setState({ document, past, future: [] });
  openGesture = gesture;
  scheduleSave();
}

export function undo(): void {
  step('past', 'future');
}

export function redo(): void {
  step('future', 'past');
}

function step(from: 'past' | 'future', to: 'past' | 'future'): void {
  openGesture = undefined;
  documentStore.setState((state) => {
    const entry = state[from].at(-1);
    if (entry === undefined) return state;
    return {
      ...state,
      document: entry.before,
      [from]: state[from].slice(0, -1),
      [to]: [...state[to], { label: entry.label, before: state.document }],
    };
  });
  scheduleSave();
}

/** Sets one slider, switching it on. */
export function setLimit(column: string, side: LimitSetting['side'], value: number, gesture?: string): void {
  changeDocument(
    `Limit ${column}`,
    (document) => {
      const others = document.limits.some((limit) => limit.column === column && limit.side === side)
        ? document.limits.map((limit) =>
            limit.column === column && limit.side === side ? { ...limit, value, enabled: true } : limit,
          )
        : [...document.limits, { column, side, value, enabled: true }];
      return { ...document, limits: others };
    },
    gesture,
  );
}

export function enableLimit(column: string, side: LimitSetting['side'], enabled: boolean): void {
  changeDocument(`${enabled ? 'Enable' : 'Disable'} limit ${column}`, (document) => ({
    ...document,
    limits: document.limits.map((limit) =>
      limit.column === column && limit.side === side ? { ...limit, enabled } : limit,
    ),
  }));
}

export function removeLimit(column: string, side: LimitSetting['side']): void {
  changeDocument(`Remove limit ${column}`, (document) => ({
    ...document,
    limits: document.limits.filter((limit) => limit.column !== column || limit.side !== side),
  }));
}

export function addPin(pin: Pin): void {
  changeDocument(`Pin ${pin.name}`, (document) => ({ ...document, pins: [...document.pins, pin] }));
}

export function removePin(id: string): void {
  changeDocument('Remove pin', (document) => ({
    ...document,
    pins: document.pins.filter((pin) => pin.id !== id),
    compare: document.compare?.includes(id) ? undefined : document.compare,
  }));
}

export function renamePin(id: string, name: string): void {
  changeDocument('Rename pin', (document) => ({
    ...document,
    pins: document.pins.map((pin) => (pin.id === id ? { ...pin, name } : pin)),
  }));
}

/** What is compared; pin ids, `current` or `parent`. */
export function setCompare(compare: readonly [string, string]): void {
  changeDocument('Choose comparison', (document) => ({ ...document, compare: [...compare] }));
}

export function setObjective(objective: string): void {
  changeDocument('Choose objective', (document) => ({ ...document, objective }));
}

/** Holds a layer to a variant; a layer has at most one lock, and a lock lifts a ban on the same block. */
export function lockLayer(layer: number, variant: string): void {
  changeDocument(`Lock layer ${layer}`, (document) => ({
    ...document,
    locks: [...document.locks.filter((lock) => lock.layer !== layer), { layer, variant }].sort((a, b) => a.layer - b.layer),
    bans: document.bans.filter((ban) => ban.layer !== layer || ban.variant !== variant),
  }));
}

export function unlockLayer(layer: number): void {
  changeDocument(`Unlock layer ${layer}`, (document) => ({ ...document, locks: document.locks.filter((lock) => lock.layer !== layer) }));
}

/** Rules a variant out, in one layer or (without `layer`) in all; it lifts locks that ask for it. */
export function banVariant(variant: string, layer?: number): void {
  const ban = layer === undefined ? { variant } : { layer, variant };
  changeDocument(`Ban ${variant}`, (document) => ({
    ...document,
    bans: [...document.bans.filter((other) => other.layer !== layer || other.variant !== variant), ban],
    locks: document.locks.filter((lock) => lock.variant !== variant || (layer !== undefined && lock.layer !== layer)),
  }));
}

export function allowVariant(variant: string, layer?: number): void {
  changeDocument(`Allow ${variant}`, (document) => ({
    ...document,
    bans: document.bans.filter((ban) => ban.layer !== layer || ban.variant !== variant),
  }));
}

/** Lifts every lock and ban. */
export function releaseAll(): void {
  changeDocument('Lift all locks and bans', (document) => ({ ...document, locks: [], bans: [] }));
}

/** Adds a workload or replaces the one with the same id. */
export function setWorkload(workload: ProjectDocument['workloads'][number], gesture?: string): void {
  changeDocument(
    `Change workload ${workload.name}`,
    (document) => ({
      ...document,
      workloads: document.workloads.some((other) => other.id === workload.id)
        ? document.workloads.map((other) => (other.id === workload.id ? workload : other))
        : [...document.workloads, workload],
    }),
    gesture,
  );
}

export function removeWorkload(id: string): void {
  changeDocument('Remove workload', (document) => ({ ...document, workloads: document.workloads.filter((workload) => workload.id !== id) }));
}

export function setDiversity(
  change: Partial<Pick<ProjectDocument, 'solutions' | 'min_different_layers'>>,
  gesture?: string,
): void {
  changeDocument('Change number of solutions', (document) => ({ ...document, ...change }), gesture);
}

/**
 * Takes over what an engine says the project is: the state at connecting, and every later save by any window.
 *
 * A new engine gets this page's unsaved changes. Where another window of the same engine saved first, its document is
 * taken and undo leads back to this page's: neither is lost without a trace.
 * @returns `replaced` where unsaved changes of this page gave way to another window's.
 */
export function adoptProject(newClient: EngineClient, state: ProjectState): 'adopted' | 'replaced' {
  const sameEngine = client === newClient;
  client = newClient;
  if (sameEngine && saveInFlight) {
    // The engine announces a save before it answers it: what this is shows when the answer comes.
    announced = state;
    return 'adopted';
  }
  const { loaded, saving, document } = documentStore.getState();
  revision = state.revision;
  const about = { loaded: true, folder: state.folder, readOnly: state.read_only, recovered: state.recovered };
  if (loaded && sameContent(document, state.document)) {
    documentStore.setState({ ...about, saving: 'saved' });
    return 'adopted';
  }
  const unsaved = loaded && saving !== 'saved';
  if (loaded && !sameEngine && (unsaved || state.read_only !== undefined)) {
    documentStore.setState(about);
    scheduleSave();
    return 'adopted';
  }
  clearTimeout(saveTimer);
  saveTimer = undefined;
  openGesture = undefined;
  documentStore.setState(({ past }) => ({
    ...about,
    document: state.document,
    past: unsaved ? [...past, { label: 'Changes of another window', before: document }] : [],
    future: [],
    saving: 'saved',
  }));
  return unsaved ? 'replaced' : 'adopted';
}

/** Resolves when everything is on disk; used before leaving and by scenarios. */
export async function flushDocument(): Promise<void> {
  if (saveTimer !== undefined) {
    clearTimeout(saveTimer);
    saveTimer = undefined;
    await save();
  }
}

function scheduleSave(): void {
  if (documentStore.getState().readOnly !== undefined) return;
  documentStore.setState({ saving: 'pending' });
  clearTimeout(saveTimer);
  saveTimer = setTimeout(() => {
    saveTimer = undefined;
    void save();
  }, SAVE_AFTER_MS);
}

async function save(): Promise<void> {
  // Without an engine the change stays pending; `adoptProject` saves it once there is one.
  if (client === undefined) return;
  if (saveInFlight) return scheduleSave();
  saveInFlight = true;
  const savingTo = client;
  const { document } = documentStore.getState();
  let failure: unknown;
  try {
    const answer = await savingTo.call('project.save', { document, base_revision: revision });
    revision = answer.revision;
    if (documentStore.getState().document === document) documentStore.setState({ saving: 'saved' });
  } catch (error) {
    failure = error;
  }
  saveInFlight = false;
  const news = announced;
  announced = undefined;
  if (client !== savingTo) {
    // Another engine took over meanwhile: it must hear of this document, whatever became of the old request.
    if (failure !== undefined) scheduleSave();
    return;
  }
  if (failure !== undefined) {
    documentStore.setState({ saving: 'failed' });
    if (!isCode(failure, 'engine_gone') && !isCode(failure, 'conflict')) reportProblem(failure);
  }
  // A conflict is another window's save, which was announced; anything newer than our own save is one too.
  if (news !== undefined && news.revision !== revision && adoptProject(savingTo, news) === 'replaced') {
    reportProblem(failure ?? new WorkbenchError('conflict', 'The project was changed in another window.'));
  }
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof WorkbenchError && error.payload.code === code;
}

/** Equal as data, whatever the order of keys; absent and undefined are the same. */
function sameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = new Map(Object.entries(a).filter(([, value]) => value !== undefined));
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameContent(value, right.get(key)));
}
