/**
 * The caller's end of the boundary: `call` and `subscribe`, typed from `api.ts`, over any transport. When the
 * engine goes, everything pending fails with the reason, so that nothing waits for ever.
 */
import {
  calls,
  streams,
  type CallName,
  type CallParams,
  type CallResult,
  type StreamEvent,
  type StreamName,
  type StreamParams,
} from './api.ts';
import { WorkbenchError, toErrorPayload, type ErrorPayload } from './errors.ts';
import { decodeFrame, encodeFrame } from './frames.ts';
import { engineMessageSchema, type ClientMessage, type EngineMessage } from './messages.ts';
import type { Dispose, Transport } from './transport.ts';

export interface Progress {
  readonly fraction?: number | undefined;
  readonly message?: string | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface StreamListener<N extends StreamName> {
  onEvent(event: StreamEvent<N>, sequence: number): void;
  /** The stream failed; no more events follow. */
  onError?(error: WorkbenchError): void;
  /** The engine has nothing more to say. */
  onEnd?(): void;
}

/** What the renderer needs of an engine. */
export interface EngineClient {
  call<N extends CallName>(name: N, params: CallParams<N>, options?: CallOptions): Promise<CallResult<N>>;
  subscribe<N extends StreamName>(name: N, params: StreamParams<N>, listener: StreamListener<N>): Dispose;
}

interface Pending {
  onMessage(message: EngineMessage): void;
  onFailure(error: ErrorPayload): void;
}

export class RpcClient implements EngineClient {
  readonly #transport: Transport;
  readonly #pending = new Map<number, Pending>();
  readonly #failureListeners = new Set<(reason: ErrorPayload) => void>();
  #nextId = 1;
  #failure: ErrorPayload | undefined;
  #lastHeardAt = Date.now();

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onFrame((frame) => this.#receive(frame));
    transport.onClose((reason) => this.#fail(reason));
  }

  /** Milliseconds since the epoch at which the engine was last heard. */
  get lastHeardAt(): number {
    return this.#lastHeardAt;
  }

  /** Number of calls that have not been answered. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  call<N extends CallName>(name: N, params: CallParams<N>, options: CallOptions = {}): Promise<CallResult<N>> {
    return new Promise((resolve, reject) => {
      const { signal, onProgress } = options;
      if (signal?.aborted) return reject(cancelled());
      const id = this.#nextId++;
      const onAbort = (): void => {
        this.#pending.delete(id);
        this.#send({ type: 'cancel', id });
        reject(cancelled());
      };
      const settle = (): void => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#start({ type: 'call', id, name, params }, {
        onMessage: (message) => {
          if (message.type === 'progress') onProgress?.(message);
          else if (message.type === 'result') {
            settle();
            const parsed = calls[name].result.safeParse(message.value);
            if (parsed.success) resolve(parsed.data as CallResult<N>);
            else reject(unexpected(name, parsed.error));
          } else if (message.type === 'error') {
            settle();
            reject(WorkbenchError.from(message.error));
          }
        },
        onFailure: (error) => {
          settle();
          reject(WorkbenchError.from(error));
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  subscribe<N extends StreamName>(name: N, params: StreamParams<N>, listener: StreamListener<N>): Dispose {
    const id = this.#nextId++;
    let expected = 0;
    const fail = (error: WorkbenchError): void => {
      this.#pending.delete(id);
      listener.onError?.(error);
    };
    this.#start({ type: 'subscribe', id, name, params }, {
      onMessage: (message) => {
        if (message.type === 'event') {
          const parsed = streams[name].event.safeParse(message.value);
          if (!parsed.success) fail(unexpected(name, parsed.error));
          else if (message.sequence !== expected) {
            fail(new WorkbenchError('internal', `The stream "${name}" skipped from ${expected} to ${message.sequence}.`));
          } else {
            expected++;
            listener.onEvent(parsed.data as StreamEvent<N>, message.sequence);
          }
        } else if (message.type === 'error') fail(WorkbenchError.from(message.error));
        else if (message.type === 'end') {
          this.#pending.delete(id);
          listener.onEnd?.();
        }
      },
      onFailure: (error) => fail(WorkbenchError.from(error)),
    });
    return () => {
      if (this.#pending.delete(id)) this.#send({ type: 'cancel', id });
    };
  }

  ping(): void {
    this.#send({ type: 'ping' });
  }

  /** Told once when the engine is gone; at once where it already is. */
  onFailure(listener: (reason: ErrorPayload) => void): Dispose {
    if (this.#failure !== undefined) listener(this.#failure);
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  close(): void {
    this.#transport.close();
  }

  #start(message: ClientMessage & { id: number }, pending: Pending): void {
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      queueMicrotask(() => pending.onFailure(failure));
      return;
    }
    this.#pending.set(message.id, pending);
    try {
      this.#send(message);
    } catch (error) {
      this.#pending.delete(message.id);
      queueMicrotask(() => pending.onFailure(toErrorPayload(error)));
    }
  }

  #send(message: ClientMessage): void {
    if (this.#failure === undefined) this.#transport.send(encodeFrame(message));
  }

  #receive(frame: Uint8Array): void {
    this.#lastHeardAt = Date.now();
    let message: EngineMessage;
    try {
      message = engineMessageSchema.parse(decodeFrame(frame));
    } catch (error) {
      // One unreadable message means that the two ends no longer agree on anything.
      this.#fail({ ...toErrorPayload(error), retryable: true });
      this.#transport.close();
      return;
    }
    if (message.type === 'fatal') this.#fail(message.error);
    else if (message.type !== 'pong') this.#pending.get(message.id)?.onMessage(message);
  }

  #fail(reason: ErrorPayload): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const entry of pending) entry.onFailure(reason);
    for (const listener of this.#failureListeners) listener(reason);
  }
}

function cancelled(): WorkbenchError {
  return new WorkbenchError('cancelled', 'The request was withdrawn.');
}

function unexpected(name: string, error: { readonly message: string }): WorkbenchError {
  return new WorkbenchError('internal', `The engine's answer to "${name}" has another shape than agreed: ${error.message}`);
}
