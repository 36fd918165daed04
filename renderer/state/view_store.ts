/** How the user looks at it: shareable, not undoable, not part of the project. */
import { createStore } from 'zustand/vanilla';
import { STEP_KINDS } from '../../engine/protocol/train.ts';
import { RESULT, type RunPart } from './train_run.ts';

export type Tab = 'frontier' | 'reasons' | 'layers' | 'compare' | 'published' | 'serving';
export type FrontierMode = 'one' | 'two';
/** Searching a library, or training what makes one. */
export type Screen = 'explore' | 'train';

export interface ViewState {
  readonly screen: Screen;
  /** Training run on screen; the newest where undefined. */
  readonly run: string | undefined;
  /** Its part on screen; where undefined, whichever says most now. */
  readonly runPart: RunPart | undefined;
  readonly tab: Tab;
  /** Block column shown on the map; the first runtime column where undefined. */
  readonly mapColumn: string | undefined;
  /** Column swept for the frontier; throughput, else memory, where undefined. */
  readonly sweepColumn: string | undefined;
  /** Layer under the pointer or the keyboard focus, linked between map, table and comparison. */
  readonly activeLayer: number | undefined;
  readonly sort: { readonly key: string; readonly descending: boolean };
  readonly onlyChanged: boolean;
  readonly feasibleOnly: boolean;
  /** Quality over one limit (a line) or over two (a map). */
  readonly frontierMode: FrontierMode;
  /** Columns of the map over two limits; chosen for the library where undefined. */
  readonly contourColumns: readonly [string, string] | undefined;
}

export const viewStore = createStore<ViewState>(() => ({
  screen: 'explore',
  run: undefined,
  runPart: undefined,
  tab: 'frontier',
  mapColumn: undefined,
  sweepColumn: undefined,
  activeLayer: undefined,
  sort: { key: 'layer', descending: false },
  onlyChanged: false,
  feasibleOnly: false,
  frontierMode: 'one',
  contourColumns: undefined,
}));

const KEY = 'view';
const SHARED: readonly (keyof ViewState)[] = ['screen', 'run', 'runPart', 'tab', 'mapColumn', 'sweepColumn', 'onlyChanged', 'feasibleOnly', 'frontierMode', 'contourColumns'];
const PARTS: readonly RunPart[] = [...STEP_KINDS, RESULT];
const TABS: readonly string[] = ['frontier', 'reasons', 'layers', 'compare', 'published', 'serving'] satisfies readonly Tab[];

/** Keeps the address's fragment in step with the view, so that a reload or a copied address shows the same. */
export function bindViewToAddress(): void {
  const stored: unknown = parse(new URLSearchParams(location.hash.slice(1)).get(KEY));
  if (typeof stored === 'object' && stored !== null) viewStore.setState(validView(stored as Record<string, unknown>));
  viewStore.subscribe((state, previous) => {
    if (SHARED.every((key) => state[key] === previous[key])) return;
    const fragment = new URLSearchParams(location.hash.slice(1));
    fragment.set(KEY, JSON.stringify(Object.fromEntries(SHARED.map((key) => [key, state[key]]))));
    history.replaceState(null, '', `#${fragment.toString()}`);
  });
}

function validView(stored: Record<string, unknown>): Partial<ViewState> {
  const text = (key: string): string | undefined => (typeof stored[key] === 'string' ? stored[key] : undefined);
  const tab = text('tab');
  const part = text('runPart');
  return {
    screen: stored['screen'] === 'train' ? 'train' : 'explore',
    run: text('run'),
    runPart: PARTS.find((known) => known === part),
    ...(tab !== undefined && TABS.includes(tab) ? { tab: tab as Tab } : {}),
    mapColumn: text('mapColumn'),
    sweepColumn: text('sweepColumn'),
    onlyChanged: stored['onlyChanged'] === true,
    feasibleOnly: stored['feasibleOnly'] === true,
    frontierMode: stored['frontierMode'] === 'two' ? 'two' : 'one',
    contourColumns: columnPair(stored['contourColumns']),
  };
}

function columnPair(stored: unknown): readonly [string, string] | undefined {
  if (!Array.isArray(stored) || stored.length !== 2) return undefined;
  const [first, second]: readonly unknown[] = stored;
  return typeof first === 'string' && typeof second === 'string' ? [first, second] : undefined;
}

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
