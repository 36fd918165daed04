/**
 * What the user decided: library, objective, limits, pins. Undoable, one entry per gesture, and saved by the engine
 * shortly after every change.
 */
import { createStore } from 'zustand/vanilla';
import type { EngineClient } from '../../engine/protocol/client.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
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
let reportProblem: (error: unknown) => void = () => undefined;

/** Where failures to save are shown. */
export function onSaveProblem(report: (error: unknown) => void): void {
  reportProblem = report;
}

/**
 * Changes the document. Changes of one `gesture` undo together; the gesture ends with `endGesture` or any other change.
 */
export function changeDocument(
  label: string,
  update: (document: ProjectDocument) => ProjectDocument,
  gesture?: string,
): void {
  documentStore.setState((state) => {
    const document = update(state.document);
    if (document === state.document) return state;
    const continues = gesture !== undefined && gesture === openGesture && state.past.length > 0;
    const past = continues ? state.past : [...state.past, { label, before: state.document }].slice(-MAX_HISTORY);
    return { document, past, future: [] };
  });
  openGesture = gesture;
  scheduleSave();
}

export function endGesture(): void {
  openGesture = undefined;
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

/** Takes over the project of a (new) engine; unsaved changes of this page win and are saved to it. */
export function adoptProject(newClient: EngineClient, state: ProjectState): void {
  client = newClient;
  const { loaded, saving } = documentStore.getState();
  const ours = loaded && saving !== 'saved';
  const known = loaded && state.revision === revision;
  revision = state.revision;
  documentStore.setState({
    loaded: true,
    folder: state.folder,
    readOnly: state.read_only,
    recovered: state.recovered,
    ...(ours || known ? {} : { document: state.document, past: [], future: [], saving: 'saved' as const }),
  });
  if (ours) scheduleSave();
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
  const { document } = documentStore.getState();
  try {
    const answer = await client.call('project.save', { document, base_revision: revision });
    revision = Math.max(revision, answer.revision);
    if (documentStore.getState().document === document) documentStore.setState({ saving: 'saved' });
  } catch (error) {
    documentStore.setState({ saving: 'failed' });
    const gone = error instanceof WorkbenchError && error.payload.code === 'engine_gone';
    if (!gone) reportProblem(error);
  } finally {
    saveInFlight = false;
  }
}
