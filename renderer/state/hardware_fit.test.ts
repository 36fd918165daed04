import { beforeEach, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import { activityStore } from './activity.ts';
import { engineStore } from './engine_store.ts';
import { dismissFit, fitCalibration, fitStore } from './hardware_fit.ts';
import { PlayedClient, type PlayedStream } from './test_client.ts';

const source = { kind: 'recent', id: 'x' } as const;
let client: PlayedClient;
const stream = (): PlayedStream<'calibration.fit'> => client.of('calibration.fit')[0];
const calibration = { id: 'c', name: 'C', device: 'd', backend: 'b', origin: 'built-in', provenance: 'p', gemm: {}, decode_attention: {}, prefill_attention: {}, all_reduce: {}, errors: [] } as const;

beforeEach(() => {
  client = new PlayedClient();
  engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
  dismissFit();
});

describe('a fit', () => {
  test('shows how far it is, and its outcome', async () => {
    const done = fitCalibration('h100', { source, device: 'h100-sxm' });
    expect(stream().params).toEqual({ source, device: 'h100-sxm' });
    stream().listener.onEvent({ kind: 'started' }, 0);
    stream().listener.onEvent({ kind: 'progress', stage: 'gemm', done: 1, total: 4 }, 1);
    expect(fitStore.getState().fit).toMatchObject({ kind: 'running', label: 'h100', stage: 'gemm', done: 1, total: 4 });
    expect(activityStore.getState().activities).toMatchObject([{ label: 'Fitting h100', fraction: 0.25 }]);
    stream().listener.onEvent({ kind: 'finished', calibration: { ...calibration, errors: [] }, errors: [], residuals: [], notes: [] }, 2);
    await done;
    expect(fitStore.getState().fit).toMatchObject({ kind: 'finished', label: 'h100', calibration: { id: 'c' } });
    expect(activityStore.getState().activities).toEqual([]);
  });

  test('can be cancelled, and leaves nothing behind', async () => {
    const done = fitCalibration('h100', { source });
    dismissFit();
    await done;
    expect(stream().disposed).toBe(true);
    expect(fitStore.getState().fit).toEqual({ kind: 'idle' });
    expect(activityStore.getState().activities).toEqual([]);
  });

  test('that fails says why', async () => {
    const done = fitCalibration('h100', { source });
    stream().listener.onError?.(new WorkbenchError('bad_input', 'gemm.csv, row 3: not a number.'));
    await done;
    expect(fitStore.getState().fit).toMatchObject({ kind: 'failed', error: { message: 'gemm.csv, row 3: not a number.' } });
  });

  test('without an engine is refused', async () => {
    engineStore.setState({ connection: { kind: 'connecting' } });
    await fitCalibration('h100', { source });
    expect(fitStore.getState().fit).toMatchObject({ kind: 'failed', error: { code: 'engine_gone' } });
  });
});
