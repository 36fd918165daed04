/**
 * What the desktop shell offers its page, as `window.workbenchHost`; absent in browser mode. The preload script must
 * satisfy this type and the page must live without it. Only data crosses: no events, no paths.
 */
import type { CommandId } from './commands.ts';
import type { ErrorPayload } from './errors.ts';
import type { Dispose } from './transport.ts';

/** The `data.type` of the window message that brings a MessagePort to the engine. */
export const ENGINE_PORT_MESSAGE = 'puzzle-workbench/engine-port';

/** A file or folder that the user picked; the handle is good for one `library.import`. */
export interface PickedFile {
  readonly handle: string;
  readonly label: string;
}

export interface HostBridge {
  readonly kind: 'electron';
  readonly platform: string;
  /** Asks for a port to the engine; it arrives as a window message `ENGINE_PORT_MESSAGE` with one port. */
  requestEnginePort(): void;
  /** Told when the engine process ended, with the reason; a new one is already being started. */
  onEngineExit(listener: (reason: ErrorPayload) => void): Dispose;
  /** The system's open dialog; undefined where the user closed it. */
  pickLibrary(kind: 'file' | 'folder'): Promise<PickedFile | undefined>;
  /** The system's save dialog, then writes; gives the chosen file's name, or undefined where the user closed it. */
  saveFile(suggestedName: string, bytes: Uint8Array): Promise<string | undefined>;
  /** Told when the user chose something in the application menu. */
  onCommand(listener: (id: CommandId) => void): Dispose;
}

/**
 * Messages between a host and the engine process it owns. In Electron a client brings its MessagePort along; in
 * browser mode the host relays frames and names the client.
 */
export type HostToEngine =
  | {
      readonly type: 'start';
      readonly host: 'electron' | 'browser';
      /** Project folder to open; the last one used, or the default, where absent. */
      readonly projectFolder?: string | undefined;
    }
  /** Electron: the message's first port belongs to this client. */
  | { readonly type: 'client'; readonly clientId: string }
  | { readonly type: 'frame'; readonly clientId: string; readonly frame: Uint8Array }
  | { readonly type: 'client-gone'; readonly clientId: string }
  | { readonly type: 'grant'; readonly handle: string; readonly path: string }
  /** Electron: the message's first port leads to the trainer process that was asked for. */
  | { readonly type: 'trainer'; readonly trainerId: string }
  /** That process is gone, or could not be started. */
  | { readonly type: 'trainer-gone'; readonly trainerId: string; readonly how: string };

export type EngineToHost =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: ErrorPayload }
  | { readonly type: 'frame'; readonly clientId: string; readonly frame: Uint8Array }
  /** Electron, where only the main process can start one: asks for a trainer process, or for its immediate end. */
  | { readonly type: 'fork-trainer'; readonly trainerId: string }
  | { readonly type: 'kill-trainer'; readonly trainerId: string };
