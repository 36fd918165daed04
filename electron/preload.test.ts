/** What the preload exposes, against a stand-in for Electron. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ENGINE_PORT_MESSAGE, type HostBridge } from '../engine/protocol/host_bridge.ts';
import { CHANNELS } from './channels.ts';

const fake = vi.hoisted(() => ({
  exposed: new Map<string, unknown>(),
  listeners: new Map<string, ((...args: unknown[]) => void)[]>(),
  send: vi.fn(),
  invoke: vi.fn(),
}));

vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, api: unknown) => fake.exposed.set(name, api) },
  ipcRenderer: {
    on: (channel: string, listener: () => void) => fake.listeners.set(channel, [...(fake.listeners.get(channel) ?? []), listener]),
    off: (channel: string, listener: () => void) =>
      fake.listeners.set(channel, (fake.listeners.get(channel) ?? []).filter((other) => other !== listener)),
    send: fake.send,
    invoke: fake.invoke,
  },
}));

const postMessage = vi.fn();
let bridge: HostBridge;
beforeAll(async () => {
  vi.stubGlobal('window', { postMessage, location: { origin: 'app://workbench' } });
  await import('./preload.ts');
  bridge = fake.exposed.get('workbenchHost') as HostBridge;
});

const emit = (channel: string, ...args: unknown[]): void => fake.listeners.get(channel)?.forEach((listener) => listener(...args));

describe('the preload', () => {
  it('exposes the bridge and nothing else', () => {
    expect([...fake.exposed.keys()]).toEqual(['workbenchHost']);
    expect(Object.keys(bridge).sort()).toEqual(
      ['kind', 'onCommand', 'onEngineExit', 'pickLibrary', 'platform', 'requestEnginePort', 'saveFile'].sort(),
    );
  });

  it('asks main over fixed channels only', async () => {
    bridge.requestEnginePort();
    await bridge.pickLibrary('folder');
    await bridge.saveFile('a.csv', new Uint8Array([1]));
    expect(fake.send.mock.calls).toEqual([[CHANNELS.requestEnginePort]]);
    expect(fake.invoke.mock.calls).toEqual([
      [CHANNELS.pickLibrary, 'folder'],
      [CHANNELS.saveFile, { suggestedName: 'a.csv', bytes: new Uint8Array([1]) }],
    ]);
  });

  it('fails with the sentence that main gave', async () => {
    fake.invoke.mockRejectedValueOnce(new Error("Error invoking remote method 'x': Error: ENOSPC: no space left on device, write"));
    await expect(bridge.saveFile('a.csv', new Uint8Array())).rejects.toThrow(/^ENOSPC: no space left on device, write$/);
  });

  it('forwards the port to our own origin', () => {
    emit(CHANNELS.enginePort, { ports: ['port'] });
    expect(postMessage.mock.calls).toEqual([[{ type: ENGINE_PORT_MESSAGE }, 'app://workbench', ['port']]]);
  });

  it('gives listeners data without the event, until they are taken off', () => {
    const heard: unknown[] = [];
    const stop = bridge.onEngineExit((...args) => heard.push(args));
    emit(CHANNELS.engineExit, { sender: 'ipcRenderer' }, { code: 'engine_gone', message: 'x', retryable: true });
    stop();
    emit(CHANNELS.engineExit, {}, { code: 'engine_gone', message: 'y', retryable: true });
    expect(heard).toEqual([[{ code: 'engine_gone', message: 'x', retryable: true }]]);
  });

  it('passes on known commands only', () => {
    const heard: string[] = [];
    bridge.onCommand((id) => heard.push(id));
    emit(CHANNELS.command, {}, 'solution.export');
    emit(CHANNELS.command, {}, 'rm -rf');
    expect(heard).toEqual(['solution.export']);
  });
});
