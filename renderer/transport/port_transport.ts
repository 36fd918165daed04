/** Frames over a MessagePort that the desktop shell hands to the page. */
import { ENGINE_PORT_MESSAGE, type HostBridge } from '../../engine/protocol/host_bridge.ts';
import { WorkbenchError, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Dispose, Transport } from '../../engine/protocol/transport.ts';

/** Asks the shell for a port to the engine; rejects with the reason where the engine ends before one comes. */
export function connectPort(bridge: HostBridge): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      window.removeEventListener('message', onMessage);
      stopListening();
    };
    const stopListening = bridge.onEngineExit((reason) => {
      stop();
      reject(WorkbenchError.from(reason));
    });
    const onMessage = (event: MessageEvent<unknown>): void => {
      const data = event.data as { readonly type?: unknown } | undefined;
      const port = event.ports[0];
      if (event.source !== window || data?.type !== ENGINE_PORT_MESSAGE || port === undefined) return;
      stop();
      resolve(new PortTransport(port, bridge));
    };
    window.addEventListener('message', onMessage);
    bridge.requestEnginePort();
  });
}

class PortTransport implements Transport {
  readonly #port: MessagePort;
  readonly #closes = new Set<(reason: ErrorPayload) => void>();
  readonly #stopListening: Dispose;
  #closed = false;

  constructor(port: MessagePort, bridge: HostBridge) {
    this.#port = port;
    // A port's closing is not observable in every Chromium, but the shell knows when the process behind it ends.
    this.#stopListening = bridge.onEngineExit((reason) => this.#finish(reason));
    port.addEventListener('close', () =>
      this.#finish({ code: 'engine_gone', message: 'The engine closed the connection.', retryable: true }),
    );
    port.start();
  }

  send(frame: Uint8Array): void {
    if (!this.#closed) this.#port.postMessage(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    const onMessage = (event: MessageEvent<unknown>): void => {
      if (event.data instanceof Uint8Array) listener(event.data);
    };
    this.#port.addEventListener('message', onMessage);
    return () => this.#port.removeEventListener('message', onMessage);
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    this.#closes.add(listener);
    return () => this.#closes.delete(listener);
  }

  close(): void {
    this.#finish({ code: 'engine_gone', message: 'The connection was closed.', retryable: true });
  }

  #finish(reason: ErrorPayload): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopListening();
    this.#port.close();
    for (const listener of this.#closes) listener(reason);
  }
}
