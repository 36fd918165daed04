import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cancelContour, isContouring, startContouring } from './contour_controller.ts';
import { contourStore } from './contour_store.ts';
import { changeDocument, setLimit } from './document_store.ts';
import { engineStore } from './engine_store.ts';
import { REST_AFTER_MS, startResting } from './rest.ts';
import { PlayedClient, type PlayedStream } from './test_client.ts';
import { testLibrary } from './test_library.ts';
import { viewStore } from './view_store.ts';

let client: PlayedClient;
let stops: (() => void)[];
const contours = (): PlayedStream<'contour'>[] => client.of('contour');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  client = new PlayedClient();
  viewStore.setState({ tab: 'frontier', frontierMode: 'one', contourColumns: undefined });
  engineStore.setState({ connection: { kind: 'connecting' }, library: { kind: 'none' } });
  changeDocument('', (document) => ({ ...document, limits: [] }));
  stops = [startResting(), startContouring()];
  engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
  engineStore.setState({ library: { kind: 'open', library: testLibrary() } });
  vi.advanceTimersByTime(REST_AFTER_MS);
});

afterEach(() => {
  for (const stop of stops) stop();
  viewStore.setState({ tab: 'frontier', frontierMode: 'one', contourColumns: undefined });
  engineStore.setState({ library: { kind: 'none' } });
  vi.useRealTimers();
});

describe('the contour', () => {
  test('is asked for only while it is looked at, without the two limits that it spans', () => {
    setLimit('memory_mib', 'max', 150);
    setLimit('num_params', 'max', 9);
    setLimit('runtime_ms', 'max', 15);
    vi.advanceTimersByTime(REST_AFTER_MS);
    expect(contours()).toHaveLength(0);
    viewStore.setState({ frontierMode: 'two' });
    expect(contours()[0].params).toMatchObject({ over: ['total_tok_s', 'memory_mib'], solutions: 1, limits: [{ column: 'runtime_ms', max: 15 }] });
  });

  test('waits where another view is open, without keeping the page busy', () => {
    viewStore.setState({ tab: 'layers', frontierMode: 'two' });
    expect(contours()).toHaveLength(0);
    expect(isContouring()).toBe(false);
    viewStore.setState({ tab: 'frontier' });
    expect(contours()).toHaveLength(1);
    expect(isContouring()).toBe(true);
    // Once begun it goes on.
    viewStore.setState({ tab: 'layers' });
    expect(contours()[0].disposed).toBe(false);
  });

  test('comes in as levels and cells, stops when told to, and is remembered when finished', () => {
    viewStore.setState({ frontierMode: 'two' });
    const [stream] = contours();
    stream.listener.onEvent({ kind: 'levels', levels: [[1, 2], [20, 10]] }, 1);
    stream.listener.onEvent({ kind: 'cell', cell: { at: [0, 1], gap: 0 } }, 2);
    vi.advanceTimersByTime(50);
    expect(contourStore.getState()).toMatchObject({ state: 'running', over: ['total_tok_s', 'memory_mib'], levels: [[1, 2], [20, 10]], cells: [{ at: [0, 1] }] });
    stream.listener.onEvent({ kind: 'finished' }, 3);
    expect(contourStore.getState().state).toBe('done');
    viewStore.setState({ frontierMode: 'one' });
    viewStore.setState({ frontierMode: 'two' });
    expect(contours()).toHaveLength(1);
    expect(contourStore.getState()).toMatchObject({ state: 'done', cells: [{ at: [0, 1] }] });
    viewStore.setState({ contourColumns: ['memory_mib', 'runtime_ms'] });
    expect(contours()[1].params.over).toEqual(['memory_mib', 'runtime_ms']);
    cancelContour();
    expect(contours()[1].disposed).toBe(true);
    expect(contourStore.getState().state).toBe('cancelled');
  });
});
