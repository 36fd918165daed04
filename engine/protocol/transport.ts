/** What carries frames: an Electron MessagePort, a WebSocket, or two ends in one process for tests. */
import type { ErrorPayload } from './errors.ts';

export type Dispose = () => void;

export interface Transport {
  send(frame: Uint8Array<ArrayBuffer>): void;
  onFrame(listener: (frame: Uint8Array) => void): Dispose;
  /** Called once, with the reason, when nothing more will come. */
  onClose(listener: (reason: ErrorPayload) => void): Dispose;
  close(): void;
}

/** Two transports joined back to back; frames arrive asynchronously, in order, and as copies. */
export function createMemoryTransports(): readonly [Transport, Transport] {
  const a = new MemoryTransport();
  const b = new MemoryTransport();
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** Keeps a transport's listeners; who delivers, sends and closes is up to the class that extends it. */
export abstract class ListeningTransport implements Transport {
  readonly #frames = new Set<(frame: Uint8Array) => void>();
  readonly #closes = new Set<(reason: ErrorPayload) => void>();
  #closed = false;

  abstract send(frame: Uint8Array<ArrayBuffer>): void;
  abstract close(): void;

  get closed(): boolean {
    return this.#closed;
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    this.#frames.add(listener);
    return () => this.#frames.delete(listener);
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    this.#closes.add(listener);
    return () => this.#closes.delete(listener);
  }

  /** Hands a frame to the listeners, unless closed. */
  deliver(frame: Uint8Array): void {
    if (this.#closed) return;
    for (const listener of this.#frames) listener(frame);
  }

  /** Tells the listeners that nothing more will come; only the first call counts. */
  protected finish(reason: ErrorPayload): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    for (const listener of this.#closes) listener(reason);
    return true;
  }
}

class MemoryTransport extends ListeningTransport {
  peer: MemoryTransport | undefined;

  override send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.closed) return;
    const copy = frame.slice();
    queueMicrotask(() => this.peer?.deliver(copy));
  }

  override close(): void {
    const closedNow = this.finish({ code: 'engine_gone', message: 'The connection was closed.', retryable: true });
    if (closedNow) queueMicrotask(() => this.peer?.close());
  }
}
