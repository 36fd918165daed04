/** What the page is still busy with, for progress marks and for scenarios that wait until nothing moves. */
import { createStore } from 'zustand/vanilla';

export interface Activity {
  readonly id: number;
  /** Shown to the user while it lasts, such as `Reading block_library.json`; silent where undefined. */
  readonly label: string | undefined;
  readonly fraction: number | undefined;
  readonly cancel: (() => void) | undefined;
}

export const activityStore = createStore<{ readonly activities: readonly Activity[] }>(() => ({ activities: [] }));

let nextId = 1;

/** Counts `work` as activity until it settles. */
export async function track<T>(work: Promise<T>): Promise<T> {
  const id = begin(undefined, undefined);
  try {
    return await work;
  } finally {
    end(id);
  }
}

/** Runs `work` as an activity that the user sees and may cancel. */
export async function runActivity<T>(
  label: string,
  work: (signal: AbortSignal, report: (progress: { readonly fraction?: number | undefined; readonly message?: string | undefined }) => void) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const id = begin(label, () => abort.abort());
  try {
    return await work(abort.signal, ({ fraction, message }) => update(id, { fraction, ...(message === undefined ? {} : { label: message }) }));
  } finally {
    end(id);
  }
}

function begin(label: string | undefined, cancel: (() => void) | undefined): number {
  const id = nextId++;
  activityStore.setState(({ activities }) => ({ activities: [...activities, { id, label, fraction: undefined, cancel }] }));
  return id;
}

function update(id: number, change: Partial<Activity>): void {
  activityStore.setState(({ activities }) => ({
    activities: activities.map((activity) => (activity.id === id ? { ...activity, ...change } : activity)),
  }));
}

function end(id: number): void {
  activityStore.setState(({ activities }) => ({ activities: activities.filter((activity) => activity.id !== id) }));
}
