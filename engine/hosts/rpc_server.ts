/**
 * The engine's end of the boundary: checks every message against `protocol/api.ts`, runs the handler, and answers.
 * One `serve` per client; what a client started ends with it.
 */
import {
  calls,
  streams,
  type CallName,
  type CallResult,
  type StreamEvent,
  type StreamName,
} from '../protocol/api.ts';
import { WorkbenchError, toErrorPayload } from '../protocol/errors.ts';
import type { Progress } from '../protocol/client.ts';
import { decodeFrame, encodeFrame } from '../protocol/frames.ts';
import { clientMessageSchema, type ClientMessage, type EngineMessage } from '../protocol/messages.ts';
import type { Dispose, Transport } from '../protocol/transport.ts';
import type { z } from 'zod';

export interface CallContext {
  readonly signal: AbortSignal;
  readonly clientId: string;
  progress(progress: Progress): void;
}

export interface StreamContext<N extends StreamName> {
  readonly clientId: string;
  emit(event: StreamEvent<N>): void;
  end(): void;
  fail(error: unknown): void;
}

/** One function per name: calls return their result, streams emit a snapshot at once and return how to stop. */
export interface Handlers {
  readonly calls: {
    readonly [N in CallName]: (
      params: z.output<(typeof calls)[N]['params']>,
      context: CallContext,
    ) => CallResult<N> | Promise<CallResult<N>>;
  };
  readonly streams: {
    readonly [N in StreamName]: (params: z.output<(typeof streams)[N]['params']>, context: StreamContext<N>) => Dispose;
  };
}

/** Serves one client until its transport closes or the returned function is called. */
export function serve(handlers: Handlers, transport: Transport, clientId: string): Dispose {
  /** How to stop each running call or stream. */
  const running = new Map<number, Dispose>();

  const send = (message: EngineMessage): void => transport.send(encodeFrame(message));
  const sendError = (id: number, error: unknown): void => send({ type: 'error', id, error: toErrorPayload(error) });

  const onCall = async (id: number, name: string, params: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, () => controller.abort());
    try {
      if (!isName(calls, name)) throw unknownName('call', name);
      const parsed = calls[name].params.parse(params);
      const handler = handlers.calls[name] as (params: unknown, context: CallContext) => unknown;
      const value = await handler(parsed, {
        signal: controller.signal,
        clientId,
        progress: (progress) => running.has(id) && send({ type: 'progress', id, ...progress }),
      });
      if (running.has(id)) send({ type: 'result', id, value: calls[name].result.parse(value) });
    } catch (error) {
      if (running.has(id)) sendError(id, error);
    } finally {
      running.delete(id);
    }
  };

  const onSubscribe = (id: number, name: string, params: unknown): void => {
    let sequence = 0;
    const close = (message?: EngineMessage): void => {
      const stop = running.get(id);
      if (!running.delete(id)) return;
      if (message !== undefined) send(message);
      stop?.();
    };
    let stop: Dispose | undefined;
    let stopped = false;
    running.set(id, () => {
      stopped = true;
      stop?.();
    });
    try {
      if (!isName(streams, name)) throw unknownName('stream', name);
      const parsed = streams[name].params.parse(params);
      const handler = handlers.streams[name] as (params: unknown, context: StreamContext<StreamName>) => Dispose;
      stop = handler(parsed, {
        clientId,
        emit: (value) => {
          if (!running.has(id)) return;
          try {
            send({ type: 'event', id, sequence: sequence++, value });
          } catch (error) {
            // What cannot be sent ends this stream, not the engine.
            close({ type: 'error', id, error: toErrorPayload(error) });
          }
        },
        end: () => close({ type: 'end', id }),
        fail: (error) => close({ type: 'error', id, error: toErrorPayload(error) }),
      });
      if (stopped) stop();
    } catch (error) {
      close({ type: 'error', id, error: toErrorPayload(error) });
    }
  };

  const receive = (frame: Uint8Array): void => {
    let message: ClientMessage;
    try {
      message = clientMessageSchema.parse(decodeFrame(frame));
    } catch (error) {
      send({ type: 'fatal', error: toErrorPayload(error) });
      transport.close();
      return;
    }
    switch (message.type) {
      case 'call':
        void onCall(message.id, message.name, message.params);
        break;
      case 'subscribe':
        onSubscribe(message.id, message.name, message.params);
        break;
      case 'cancel': {
        const stop = running.get(message.id);
        running.delete(message.id);
        stop?.();
        break;
      }
      case 'ping':
        send({ type: 'pong' });
        break;
      default:
        message satisfies never;
    }
  };

  const stopAll = (): void => {
    const stops = [...running.values()];
    running.clear();
    for (const stop of stops) stop();
  };
  const disposers = [transport.onFrame(receive), transport.onClose(stopAll)];
  return () => {
    for (const dispose of disposers) dispose();
    stopAll();
  };
}

function isName<T extends object>(map: T, name: string): name is keyof T & string {
  return Object.hasOwn(map, name);
}

function unknownName(kind: string, name: string): WorkbenchError {
  return new WorkbenchError('bad_input', `There is no ${kind} named "${name}".`);
}
