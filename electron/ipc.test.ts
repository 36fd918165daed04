import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Ipc, senderProblem, type IpcSource, type SenderFrame } from './ipc.ts';

const OURS: SenderFrame = { url: 'app://workbench/index.html', parent: null };

function fakeIpc() {
  const handlers = new Map<string, (event: { senderFrame: SenderFrame | null }, payload: unknown) => unknown>();
  const source: IpcSource = {
    handle: (channel, listener) => void handlers.set(channel, listener),
    on: (channel, listener) => void handlers.set(channel, listener),
  };
  const log: string[] = [];
  const ipc = new Ipc(source, (line) => log.push(line));
  const send = (channel: string, senderFrame: SenderFrame | null, payload: unknown): unknown =>
    handlers.get(channel)!({ senderFrame }, payload);
  return { ipc, send, log };
}

describe('who may speak', () => {
  it('is the main frame of our page', () => {
    expect(senderProblem(OURS)).toBeUndefined();
  });

  it.each([
    ['a frame that is gone', null],
    ['a frame inside the page', { ...OURS, parent: OURS }],
    ['another site', { url: 'https://evil.example/', parent: null }],
    ['a look-alike host', { url: 'app://workbench.evil/', parent: null }],
    ['a local file', { url: 'file:///index.html', parent: null }],
  ])('is not %s', (_name, frame) => {
    expect(senderProblem(frame)).toBeTypeOf('string');
  });
});

describe('registered handlers', () => {
  it('get the checked payload and answer', async () => {
    const { ipc, send } = fakeIpc();
    ipc.handle('c', z.object({ kind: z.enum(['file', 'folder']) }), async ({ kind }) => `picked ${kind}`);
    expect(await send('c', OURS, { kind: 'file' })).toBe('picked file');
  });

  it('never run for a wrong payload or sender; the reason is logged, not told', async () => {
    const { ipc, send, log } = fakeIpc();
    let ran = 0;
    ipc.handle('c', z.object({ kind: z.enum(['file', 'folder']) }), async () => ran++);
    ipc.on('m', z.undefined(), () => ran++);
    await expect(send('c', OURS, { kind: '/etc/passwd' })).rejects.toThrow('The request was refused.');
    await expect(send('c', { ...OURS, parent: OURS }, { kind: 'file' })).rejects.toThrow('The request was refused.');
    send('m', OURS, 'unexpected');
    send('m', null, undefined);
    expect(ran).toBe(0);
    expect(log).toHaveLength(4);
    expect(log[0]).toContain('kind');
    expect(log[1]).toContain('main frame');
  });

  it('hear messages without an answer', () => {
    const { ipc, send } = fakeIpc();
    let ran = 0;
    ipc.on('m', z.undefined(), () => ran++);
    send('m', OURS, undefined);
    expect(ran).toBe(1);
  });

  it('let the failure of a good request through', async () => {
    const { ipc, send } = fakeIpc();
    ipc.handle('c', z.undefined(), () => Promise.reject(new Error('disk full')));
    await expect(send('c', OURS, undefined)).rejects.toThrow('disk full');
  });
});
