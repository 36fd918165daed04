import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { SolveUpdate } from '../../engine/protocol/problem.ts';
import { changeDocument, setLimit } from './document_store.ts';
import { engineStore } from './engine_store.ts';
import { REST_AFTER_MS, startResting } from './rest.ts';
import { sweepStore } from './solve_store.ts';
import { cancelSweep, isSweeping, startSweeping, sweepAgain } from './sweep_controller.ts';
import { PlayedClient, type PlayedStream } from './test_client.ts';
import { testLibrary } from './test_library.ts';
import { viewStore } from './view_store.ts';

let client: PlayedClient;
let stops: (() => void)[];
/** Another value every time, so that no test finds what an earlier one left. */
let value = 100;

const solved = (objective: number): SolveUpdate => ({
  status: 'optimal',
  objective,
  bound: objective,
  gap: 0,
  limits: [],
  solve_ms: 3,
  solutions: [{ objective, costs: {}, choices: [0, 3] }],
  final: true,
  exhausted: false,
});
const sweeps = (): PlayedStream<'sweep'>[] => client.of('sweep');
const newest = (): PlayedStream<'sweep'> => sweeps().at(-1)!;
const point = (stream: PlayedStream<'sweep'>, index: number): void =>
  stream.listener.onEvent({ kind: 'point', point: { index, level: 10 * index, result: solved(index) } }, index + 1);
const finish = (stream: PlayedStream<'sweep'>): void => stream.listener.onEvent({ kind: 'finished', frontier: [0] }, 99);
const shownPoints = (): number[] => sweepStore.getState().points.map(({ index }) => index);
const rest = (): void => void vi.advanceTimersByTime(REST_AFTER_MS);
const drag = (to: number): void => setLimit('memory_mib', 'max', to, `drag-${value}`);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  client = new PlayedClient();
  engineStore.setState({ connection: { kind: 'connecting' }, library: { kind: 'none' } });
  changeDocument('', (document) => ({ ...document, limits: [] }));
  stops = [startResting(), startSweeping()];
  engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
  engineStore.setState({ library: { kind: 'open', library: testLibrary() } });
  drag(value++);
  rest();
});

afterEach(() => {
  for (const stop of stops) stop();
  engineStore.setState({ library: { kind: 'none' } });
  viewStore.setState({ sweepColumn: undefined });
  vi.useRealTimers();
});

