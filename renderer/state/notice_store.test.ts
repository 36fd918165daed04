import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dismiss, holdNotice, noticeStore, notify, releaseNotice, startNotices } from './notice_store.ts';
import { viewStore } from './view_store.ts';

const shown = (): readonly string[] => noticeStore.getState().notices.map(({ title }) => title);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const { id } of noticeStore.getState().notices) dismiss(id);
  vi.useRealTimers();
});

test('what went wrong stays long enough to read, then goes', () => {
  notify({ kind: 'error', title: 'The export failed' });
  notify({ kind: 'success', title: 'Saved a.json' });
  vi.advanceTimersByTime(10_000);
  expect(shown()).toEqual(['The export failed']);
  vi.advanceTimersByTime(5_000);
  expect(shown()).toEqual([]);
});

test('it stays while pointed at or focused, and its time begins anew after', () => {
  const id = notify({ kind: 'error', title: 'The export failed' });
  holdNotice(id, 'pointer');
  holdNotice(id, 'focus');
  vi.advanceTimersByTime(60_000);
  releaseNotice(id, 'pointer');
  vi.advanceTimersByTime(60_000);
  expect(shown()).toHaveLength(1);
  releaseNotice(id, 'focus');
  vi.advanceTimersByTime(10_000);
  expect(shown()).toHaveLength(1);
  vi.advanceTimersByTime(5_000);
  expect(shown()).toEqual([]);
});

test('the same message again is one, with its whole time before it', () => {
  notify({ kind: 'error', title: 'The export failed', text: 'Why' });
  vi.advanceTimersByTime(8_000);
  notify({ kind: 'error', title: 'The export failed', text: 'Why' });
  vi.advanceTimersByTime(8_000);
  expect(shown()).toEqual(['The export failed']);
});

test('errors of one screen do not stand on another', () => {
  viewStore.setState({ screen: 'train' });
  const stop = startNotices();
  notify({ kind: 'error', title: 'The run could not be resumed' });
  notify({ kind: 'success', title: 'Saved a.json' });
  viewStore.setState({ tab: 'compare' });
  expect(shown()).toHaveLength(2);
  viewStore.setState({ screen: 'explore' });
  expect(shown()).toEqual(['Saved a.json']);
  stop();
});
