import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { SolveUpdate } from '../../engine/protocol/problem.ts';
import { setLimit } from './document_store.ts';
import { engineStore } from './engine_store.ts';
import { isSolving, solveAgain, startSolving } from './solve_controller.ts';
import { solveStore } from './solve_store.ts';
import { PlayedClient, type PlayedStream } from './test_client.ts';
import { testLibrary } from './test_library.ts';

let client: PlayedClient;
let stop: () => void;

const limitOf = (stream: PlayedStream<'solve'>): number | undefined => stream.params.limits[0]?.max;
const solved = (objective: number, final = true): SolveUpdate => ({
  status: final ? 'optimal' : 'feasible',
  objective,
  bound: objective - (final ? 0 : 1),
  gap: final ? 0 : 1 / objective,
  limits: [],
  solve_ms: 3,
  solutions: [{ objective, costs: {}, choices: [0, 3] }],
  final,
  exhausted: false,
});
const answerWith = (stream: PlayedStream<'solve'>, update: SolveUpdate): void => stream.listener.onEvent(update, 1);
const solves = (): PlayedStream<'solve'>[] => client.of('solve');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  client = new PlayedClient();
  engineStore.setState({ connection: { kind: 'connecting' }, library: { kind: 'none' } });
  stop = startSolving();
  engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
  engineStore.setState({ library: { kind: 'open', library: testLibrary() } });
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('solving while a slider moves', () => {
  test('one request is in flight and only the newest position follows it', () => {
    answerWith(solves()[0], solved(1));
    for (const value of [190, 180, 170, 160]) setLimit('memory_mib', 'max', value, 'drag');
    expect(solves().map(limitOf)).toEqual([undefined, 190]);
    expect(isSolving()).toBe(true);
    answerWith(solves()[1], solved(2));
    expect(solves().map(limitOf)).toEqual([undefined, 190, 160]);
    expect(solveStore.getState().answer?.objective).toBe(2);
    answerWith(solves()[2], solved(3));
    expect(solves()).toHaveLength(3);
    expect(solveStore.getState()).toMatchObject({ pending: false, answer: { objective: 3 } });
  });

  test('a first answer is enough to move on; what refines it is withdrawn', () => {
    answerWith(solves()[0], solved(1));
    setLimit('memory_mib', 'max', 150, 'drag-a');
    answerWith(solves()[1], solved(9, false));
    expect(solveStore.getState().answer?.certainty).toEqual({ kind: 'within', gap: 1 / 9, refining: true });
    setLimit('memory_mib', 'max', 140, 'drag-a');
    expect(solves()[1].disposed).toBe(true);
    expect(limitOf(solves()[2])).toBe(140);
    answerWith(solves()[1], solved(5));
    expect(solveStore.getState().answer?.objective).toBe(9);
  });

  test('a request without any answer gives way after 150 ms', () => {
    answerWith(solves()[0], solved(1));
    setLimit('memory_mib', 'max', 150, 'drag-b');
    setLimit('memory_mib', 'max', 120, 'drag-b');
    vi.advanceTimersByTime(140);
    expect(solves()).toHaveLength(2);
    vi.advanceTimersByTime(20);
    expect(solves()[1].disposed).toBe(true);
    expect(limitOf(solves()[2])).toBe(120);
  });

  test('moving back to what is being solved asks nothing more and comes to rest', () => {
    answerWith(solves()[0], solved(1));
    setLimit('memory_mib', 'max', 150, 'drag-c');
    setLimit('memory_mib', 'max', 120, 'drag-c');
    setLimit('memory_mib', 'max', 150, 'drag-c');
    answerWith(solves()[1], solved(2));
    expect(solves()).toHaveLength(2);
    expect(solveStore.getState().pending).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(solves()).toHaveLength(2);
  });

  test('an infeasible problem keeps the last child on screen', () => {
    answerWith(solves()[0], solved(1));
    setLimit('memory_mib', 'max', 1);
    answerWith(solves()[1], { status: 'infeasible', solve_ms: 1, reachable: [], conflict: [] });
    expect(solveStore.getState()).toMatchObject({ outcome: { kind: 'infeasible' }, answer: { objective: 1 }, pending: false });
  });
});

describe('when things go wrong', () => {
  test('a failed solve is shown and can be asked again', () => {
    solves()[0].listener.onError?.(new WorkbenchError('internal', 'A fault.'));
    expect(solveStore.getState().outcome).toMatchObject({ kind: 'failed', error: { message: 'A fault.' } });
    solveAgain();
    expect(solves()).toHaveLength(2);
  });

  test('a lost engine leaves the answer on screen, and the next engine is asked the same', () => {
    answerWith(solves()[0], solved(4));
    engineStore.setState({ connection: { kind: 'connecting', lost: { code: 'engine_gone', message: 'Killed.', retryable: true } } });
    expect(solveStore.getState()).toMatchObject({ outcome: { kind: 'answer' }, answer: { objective: 4 }, pending: false });
    expect(isSolving()).toBe(false);
    const next = new PlayedClient();
    engineStore.setState({ connection: { kind: 'ready', client: next.asRpc() } });
    expect(next.of('solve')[0].params).toEqual(solves()[0].params);
  });

  test('the answer about one library never stands beside another', () => {
    answerWith(solves()[0], solved(4));
    engineStore.setState({ library: { kind: 'open', library: testLibrary('other') } });
    expect(solveStore.getState()).toMatchObject({ answer: undefined, outcome: { kind: 'none' }, pending: true });
  });
});