describe('the frontier', () => {
  test('is asked for without the limit that it sweeps, at a hundred levels and with simpler methods', () => {
    viewStore.setState({ sweepColumn: 'memory_mib' });
    expect(newest().params).toMatchObject({ over: 'memory_mib', limits: [], solutions: 1, points: 100, baselines: ['greedy', 'max_params', 'one_variant', 'random'] });
    const asked = newest();
    drag(value++);
    rest();
    expect(newest()).toBe(asked);
    viewStore.setState({ sweepColumn: undefined });
    expect(newest().params).toMatchObject({ over: 'total_tok_s', limits: [{ column: 'memory_mib' }] });
  });

  test('is not asked for while the limits move, and what ran for the old ones is withdrawn at once', () => {
    const [count, running] = [sweeps().length, newest()];
    for (let step = 0; step < 20; step++) {
      drag(value++);
      vi.advanceTimersByTime(REST_AFTER_MS / 2);
    }
    expect(running.disposed).toBe(true);
    expect(sweeps()).toHaveLength(count);
    expect(isSweeping()).toBe(true);
    rest();
    expect(sweeps()).toHaveLength(count + 1);
  });

  test('tells a drag apart only once: nothing redraws while it waits', () => {
    point(newest(), 0);
    finish(newest());
    let changes = 0;
    const stop = sweepStore.subscribe((state, previous) => {
      changes++;
      expect(state.points).toBe(previous.points);
    });
    for (let step = 0; step < 20; step++) drag(value++);
    stop();
    expect(changes).toBe(1);
    expect(sweepStore.getState()).toMatchObject({ state: 'waiting', complete: true });
  });

  test('is painted in batches, in whatever order points come', () => {
    for (const index of [0, 9, 4]) point(newest(), index);
    vi.advanceTimersByTime(50);
    expect(shownPoints()).toEqual([0, 9, 4]);
    for (const index of [2, 7]) point(newest(), index);
    expect(shownPoints()).toEqual([0, 9, 4]);
    vi.advanceTimersByTime(250);
    expect(shownPoints()).toEqual([0, 9, 4, 2, 7]);
    expect(sweepStore.getState()).toMatchObject({ state: 'running', complete: false });
  });

  test('goes on under a hand on the swept limit, and is painted when that rests', () => {
    viewStore.setState({ sweepColumn: 'memory_mib' });
    const asked = newest();
    drag(value++);
    point(asked, 0);
    finish(asked);
    expect(shownPoints()).toEqual([]);
    expect(asked.disposed).toBe(false);
    rest();
    expect(sweepStore.getState()).toMatchObject({ state: 'done', complete: true, points: [{ index: 0 }] });
    expect(newest()).toBe(asked);
  });

  test('that was finished shows again at once when the limits come back', () => {
    const at = value;
    drag(at);
    rest();
    point(newest(), 3);
    finish(newest());
    drag(at + 1000);
    rest();
    point(newest(), 5);
    finish(newest());
    const count = sweeps().length;
    drag(at);
    rest();
    expect(shownPoints()).toEqual([3]);
    expect(sweepStore.getState()).toMatchObject({ state: 'done', frontier: [0] });
    expect(sweeps()).toHaveLength(count);
    value = at + 2000;
  });

  test('stops where it is when told to, and begins anew when told to', () => {
    const asked = newest();
    point(asked, 0);
    cancelSweep();
    expect(asked.disposed).toBe(true);
    expect(sweepStore.getState()).toMatchObject({ state: 'cancelled', points: [{ index: 0 }], complete: false });
    expect(isSweeping()).toBe(false);
    point(asked, 1);
    vi.advanceTimersByTime(1000);
    expect(shownPoints()).toEqual([0]);
    viewStore.setState({ activeLayer: 1 });
    expect(newest()).toBe(asked);
    sweepAgain();
    expect(newest()).not.toBe(asked);
    expect(newest().params).toEqual(asked.params);
    viewStore.setState({ activeLayer: undefined });
  });

  test('that failed says why and is asked again only on purpose', () => {
    const asked = newest();
    asked.listener.onError?.(new WorkbenchError('internal', 'A fault.'));
    expect(sweepStore.getState()).toMatchObject({ state: 'failed', error: { message: 'A fault.' } });
    viewStore.setState({ activeLayer: 2 });
    expect(newest()).toBe(asked);
    sweepAgain();
    expect(newest()).not.toBe(asked);
    expect(sweepStore.getState().error).toBeUndefined();
    viewStore.setState({ activeLayer: undefined });
  });

  test('of a lost engine stays on screen, and the next engine is asked the same', () => {
    const asked = newest();
    point(asked, 0);
    vi.advanceTimersByTime(50);
    asked.listener.onError?.(new WorkbenchError('engine_gone', 'Killed.'));
    engineStore.setState({ connection: { kind: 'connecting', lost: { code: 'engine_gone', message: 'Killed.', retryable: true } } });
    expect(isSweeping()).toBe(false);
    expect(shownPoints()).toEqual([0]);
    client = new PlayedClient();
    engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
    expect(newest().params).toEqual(asked.params);
  });

  test('of one library never stands beside another', () => {
    point(newest(), 0);
    finish(newest());
    engineStore.setState({ library: { kind: 'open', library: testLibrary('other') } });
    expect(sweepStore.getState()).toMatchObject({ points: [], complete: false });
  });

  test('holds what simpler methods found beside the points', () => {
    const solution = { objective: 4, costs: { total_tok_s: 1, kl_div: 4 }, choices: [1, 4] };
    newest().listener.onEvent({ kind: 'baseline', baseline: { method: 'greedy', level: 1, solution } }, 1);
    finish(newest());
    expect(sweepStore.getState().baselines).toEqual([{ method: 'greedy', level: 1, solution }]);
  });
});
