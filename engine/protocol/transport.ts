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

class MemoryTransport implements Transport {
  peer: MemoryTransport | undefined;
  readonly #frames = new Set<(frame: Uint8Array) => void>();
  readonly #closes = new Set<(reason: ErrorPayload) => void>();
  #closed = false;

  send(frame: Uint8Array): void {
    if (this.#closed) return;
    const copy = frame.slice();
    queueMicrotask(() => this.peer?.deliver(copy));
  }

  deliver(frame: Uint8Array): void {
    if (this.#closed) return;
    for (const listener of this.#frames) listener(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    this.#frames.add(listener);
    return () => this.#frames.delete(listener);
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    this.#closes.add(listener);
    return () => this.#closes.delete(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const reason: ErrorPayload = { code: 'engine_gone', message: 'The connection was closed.', retryable: true };
    for (const listener of this.#closes) listener(reason);
    const { peer } = this;
    queueMicrotask(() => peer?.close());
  }
}
