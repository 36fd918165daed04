import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { SolveUpdate } from '../../engine/protocol/problem.ts';
import { documentStore, EMPTY_DOCUMENT, setLimit } from './document_store.ts';
import { engineStore, openLibrary } from './engine_store.ts';
import { deliverLibrary, expectLibrary, giveUpLibrary, isSolving, solveAgain, startSolving } from './solve_controller.ts';
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
  documentStore.setState({ document: EMPTY_DOCUMENT, past: [], future: [] });
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

describe('a library that is searched before it is here', () => {
  const open = testLibrary('generated:tiny?device=h100-sxm&isl=60&osl=40');
  const next = testLibrary('generated:tiny?device=b200&isl=60&osl=40');
  const { id } = next.view;
  const openId = (): string | undefined => openLibrary(engineStore.getState())?.view.id;
  const named = (): string | undefined => documentStore.getState().document.library_id;
  const shown = { objective: 7, costs: { memory_mib: 99 }, choices: [1, 4] };
  const infeasible: SolveUpdate = { status: 'infeasible', solve_ms: 1, reachable: [], conflict: [] };

  beforeEach(() => {
    documentStore.setState({ document: { ...EMPTY_DOCUMENT, library_id: open.view.id } });
    engineStore.setState({ library: { kind: 'open', library: open } });
    answerWith(solves().at(-1)!, solved(1));
    expectLibrary(id, open, { label: 'Device B200', update: (document) => ({ ...document, library_id: id }) });
  });

  test('comes on screen together with its first answer and what it changes', () => {
    expect(solves().at(-1)!.params.library_id).toBe(id);
    expect(solveStore.getState()).toMatchObject({ awaiting: true, answer: { objective: 1 } });
    expect(deliverLibrary(next, shown)).toBe(true);
    expect([openId(), named()]).toEqual([open.view.id, open.view.id]);
    answerWith(solves().at(-1)!, solved(2));
    expect([openId(), named()]).toEqual([id, id]);
    expect(solveStore.getState()).toMatchObject({ awaiting: false, pending: false, outcome: { kind: 'answer' }, answer: { objective: 2 } });
    expect(documentStore.getState().past.at(-1)?.label).toBe('Device B200');
  });

  test('waits for itself where the answer is sooner', () => {
    answerWith(solves().at(-1)!, solved(2));
    expect([openId(), solveStore.getState().answer?.objective, solveStore.getState().awaiting]).toEqual([open.view.id, 1, true]);
    const asked = solves().length;
    deliverLibrary(next, shown);
    expect([openId(), solveStore.getState().answer?.objective, solveStore.getState().awaiting]).toEqual([id, 2, false]);
    expect(solves()).toHaveLength(asked);
  });

  test('where nothing fits, shows what the last child takes in it', () => {
    deliverLibrary(next, shown);
    answerWith(solves().at(-1)!, infeasible);
    expect(openId()).toBe(id);
    expect(solveStore.getState()).toMatchObject({ outcome: { kind: 'infeasible' }, answer: { solutions: [shown] } });
  });

  test('is asked what the limits have become meanwhile', () => {
    setLimit('memory_mib', 'max', 150);
    deliverLibrary(next, shown);
    expect(solves().at(-1)!.params).toMatchObject({ library_id: id, limits: [{ column: 'memory_mib', max: 150 }] });
    answerWith(solves().at(-1)!, solved(2));
    expect(documentStore.getState().document).toMatchObject({ library_id: id, limits: [{ value: 150 }] });
  });

  test('gives way to one asked for later', () => {
    const later = testLibrary('generated:tiny?device=gb200&isl=60&osl=40');
    expectLibrary(later.view.id, open, { label: 'Device GB200', update: (document) => ({ ...document, library_id: later.view.id }) });
    expect(deliverLibrary(next, shown)).toBe(false);
    deliverLibrary(later, shown);
    answerWith(solves().at(-1)!, solved(3));
    expect(named()).toBe(later.view.id);
    expect(documentStore.getState().past).toHaveLength(1);
  });

  test('is given up where it cannot be had, and the open one is searched again', () => {
    const asked = solves().length;
    giveUpLibrary(id);
    expect(solves()).toHaveLength(asked + 1);
    expect(solves().at(-1)!.params.library_id).toBe(open.view.id);
    answerWith(solves().at(-1)!, solved(1));
    expect(solveStore.getState()).toMatchObject({ awaiting: false, pending: false });
    expect(named()).toBe(open.view.id);
  });

  test('is forgotten where the document goes elsewhere', () => {
    documentStore.setState({ document: { ...EMPTY_DOCUMENT, library_id: 'elsewhere' } });
    expect(deliverLibrary(next, shown)).toBe(false);
    expect(openId()).toBe(open.view.id);
    expect(isSolving()).toBe(true);
  });
});
