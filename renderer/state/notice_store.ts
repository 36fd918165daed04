/** Messages to the user that outlive the thing that caused them. */
import { createStore } from 'zustand/vanilla';
import { toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { viewStore } from './view_store.ts';

export interface Notice {
  readonly id: number;
  readonly kind: 'error' | 'warning' | 'info' | 'success';
  readonly title: string;
  readonly text?: string | undefined;
  readonly hint?: string | undefined;
  readonly details?: ErrorPayload['details'];
}

export const noticeStore = createStore<{ readonly notices: readonly Notice[] }>(() => ({ notices: [] }));

let nextId = 1;
/** How long a message stays that nobody looks at: what went wrong takes longer to read. */
const STAYS_MS: Readonly<Record<Notice['kind'], number>> = { info: 5_000, success: 5_000, warning: 12_000, error: 12_000 };

interface Stay {
  readonly ms: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** What keeps it for now. */
  readonly holds: Set<Hold>;
}
/** The pointer is over it, or the keyboard's focus is in it. */
export type Hold = 'pointer' | 'focus';

const stays = new Map<number, Stay>();

/** Takes what went wrong on one screen away when another one is shown; call once. */
export function startNotices(): Dispose {
  return viewStore.subscribe(({ screen }, before) => {
    if (screen !== before.screen) drop(({ kind }) => kind === 'error' || kind === 'warning');
  });
}

export function notify(notice: Omit<Notice, 'id'>): number {
  const id = nextId++;
  drop(({ title, text }) => title === notice.title && text === notice.text);
  noticeStore.setState(({ notices }) => ({ notices: [...notices, { ...notice, id }] }));
  stays.set(id, { ms: STAYS_MS[notice.kind], timer: undefined, holds: new Set() });
  countDown(id);
  return id;
}

export function notifyError(title: string, error: unknown): void {
  const payload = toErrorPayload(error);
  if (payload.code === 'cancelled') return;
  notify({ kind: 'error', title, text: payload.message, hint: payload.hint, details: payload.details });
}

export function dismiss(id: number): void {
  drop((notice) => notice.id === id);
}

/** It stays as long as somebody looks at it. */
export function holdNotice(id: number, by: Hold): void {
  const stay = stays.get(id);
  if (stay === undefined) return;
  stay.holds.add(by);
  clearTimeout(stay.timer);
}

/** Its time begins anew when nothing holds it any more. */
export function releaseNotice(id: number, by: Hold): void {
  const stay = stays.get(id);
  if (stay?.holds.delete(by) === true && stay.holds.size === 0) countDown(id);
}

function countDown(id: number): void {
  const stay = stays.get(id);
  if (stay === undefined) return;
  stay.timer = setTimeout(() => {
    // Nobody reads in a window that is not seen.
    if (typeof document !== 'undefined' && document.hidden) countDown(id);
    else dismiss(id);
  }, stay.ms);
}

function drop(gone: (notice: Notice) => boolean): void {
  const { notices } = noticeStore.getState();
  const leaving = notices.filter(gone);
  if (leaving.length === 0) return;
  for (const { id } of leaving) {
    clearTimeout(stays.get(id)?.timer);
    stays.delete(id);
  }
  noticeStore.setState({ notices: notices.filter((notice) => !leaving.includes(notice)) });
}
