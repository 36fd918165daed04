/**
 * Entry of the engine's own process, for both hosts that own one: Electron forks it as a utility process and hands it
 * one MessagePort per page; the browser-mode server forks it with Node and relays the frames of its sockets.
 */
import process from 'node:process';
import { toErrorPayload, type ErrorPayload } from '../protocol/errors.ts';
import type { EngineToHost, HostToEngine } from '../protocol/host_bridge.ts';
import { ListeningTransport, type Dispose, type Transport } from '../protocol/transport.ts';
import { HardwareStore } from '../workspace/hardware_store.ts';
import { Project } from '../workspace/project.ts';
import { UserData, defaultProjectFolder } from '../workspace/user_data.ts';
import { parentPort, type PortLike } from './parent_port.ts';
import { serve } from './rpc_server.ts';
import { createService, type Service } from './service.ts';
import { createTrainer } from './trainer/create_trainer.ts';
import { createFitWorker, createImportWorker, createSearchWorker } from './workers.ts';

/** How long what was sent before the signal may take to come in, and how long ending may take in all. */
const ARRIVE_WITHIN_MS = 50;
const STOP_WITHIN_MS = 1_000;

const hostPort = parentPort();

let service: Service | undefined;
let project: Project | undefined;
const relayed = new Map<string, RelayTransport>();
const granted = new Map<string, string>();

function toHost(message: EngineToHost): void {
  if (hostPort !== undefined) hostPort.postMessage(message);
  else process.send?.(message);
}

async function start(message: Extract<HostToEngine, { type: 'start' }>): Promise<void> {
  const user = await UserData.open();
  project = await Project.open(message.projectFolder ?? user.lastProject ?? defaultProjectFolder());
  const hardware = await HardwareStore.open({ folder: project.folder, writable: project.writable });
  await user.rememberProject(project.folder);
  service = createService({
    project,
    user,
    hardware,
    host: message.host,
    desktopReason: process.env['PUZZLE_DESKTOP_REASON'],
    createSearchWorker,
    createImportWorker,
    createFitWorker,
    createTrainer,
    takeGrant: (handle) => {
      const file = granted.get(handle);
      granted.delete(handle);
      return file;
    },
  });
  toHost({ type: 'ready' });
}

function receive(message: HostToEngine, port: PortLike | undefined): void {
  switch (message.type) {
    case 'start':
      start(message).catch((error: unknown) => {
        toHost({ type: 'failed', error: toErrorPayload(error) });
        // The host's pipe is asynchronous: leave it time to carry the reason.
        setTimeout(() => process.exit(1), 200);
      });
      break;
    case 'client':
      if (port !== undefined) connect(new PortTransport(port), message.clientId);
      break;
    case 'frame': {
      let transport = relayed.get(message.clientId);
      if (transport === undefined) {
        transport = new RelayTransport(message.clientId);
        relayed.set(message.clientId, transport);
        connect(transport, message.clientId);
      }
      transport.deliver(message.frame);
      break;
    }
    case 'client-gone':
      relayed.get(message.clientId)?.close();
      relayed.delete(message.clientId);
      break;
    case 'grant':
      granted.set(message.handle, message.path);
      break;
    case 'trainer':
    case 'trainer-gone':
      // Whoever asked for the process listens too.
      break;
    default:
      message satisfies never;
  }
}

function connect(transport: Transport, clientId: string): void {
  const current = service;
  if (current === undefined) return transport.close();
  serve(current.handlers, transport, clientId);
  transport.onClose(() => current.clientGone(clientId));
}

class PortTransport implements Transport {
  readonly #port: PortLike;

  constructor(port: PortLike) {
    this.#port = port;
    port.start();
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    let live = true;
    this.#port.on('message', ({ data }) => {
      if (live && data instanceof Uint8Array) listener(data);
    });
    return () => {
      live = false;
    };
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    let live = true;
    this.#port.on('close', () => {
      if (live) listener({ code: 'engine_gone', message: 'The page is gone.', retryable: false });
    });
    return () => {
      live = false;
    };
  }

  close(): void {
    this.#port.close();
  }
}

/** One page of browser mode, whose socket is in the parent process. */
class RelayTransport extends ListeningTransport {
  readonly #clientId: string;

  constructor(clientId: string) {
    super();
    this.#clientId = clientId;
  }

  override send(frame: Uint8Array<ArrayBuffer>): void {
    toHost({ type: 'frame', clientId: this.#clientId, frame });
  }

  override close(): void {
    this.finish({ code: 'engine_gone', message: 'The page is gone.', retryable: false });
  }
}

/** Lets frames that have arrived be handled and the save under way reach the disk, but not for ever. */
async function stop(): Promise<void> {
  setTimeout(() => process.exit(0), STOP_WITHIN_MS);
  await new Promise((resolve) => setTimeout(resolve, ARRIVE_WITHIN_MS));
  await Promise.all([service?.stop(), project?.settled()]);
  process.exit(0);
}

if (hostPort === undefined) process.on('message', (message: HostToEngine) => receive(message, undefined));
else hostPort.on('message', ({ data, ports }) => receive(data as HostToEngine, ports[0]));

// A host that is gone can no longer use this process.
process.on('disconnect', () => process.exit(0));
process.on('exit', () => project?.close());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
// Electron only warns about unhandled rejections; a process in an unknown state must not go on.
process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});
