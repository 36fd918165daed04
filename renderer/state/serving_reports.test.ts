import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CallName } from '../../engine/protocol/api.ts';
import { deploymentSchema } from '../../engine/protocol/cost.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import { activityStore } from './activity.ts';
import { ReportSet, reportsKey, type WantedReport } from './serving_reports.ts';
import { PlayedClient } from './test_client.ts';

/** Answers when told to. */
class SlowClient extends PlayedClient {
  readonly waiting: { readonly params: { readonly subject: { readonly id: string } }; readonly signal: AbortSignal | undefined; answer(value: unknown): void; fail(error: unknown): void }[] = [];

  override call(name: CallName, params: unknown, options?: { readonly signal?: AbortSignal }): Promise<never> {
    this.calls.push({ name, params });
    return new Promise((resolve, reject) => {
      options?.signal?.addEventListener('abort', () => reject(new WorkbenchError('cancelled', 'withdrawn')));
      this.waiting.push({ params: params as never, signal: options?.signal, answer: (value) => resolve(value as never), fail: reject });
    });
  }
}

const want = (...ids: readonly string[]): readonly WantedReport[] =>
  ids.map((id) => ({ id, request: { subject: { kind: 'model', id }, deployment: deploymentSchema.parse({ device: 'h100-sxm' }), traffic: { isl: 1, osl: 1 } } }));
const report = (name: string): unknown => ({ name });
const busy = (): boolean => activityStore.getState().activities.length > 0;
const shown = (set: ReportSet): readonly string[] => set.store.getState().shown.map(({ outcome }) => (outcome.kind === 'report' ? outcome.report.name : outcome.error.code));
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

let client: SlowClient;
/** A new object stands for other devices. */
let tables: object;
let set: ReportSet;

beforeEach(() => {
  vi.useFakeTimers();
  tables = {};
  client = new SlowClient();
  set = new ReportSet();
});

afterEach(async () => {
  set.stop();
  await settle();
  vi.useRealTimers();
});

test('are asked for after a moment, a few at a time, and shown together', async () => {
  set.want(want('a', 'b', 'c'), client, tables);
  expect(busy()).toBe(true);
  expect(client.calls).toHaveLength(0);
  vi.advanceTimersByTime(100);
  expect(client.waiting.map(({ params }) => params.subject.id)).toEqual(['a', 'b']);
  client.waiting[1]!.answer(report('B'));
  await settle();
  expect(client.waiting).toHaveLength(3);
  expect(shown(set)).toEqual([]);
  client.waiting[0]!.answer(report('A'));
  client.waiting[2]!.answer(report('C'));
  await settle();
  expect(shown(set)).toEqual(['A', 'B', 'C']);
  expect(set.store.getState().answers).toBe(reportsKey(want('a', 'b', 'c')));
  expect(busy()).toBe(false);
});

test('what is superseded is withdrawn, and what was shown stays until the new ones are there', async () => {
  set.want(want('a'), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.answer(report('A'));
  await settle();
  set.want(want('b'), client, tables);
  vi.advanceTimersByTime(100);
  set.want(want('c'), client, tables);
  expect(client.waiting[1]!.signal?.aborted).toBe(true);
  await settle();
  expect(shown(set)).toEqual(['A']);
  expect(set.store.getState().answers).not.toBe(reportsKey(want('c')));
  vi.advanceTimersByTime(100);
  client.waiting[2]!.answer(report('C'));
  await settle();
  expect(shown(set)).toEqual(['C']);
  expect(busy()).toBe(false);
});

test('known ones come at once, until the hardware is another', async () => {
  set.want(want('a'), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.answer(report('A'));
  await settle();
  set.want([], client, tables);
  const other = new ReportSet();
  other.want(want('a'), client, tables);
  expect(shown(other)).toEqual(['A']);
  expect(busy()).toBe(false);
  tables = {};
  other.want(want('a'), client, tables);
  expect(busy()).toBe(true);
  expect(other.store.getState().answers).toBe('');
  other.stop();
  await settle();
  expect(busy()).toBe(false);
});

test('a refusal is an answer of its own and is remembered; a fault of the engine is not', async () => {
  set.want(want('a', 'b'), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.fail(new WorkbenchError('bad_input', 'too few heads'));
  client.waiting[1]!.fail(new WorkbenchError('internal', 'broken'));
  await settle();
  expect(shown(set)).toEqual(['bad_input', 'internal']);
  set.stop();
  set.want(want('a', 'b'), client, tables);
  vi.advanceTimersByTime(100);
  expect(client.waiting.slice(2).map(({ params }) => params.subject.id)).toEqual(['b']);
});

test('a lost engine leaves what is shown, and the next one is asked again', async () => {
  set.want(want('a'), client, tables);
  vi.advanceTimersByTime(100);
  client.waiting[0]!.fail(new WorkbenchError('engine_gone', 'gone'));
  await settle();
  expect(shown(set)).toEqual([]);
  expect(busy()).toBe(false);
  set.want(want('a'), undefined, tables);
  const next = new SlowClient();
  set.want(want('a'), next, tables);
  vi.advanceTimersByTime(100);
  next.waiting[0]!.answer(report('A'));
  await settle();
  expect(shown(set)).toEqual(['A']);
});
