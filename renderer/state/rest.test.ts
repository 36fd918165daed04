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
/** As it passes the page on its way to `target`. */
const send = (name: string, target: EventTarget): void => {
  const event = new Event(name);
  Object.defineProperty(event, 'target', { value: target });
  page.dispatchEvent(event);
};
const press = (type: string): void => send('pointerdown', new FakeInput(type));
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
    // The field that had the focus loses it to the slider.
    send('blur', new FakeInput('text'));
    vi.advanceTimersByTime(60_000);
    expect(resting()).toBe(false);
    send('pointerup', new FakeInput('range'));
    vi.advanceTimersByTime(REST_AFTER_MS);
    expect(resting()).toBe(true);
  });

  test('rest when the window is left, which may swallow the release', () => {
    press('range');
    move();
    send('blur', page);
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
