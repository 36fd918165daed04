/** The typed client of the boundary over the two ways a test can reach a built engine: a socket, or a forked process. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { WebSocket } from 'ws';
import { RpcClient } from '../../engine/protocol/client.ts';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { EngineToHost, HostToEngine } from '../../engine/protocol/host_bridge.ts';
import type { Dispose, Transport } from '../../engine/protocol/transport.ts';
import { ROOT, type RunningServer } from '../fixtures/server.mjs';

export interface SocketOutcome {
  /** `open` with the socket once the token was accepted, else how it ended. */
  readonly kind: 'open' | 'refused' | 'closed';
  readonly status?: number;
  readonly code?: number;
  readonly socket?: WebSocket;
}

export interface SocketOptions {
  readonly origin?: string | undefined;
  readonly host?: string;
  readonly token?: string;
  readonly binary?: boolean;
}

/** Opens a socket as a page would, or as another page would try to. */
export function openSocket(server: RunningServer, options: SocketOptions): Promise<SocketOutcome> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/engine`, {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    ...(options.host === undefined ? {} : { headers: { host: options.host } }),
  });
  socket.binaryType = 'nodebuffer';
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve({ kind: 'refused', status: response.statusCode ?? 0 }));
    socket.on('error', () => undefined);
    socket.on('open', () => socket.send(options.binary === true ? Buffer.from(options.token ?? '') : (options.token ?? '')));
    socket.once('message', () => resolve({ kind: 'open', socket }));
    socket.once('close', (code) => resolve({ kind: 'closed', code }));
  });
}

/** A client on a server whose engine may still be starting. */
export async function connectClient(server: RunningServer): Promise<RpcClient> {
  for (;;) {
    const outcome = await openSocket(server, { origin: server.origin, token: server.token });
    if (outcome.socket !== undefined) return new RpcClient(new SocketTransport(outcome.socket));
    if (outcome.code !== 4002) throw new Error(`The socket was ${outcome.kind} with ${outcome.status ?? outcome.code}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

class SocketTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    const onMessage = (data: Buffer, isBinary: boolean): void => {
      if (isBinary) listener(new Uint8Array(data));
    };
    this.#socket.on('message', onMessage);
    return () => this.#socket.off('message', onMessage);
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    const onClose = (code: number): void => listener({ code: 'engine_gone', message: `The socket was closed with ${code}.`, retryable: true });
    this.#socket.once('close', onClose);
    return () => this.#socket.off('close', onClose);
  }

  close(): void {
    this.#socket.close();
  }
}

export interface ForkedEngine {
  readonly process: ChildProcess;
  readonly client: RpcClient;
  kill(): Promise<void>;
}

/** The engine process as the hosts fork it, without a server in between; resolves when it is ready. */
export function forkEngine(project: string, home: string): Promise<ForkedEngine> {
  const child = fork(path.join(ROOT, 'dist', 'engine', 'engine-process.js'), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, PUZZLE_HOME: home },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const send = (message: HostToEngine): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The engine ended with exit code ${code}.`)));
    child.on('message', (message: EngineToHost) => {
      if (message.type === 'failed') reject(new Error(message.error.message));
      if (message.type !== 'ready') return;
      resolve({
        process: child,
        client: new RpcClient(new ForkTransport(child, send)),
        async kill() {
          child.kill('SIGKILL');
          await exited;
        },
      });
    });
    send({ type: 'start', host: 'browser', projectFolder: project });
  });
}

class ForkTransport implements Transport {
  readonly #child: ChildProcess;
  readonly #send: (message: HostToEngine) => void;

  constructor(child: ChildProcess, send: (message: HostToEngine) => void) {
    this.#child = child;
    this.#send = send;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#send({ type: 'frame', clientId: 'test', frame });
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    const onMessage = (message: EngineToHost): void => {
      if (message.type === 'frame') listener(message.frame);
    };
    this.#child.on('message', onMessage);
    return () => this.#child.off('message', onMessage);
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    const onExit = (): void => listener({ code: 'engine_gone', message: 'The engine process ended.', retryable: true });
    this.#child.once('exit', onExit);
    return () => this.#child.off('exit', onExit);
  }

  close(): void {
    this.#send({ type: 'client-gone', clientId: 'test' });
  }
}

/** The first event of a stream. */
export function snapshot<N extends Parameters<RpcClient['subscribe']>[0]>(client: RpcClient, name: N, params: never): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const dispose = client.subscribe(name, params, {
      onEvent: (event) => {
        resolve(event);
        queueMicrotask(() => dispose());
      },
      onError: reject,
    });
  });
}
