import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CallName } from '../../engine/protocol/api.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { PlanRequestInput } from '../../engine/protocol/plan.ts';
import { activityStore } from './activity.ts';
import { PlanSet, plansKey } from './planner_plans.ts';
import { DEFAULT_SETTINGS, planRequest } from './planner_store.ts';
import { PlayedClient } from './test_client.ts';

/** Answers when told to. */
class SlowClient extends PlayedClient {
  readonly waiting: { readonly chips: number; readonly signal: AbortSignal | undefined; answer(): void; fail(error: unknown): void }[] = [];

  override call(name: CallName, params: unknown, options?: { readonly signal?: AbortSignal }): Promise<never> {
    this.calls.push({ name, params });
    const { chips } = params as PlanRequestInput;
    return new Promise((resolve, reject) => {
      options?.signal?.addEventListener('abort', () => reject(new WorkbenchError('cancelled', 'withdrawn')));
      this.waiting.push({ chips, signal: options?.signal, answer: () => resolve({ chips } as never), fail: reject });
    });
  }
}

const want = (...chips: readonly number[]): readonly PlanRequestInput[] => chips.map((count) => planRequest({ ...DEFAULT_SETTINGS, chips: count }, { model: 'palm-8b' }, 'decode'));
const busy = (): boolean => activityStore.getState().activities.length > 0;
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
const shown = (set: PlanSet): unknown => {
  const { shown: now } = set.store.getState();
  return now.kind === 'plans' ? now.plans.map(({ chips }) => chips) : now.kind === 'failed' ? now.error.code : now.kind;
};

let client: SlowClient;
let set: PlanSet;
/** Other tables each time: nothing is remembered from test to test. */
let tables: object;

beforeEach(() => {
  vi.useFakeTimers();
  client = new SlowClient();
  set = new PlanSet();
  tables = {};
});

afterEach(async () => {
  set.stop();
  await settle();
  vi.useRealTimers();
  expect(busy()).toBe(false);
});

test('plans are asked for after a moment, one after another, and shown together', async () => {
  set.want(want(1, 2), client, tables);
  expect(busy()).toBe(true);
  expect(client.calls).toHaveLength(0);
  vi.advanceTimersByTime(100);
  expect(client.waiting.map(({ chips }) => chips)).toEqual([1]);
  client.waiting[0]!.answer();
  await settle();
  expect(client.waiting.map(({ chips }) => chips)).toEqual([1, 2]);
  expect(shown(set)).toBe('none');
  client.waiting[1]!.answer();
  await settle();
  expect(shown(set)).toEqual([1, 2]);
  expect(set.store.getState().answers).toBe(plansKey(want(1, 2)));
  expect(busy()).toBe(false);
});

test('a newer question withdraws the older one, whose plans stay on screen', async () => {
  set.want(want(1), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.answer();
  await settle();
  set.want(want(2), client, tables);
  vi.advanceTimersByTime(100);
  set.want(want(4), client, tables);
  expect(client.waiting[1]!.signal?.aborted).toBe(true);
  await settle();
  expect(shown(set)).toEqual([1]);
  expect(busy()).toBe(true);
  vi.advanceTimersByTime(100);
  client.waiting[2]!.answer();
  await settle();
  expect(shown(set)).toEqual([4]);
});

test('known plans are shown at once, until the device tables change', async () => {
  set.want(want(1), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.answer();
  await settle();
  set.want(want(), client, tables);
  set.want(want(1), client, tables);
  expect(shown(set)).toEqual([1]);
  expect(busy()).toBe(false);
  set.want(want(1), client, {});
  expect(busy()).toBe(true);
  vi.advanceTimersByTime(100);
  expect(client.calls).toHaveLength(2);
});

test('a refusal is shown; a lost engine is not, and the next one is asked', async () => {
  set.want(want(1), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.fail(new WorkbenchError('engine_gone', 'gone'));
  await settle();
  expect(shown(set)).toBe('none');
  expect(busy()).toBe(false);
  const next = new SlowClient();
  set.want(want(1), next, tables);
  vi.advanceTimersByTime(100);
  next.waiting[0]!.fail(new WorkbenchError('bad_input', 'no'));
  await settle();
  expect(shown(set)).toBe('bad_input');
});
