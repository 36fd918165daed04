/** What Electron gives a utility process to talk through. The engine never imports electron, so its shapes are told here. */
import process from 'node:process';

/** The parts of Electron's MessagePortMain and `process.parentPort` used here. */
export interface PortLike {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: PortMessage) => void): void;
  on(event: 'close', listener: () => void): void;
  off(event: 'message', listener: (event: PortMessage) => void): void;
  start(): void;
  close(): void;
}

export interface PortMessage {
  readonly data: unknown;
  readonly ports: readonly PortLike[];
}

/** Undefined in plain Node. */
export function parentPort(): PortLike | undefined {
  return (process as unknown as { readonly parentPort?: PortLike }).parentPort;
}
