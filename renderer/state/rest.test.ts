import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { setLimit } from './document_store.ts';
import { REST_AFTER_MS, restStore, startResting } from './rest.ts';

/** As much of a page as is listened to. */
class FakeInput extends EventTarget {
  readonly type: string;
  constructor(type: string) {
    super();
    this.type = type;
  }
}
let page: EventTarget;
let stop: () => void;
const press = (type: string): void => {
  const event = new Event('pointerdown');
  Object.defineProperty(event, 'target', { value: new FakeInput(type) });
  page.dispatchEvent(event);
};
const resting = (): boolean => restStore.getState().resting;
let value = 1000;
const move = (): void => setLimit('memory_mib', 'max', value++, 'drag');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  page = new EventTarget();
  vi.stubGlobal('window', page);
  vi.stubGlobal('HTMLInputElement', FakeInput);
  stop = startResting();
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('limits', () => {
  test('rest a while after the last change, and are only then taken over', () => {
    const before = restStore.getState().limits;
    move();
    vi.advanceTimersByTime(REST_AFTER_MS - 1);
    move();
    vi.advanceTimersByTime(REST_AFTER_MS - 1);
    expect(resting()).toBe(false);
    expect(restStore.getState().limits).toBe(before);
    vi.advanceTimersByTime(1);
    expect(resting()).toBe(true);
    expect(restStore.getState().limits).toMatchObject([{ value: value - 1 }]);
  });

  test('do not rest under a hand that pauses', () => {
    press('range');
    move();
    vi.advanceTimersByTime(60_000);
    expect(resting()).toBe(false);
    page.dispatchEvent(new Event('pointerup'));
    vi.advanceTimersByTime(REST_AFTER_MS);
    expect(resting()).toBe(true);
  });

  test('rest while something else than a slider is held', () => {
    press('text');
    move();
    vi.advanceTimersByTime(REST_AFTER_MS);
    expect(resting()).toBe(true);
  });

  test('are not set moving by a press alone', () => {
    press('range');
    expect(resting()).toBe(true);
  });
});
