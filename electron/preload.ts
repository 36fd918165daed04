/**
 * The sandboxed preload: offers the page the HostBridge and nothing else. Channel names stay here, listeners get data
 * and never an event, and the engine's port is forwarded as a window message because a port cannot cross contextBridge.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { isCommandId } from '../engine/protocol/commands.ts';
import type { ErrorPayload } from '../engine/protocol/errors.ts';
import { ENGINE_PORT_MESSAGE, type HostBridge } from '../engine/protocol/host_bridge.ts';
import { CHANNELS } from './channels.ts';

ipcRenderer.on(CHANNELS.enginePort, (event) => {
  window.postMessage({ type: ENGINE_PORT_MESSAGE }, window.location.origin, [...event.ports]);
});

const bridge = {
  kind: 'electron',
  platform: process.platform,
  requestEnginePort: () => ipcRenderer.send(CHANNELS.requestEnginePort),
  onEngineExit: (listener) => listen<ErrorPayload>(CHANNELS.engineExit, listener),
  pickLibrary: (kind) => ipcRenderer.invoke(CHANNELS.pickLibrary, kind),
  saveFile: (suggestedName, bytes) => ipcRenderer.invoke(CHANNELS.saveFile, { suggestedName, bytes }),
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
