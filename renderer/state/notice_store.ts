/** Messages to the user that outlive the thing that caused them. */
import { createStore } from 'zustand/vanilla';
import { toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';

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
/** How long a message that needs no action stays. */
const INFO_MS = 5_000;

export function notify(notice: Omit<Notice, 'id'>): number {
  const id = nextId++;
  noticeStore.setState(({ notices }) => ({ notices: [...notices.filter((n) => n.title !== notice.title || n.text !== notice.text), { ...notice, id }] }));
  if (notice.kind === 'info' || notice.kind === 'success') setTimeout(() => dismiss(id), INFO_MS);
  return id;
}

export function notifyError(title: string, error: unknown): void {
  const payload = toErrorPayload(error);
  if (payload.code === 'cancelled') return;
  notify({ kind: 'error', title, text: payload.message, hint: payload.hint, details: payload.details });
}

export function dismiss(id: number): void {
  noticeStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}
