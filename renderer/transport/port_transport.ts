/** Frames over a MessagePort that the desktop shell hands to the page. */
import { ENGINE_PORT_MESSAGE, type HostBridge } from '../../engine/protocol/host_bridge.ts';
import { WorkbenchError, type ErrorPayload } from '../../engine/protocol/errors.ts';
import { ListeningTransport, type Dispose, type Transport } from '../../engine/protocol/transport.ts';

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

class PortTransport extends ListeningTransport {
  readonly #port: MessagePort;
  readonly #stopListening: Dispose;

  constructor(port: MessagePort, bridge: HostBridge) {
    super();
    this.#port = port;
    // A port's closing is not observable in every Chromium, but the shell knows when the process behind it ends.
    this.#stopListening = bridge.onEngineExit((reason) => this.#end(reason));
    port.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.data instanceof Uint8Array) this.deliver(event.data);
    });
    port.addEventListener('close', () =>
      this.#end({ code: 'engine_gone', message: 'The engine closed the connection.', retryable: true }),
    );
    port.start();
  }

  override send(frame: Uint8Array<ArrayBuffer>): void {
    if (!this.closed) this.#port.postMessage(frame);
  }

  override close(): void {
    this.#end({ code: 'engine_gone', message: 'The connection was closed.', retryable: true });
  }

  #end(reason: ErrorPayload): void {
    if (!this.finish(reason)) return;
    this.#stopListening();
    this.#port.close();
  }
}
