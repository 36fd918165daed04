/**
 * The sandboxed preload: offers the page the HostBridge and nothing else. Channel names stay here, listeners get data
 * and never an event, and the engine's port is forwarded as a window message because a port cannot cross contextBridge.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { isCommandId } from '../engine/protocol/commands.ts';
import type { ErrorPayload } from '../engine/protocol/errors.ts';
import { ENGINE_PORT_MESSAGE, type HostBridge, type PickedFile } from '../engine/protocol/host_bridge.ts';
import { CHANNELS } from './channels.ts';

ipcRenderer.on(CHANNELS.enginePort, (event) => {
  window.postMessage({ type: ENGINE_PORT_MESSAGE }, window.location.origin, [...event.ports]);
});

const bridge = {
  kind: 'electron',
  platform: process.platform,
  requestEnginePort: () => ipcRenderer.send(CHANNELS.requestEnginePort),
  onEngineExit: (listener) => listen<ErrorPayload>(CHANNELS.engineExit, listener),
  pickLibrary: (kind) => ask<PickedFile | undefined>(CHANNELS.pickLibrary, kind),
  saveFile: (suggestedName, bytes) => ask<string | undefined>(CHANNELS.saveFile, { suggestedName, bytes }),
  onCommand: (listener) =>
    listen<string>(CHANNELS.command, (id) => {
      if (isCommandId(id)) listener(id);
    }),
} satisfies HostBridge;

contextBridge.exposeInMainWorld('workbenchHost', bridge);

/** contextBridge wraps functions anew at every crossing, so only the returned function can take a listener off again. */
function listen<T>(channel: string, listener: (data: T) => void): () => void {
  const wrapped = (_event: unknown, data: T): void => listener(data);
  ipcRenderer.on(channel, wrapped);
  return () => void ipcRenderer.off(channel, wrapped);
}

/** Fails with main's own sentence ("ENOSPC: no space left …") instead of Electron's wrapping of it. */
async function ask<T>(channel: string, payload: unknown): Promise<T> {
  try {
    return await ipcRenderer.invoke(channel, payload);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(message.replace(/^Error invoking remote method '[^']*': (?:\w*Error: )?/, ''), { cause: error });
  }
}
