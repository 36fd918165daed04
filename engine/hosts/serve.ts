/**
 * Browser mode: serves the built page and one WebSocket on 127.0.0.1, and owns the engine process behind it. The engine
 * may crash and is started again; address and token stay the same for the whole run.
 *
 *   node dist/engine/serve.js [--port N] [--project DIR] [--no-open]
 *
 * Another page in the user's browser must not reach the engine: requests need our Host, sockets our Origin and, as
 * their first message, the token that only the printed address carries (in its fragment, which is never sent).
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { WebSocketServer, type WebSocket } from 'ws';
import { MAX_FRAME_BYTES } from '../protocol/frames.ts';
import type { EngineToHost, HostToEngine } from '../protocol/host_bridge.ts';
import { SOCKET_CLOSE_CODES, SOCKET_PATH } from '../protocol/socket.ts';
import { contentType, resolveAsset, securityHeaders } from './static_files.ts';

const RENDERER = path.join(import.meta.dirname, '..', 'renderer');
/** An engine that ends this soon after its start, this often in a row, has a fault that restarting does not mend. */
const CRASH_LOOP_MS = 5_000;
const CRASH_LOOP_COUNT = 4;

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, project: { type: 'string' }, 'no-open': { type: 'boolean' } },
});
const port = Number(options.port ?? 0);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`--port ${options.port}: expected a port number from 0 to 65535.`);
  process.exit(2);
}

const token = randomBytes(24).toString('base64url');
const sockets = new Map<string, WebSocket>();
let engine: ChildProcess | undefined;
let engineReady = false;
let nextClient = 1;
let crashes = 0;
let stopping = false;

const server = createServer((request, response) => void respond(request, response));
server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? `Port ${port} is in use; choose another with --port N.` : error.message);
  process.exit(1);
});
const socketServer = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
server.on('upgrade', (request, socket, head) => {
  if (request.url !== SOCKET_PATH || !isOurHost(request) || request.headers.origin !== origin()) {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    return;
  }
  socketServer.handleUpgrade(request, socket, head, admit);
});

startEngine();
server.listen(port, '127.0.0.1', announce);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
process.on('exit', () => engine?.kill());

function origin(): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
}

function announce(): void {
  const address = `${origin()}/#token=${token}`;
  console.log(`Puzzle Workbench is at ${address}`);
  console.log('Press Ctrl+C to stop.');
  if (options['no-open'] !== true) openBrowser(address);
}

/** Best effort: the address is printed anyway. */
function openBrowser(address: string): void {
  const commands: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ['open', address],
    win32: ['cmd', '/c', 'start', '""', address],
  };
  if (process.platform === 'linux' && process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined) return;
  const [command, ...args] = commands[process.platform] ?? ['xdg-open', address];
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function isOurHost(request: IncomingMessage): boolean {
  return request.headers.host === new URL(origin()).host;
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const end = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  };
  if (!isOurHost(request)) return end(403, 'Open the address that the workbench printed.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'Only GET is served here.');
  const file = resolveAsset(RENDERER, request.url ?? '/');
  if (file === undefined) return end(404, 'There is no such file.');
  try {
    const content = await readFile(file);
    response.writeHead(200, { ...securityHeaders(origin()), 'content-type': contentType(file) });
    response.end(request.method === 'HEAD' ? undefined : content);
  } catch {
    end(404, 'There is no such file.');
  }
}

/** A socket becomes a client once its first message was the token. */
function admit(socket: WebSocket): void {
  const clientId = `page-${nextClient++}`;
  const deadline = setTimeout(() => socket.close(SOCKET_CLOSE_CODES.badToken, 'No token came.'), 10_000);
  socket.once('message', (data, isBinary) => {
    clearTimeout(deadline);
    if (isBinary || !isToken(data.toString())) return socket.close(SOCKET_CLOSE_CODES.badToken, 'The token is not of this run.');
    if (!engineReady) return socket.close(SOCKET_CLOSE_CODES.engineExited, 'The engine is starting.');
    sockets.set(clientId, socket);
    socket.send('');
    socket.on('message', (frame, binary) => {
      if (binary) toEngine({ type: 'frame', clientId, frame: new Uint8Array(frame as Buffer) });
    });
    socket.on('close', () => {
      sockets.delete(clientId);
      toEngine({ type: 'client-gone', clientId });
    });
  });
  socket.on('error', () => socket.terminate());
}

function isToken(candidate: string): boolean {
  const given = Buffer.from(candidate);
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function toEngine(message: HostToEngine): void {
  // A pipe that breaks while the engine dies is reported by its exit, not here.
  if (engine?.connected === true) engine.send(message, () => undefined);
}

function startEngine(): void {
  const startedAt = Date.now();
  engineReady = false;
  const child = fork(path.join(import.meta.dirname, 'engine-process.js'), { serialization: 'advanced' });
  engine = child;
  let failure: string | undefined;
  child.on('message', (message: EngineToHost) => {
    if (message.type === 'ready') engineReady = true;
    else if (message.type === 'failed') {
      failure = message.error.hint === undefined ? message.error.message : `${message.error.message} ${message.error.hint}`;
    } else if (message.type === 'frame') sockets.get(message.clientId)?.send(message.frame);
  });
  child.on('error', (error) => console.error(`Engine: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (stopping) return;
    engineReady = false;
    if (failure !== undefined) {
      console.error(failure);
      process.exit(1);
    }
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    console.error(`The engine was ended ${how}; starting it again.`);
    for (const socket of sockets.values()) socket.close(SOCKET_CLOSE_CODES.engineExited, `The engine was ended ${how}.`);
    sockets.clear();
    crashes = Date.now() - startedAt < CRASH_LOOP_MS ? crashes + 1 : 0;
    if (crashes >= CRASH_LOOP_COUNT) {
      console.error('The engine keeps failing right after its start; giving up.');
      process.exit(1);
    }
    startEngine();
  });
  toEngine({
    type: 'start',
    host: 'browser',
    projectFolder: options.project === undefined ? undefined : path.resolve(options.project),
  });
}

function stop(): void {
  stopping = true;
  for (const socket of sockets.values()) socket.close(1001, 'The workbench was stopped.');
  engine?.kill('SIGTERM');
  server.close();
  // The engine finishes the save it is at before it goes.
  engine?.once('exit', () => process.exit(0));
  setTimeout(() => process.exit(0), 2_000);
}
