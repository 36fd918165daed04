import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { RunEvent, RunSummary } from '../../engine/protocol/train_api.ts';
import { engineStore } from './engine_store.ts';
import { noticeStore } from './notice_store.ts';
import { PlayedClient, type PlayedStream } from './test_client.ts';
import { RESULTS_EVERY_MS, runStore, startTraining } from './train_run_store.ts';
import { followRuns, trainStore } from './train_store.ts';
import { viewStore } from './view_store.ts';

const plan = presetPlan('smoke', 1);
const NO_RESULTS = { evaluations: [], trainings: [], scores: [] };
const snapshot = (done: number): RunEvent => ({
  kind: 'snapshot', plan, jobs: [], cells: [], curves: [], log: [],
  progress: { id: 'a', name: 'A', created_at: '', state: 'running', processes: 1, steps: [{ kind: 'bld', title: 'BLD', state: 'running', progress: 0.5, elapsed_s: 1, jobs: { done, total: 4 } }] },
});
const update = (done: number): RunEvent => ({ ...snapshot(done), kind: 'update' }) as RunEvent;
const run = (id: string, state: RunSummary['state'] = 'done'): RunSummary => ({ id, name: id.toUpperCase(), created_at: '', state, preset: 'smoke', seed: 1, steps_done: 1, steps_total: 13, elapsed_s: 1 });
const connect = (client: PlayedClient): void => engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

let client: PlayedClient;
let stop: () => void;
const stream = (): PlayedStream<'run'> => client.of('run').at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  client = new PlayedClient();
  client.answer = () => NO_RESULTS;
  viewStore.setState({ screen: 'train', run: undefined, runPart: undefined });
  trainStore.setState({ list: { runs: [run('a'), run('b')], damaged: [] } });
  connect(client);
  stop = startTraining();
});

afterEach(() => {
  stop();
  engineStore.setState({ connection: { kind: 'connecting' } });
  trainStore.setState({ list: undefined });
  viewStore.setState({ screen: 'explore', run: undefined });
  vi.useRealTimers();
});

test('the newest run is followed while nobody chose one, and only on its screen', () => {
  expect(stream().params).toEqual({ id: 'a' });
  viewStore.setState({ run: 'b' });
  expect(client.of('run').map(({ params, disposed }) => [params.id, disposed])).toEqual([['a', true], ['b', false]]);
  viewStore.setState({ screen: 'explore' });
  expect(stream().disposed).toBe(true);
  expect(runStore.getState().id).toBeUndefined();
});

test('what another run told does not appear under this one', () => {
  stream().listener.onEvent(snapshot(0), 0);
  expect(runStore.getState().view?.progress.name).toBe('A');
  viewStore.setState({ run: 'b' });
  expect(runStore.getState()).toMatchObject({ id: 'b', view: undefined, results: undefined });
});

test('results are asked for with the snapshot and when jobs end, but not for every update, nor too often', async () => {
  const asked = (): number => client.calls.filter(({ name }) => name === 'run.report').length;
  stream().listener.onEvent(snapshot(0), 0);
  await settle();
  expect(asked()).toBe(1);
  stream().listener.onEvent(update(0), 1);
  stream().listener.onEvent(update(1), 2);
  stream().listener.onEvent(update(2), 3);
  await settle();
  expect(asked()).toBe(1);
  vi.advanceTimersByTime(RESULTS_EVERY_MS);
  await settle();
  expect(asked()).toBe(2);
  expect(runStore.getState().results).toEqual(NO_RESULTS);
});

test('results that cannot be read are told until they can, and leave what was read', async () => {
  stream().listener.onEvent(snapshot(0), 0);
  await settle();
  client.answer = () => {
    throw new WorkbenchError('bad_input', 'report.json is not JSON.');
  };
  stream().listener.onEvent(snapshot(1), 1);
  vi.advanceTimersByTime(RESULTS_EVERY_MS);
  await settle();
  expect(runStore.getState()).toMatchObject({ results: NO_RESULTS, resultsError: { message: 'report.json is not JSON.' } });
  client.answer = () => NO_RESULTS;
  stream().listener.onEvent(snapshot(2), 2);
  vi.advanceTimersByTime(RESULTS_EVERY_MS);
  await settle();
  expect(runStore.getState().resultsError).toBeUndefined();
});

test('a lost engine leaves the run on screen, and the next one brings it up to date', async () => {
  stream().listener.onEvent(snapshot(1), 0);
  stream().listener.onError!(new WorkbenchError('engine_gone', 'gone'));
  engineStore.setState({ connection: { kind: 'connecting' } });
  expect(runStore.getState().view).toBeDefined();
  const second = new PlayedClient();
  second.answer = () => NO_RESULTS;
  connect(second);
  expect(second.of('run')[0]!.params).toEqual({ id: 'a' });
  second.of('run')[0]!.listener.onEvent(snapshot(3), 0);
  await settle();
  expect(runStore.getState().view?.progress.steps[0]?.jobs.done).toBe(3);
});

test('a run that is removed or unknown says so', () => {
  stream().listener.onEvent(snapshot(0), 0);
  stream().listener.onEnd!();
  expect(runStore.getState()).toMatchObject({ gone: true, view: undefined });
  viewStore.setState({ run: 'nowhere' });
  stream().listener.onError!(new WorkbenchError('not_found', 'This project has no run "nowhere".'));
  expect(runStore.getState().error?.code).toBe('not_found');
});

test('the end of a run is announced once, and only where it was seen running', () => {
  const titles = (): string[] => noticeStore.getState().notices.map(({ title }) => title);
  followRuns(client);
  const list = client.of('runs')[0]!.listener;
  list.onEvent({ runs: [run('a', 'running'), run('b', 'done')], damaged: [] }, 0);
  expect(titles()).toEqual([]);
  list.onEvent({ runs: [run('a', 'done'), run('b', 'done')], damaged: [] }, 1);
  list.onEvent({ runs: [run('a', 'done'), run('b', 'done')], damaged: [] }, 2);
  expect(titles()).toEqual(['A is done']);
});
