import { describe, expect, it, vi } from 'vitest';
import { RpcClient } from '../protocol/client.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { encodeFrame } from '../protocol/frames.ts';
import { createMemoryTransports } from '../protocol/transport.ts';
import { serve, type Handlers } from './rpc_server.ts';

/** Handlers of which only those given exist; the rest are never called. */
function connect(calls: object, streams: object = {}) {
  const [page, engine] = createMemoryTransports();
  serve({ calls, streams } as unknown as Handlers, engine, 'page');
  return { client: new RpcClient(page), page, engine };
}

describe('calls', () => {
  it('answer with the checked result', async () => {
    const { client } = connect({ 'preferences.get': () => ({ theme: 'dark' }) });
    expect(await client.call('preferences.get', {})).toEqual({ theme: 'dark' });
  });

  it('reject parameters and results of another shape than agreed', async () => {
    const { client } = connect({ 'library.remove': () => ({}), 'preferences.get': () => ({ theme: 'pink' }) });
    await expect(client.call('library.remove', { id: 3 } as never)).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    await expect(client.call('preferences.get', {})).rejects.toThrow();
    await expect(client.call('no.such' as never, {} as never)).rejects.toThrow('There is no call named "no.such"');
  });

  it('carry errors with code, hint and details', async () => {
    const error = new WorkbenchError('bad_input', 'no', { hint: 'do this', details: { file: 'a.json', path: 'x.y' } });
    const { client } = connect({ 'recent.list': () => Promise.reject(error) });
    await expect(client.call('recent.list', {})).rejects.toMatchObject({ payload: error.payload });
  });

  it('are withdrawn on the engine too', async () => {
    let seen: AbortSignal | undefined;
    const { client } = connect({
      'recent.list': (_: unknown, context: { signal: AbortSignal }) => {
        seen = context.signal;
        return new Promise(() => undefined);
      },
    });
    const controller = new AbortController();
    const call = client.call('recent.list', {}, { signal: controller.signal });
    await vi.waitFor(() => expect(seen).toBeDefined());
    controller.abort();
    await expect(call).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    await vi.waitFor(() => expect(seen?.aborted).toBe(true));
    expect(client.pendingCount).toBe(0);
  });

  it('all fail with the reason when the engine goes, and so do later ones', async () => {
    const { client, engine } = connect({ 'recent.list': () => new Promise(() => undefined) });
    const call = client.call('recent.list', {});
    engine.close();
    await expect(call).rejects.toMatchObject({ payload: { code: 'engine_gone' } });
    await expect(client.call('recent.list', {})).rejects.toMatchObject({ payload: { code: 'engine_gone' } });
  });

  it('end with the connection when the other side sends garbage', async () => {
    const { client, engine } = connect({ 'recent.list': () => new Promise(() => undefined) });
    const call = client.call('recent.list', {});
    engine.send(encodeFrame({ type: 'nonsense' }));
    await expect(call).rejects.toThrow();
  });
});

describe('streams', () => {
  const state = (revision: number) => ({ folder: '/p', revision, document: { name: 'n' } });

  it('begin with a snapshot and go on in order until disposed', async () => {
    let emit: ((value: unknown) => void) | undefined;
    const stopped = vi.fn();
    const { client } = connect(
      {},
      {
        project: (_: unknown, context: { emit(value: unknown): void }) => {
          emit = context.emit;
          emit(state(1));
          return stopped;
        },
      },
    );
    const seen: number[] = [];
    const dispose = client.subscribe('project', {}, { onEvent: (event) => seen.push(event.revision) });
    await vi.waitFor(() => expect(seen).toEqual([1]));
    emit?.(state(2));
    await vi.waitFor(() => expect(seen).toEqual([1, 2]));
    dispose();
    await vi.waitFor(() => expect(stopped).toHaveBeenCalledOnce());
    emit?.(state(3));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen).toEqual([1, 2]);
  });

  it('stop on the engine when the page goes', async () => {
    const stopped = vi.fn();
    const { client, page } = connect({}, { project: (_: unknown, c: { emit(v: unknown): void }) => (c.emit(state(1)), stopped) });
    const started = new Promise((resolve) => client.subscribe('project', {}, { onEvent: resolve }));
    await started;
    page.close();
    await vi.waitFor(() => expect(stopped).toHaveBeenCalledOnce());
  });

  it('end alone when an event cannot be sent', async () => {
    const { client } = connect(
      { 'preferences.get': () => ({ theme: 'dark' }) },
      { project: (_: unknown, c: { emit(v: unknown): void }) => (c.emit({ ...state(1), revision: Number.NaN }), () => undefined) },
    );
    const error = await new Promise<WorkbenchError>((resolve) => client.subscribe('project', {}, { onEvent: () => undefined, onError: resolve }));
    expect(error.message).toContain('not a finite number');
    expect(await client.call('preferences.get', {})).toEqual({ theme: 'dark' });
  });

  it('report a handler that fails', async () => {
    const { client } = connect({}, { project: () => { throw new WorkbenchError('io', 'disk'); } });
    const error = await new Promise<WorkbenchError>((resolve) => client.subscribe('project', {}, { onEvent: () => undefined, onError: resolve }));
    expect(error.payload).toMatchObject({ code: 'io', message: 'disk' });
  });
});
