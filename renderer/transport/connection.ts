/**
 * Keeps one live client to the engine: connects, notices when the engine goes or falls silent, and connects again.
 * Stores subscribe to it and start anew with every client, as every stream begins with a snapshot.
 */
import { RpcClient } from '../../engine/protocol/client.ts';
import { toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { HostBridge } from '../../engine/protocol/host_bridge.ts';
import type { Transport } from '../../engine/protocol/transport.ts';
import { connectPort } from './port_transport.ts';
import { connectSocket } from './socket_transport.ts';

export type ConnectionState =
  | { readonly kind: 'connecting'; readonly lost?: ErrorPayload | undefined }
  | { readonly kind: 'ready'; readonly client: RpcClient }
  /** Nothing will change without the user. */
  | { readonly kind: 'refused'; readonly reason: ErrorPayload };

const PING_EVERY_MS = 5_000;
const MAX_UNANSWERED_PINGS = 4;
const RETRY_MS = [100, 300, 1_000, 2_000, 5_000];

export class Connection {
  readonly #open: () => Promise<Transport>;
  readonly #onState: (state: ConnectionState) => void;
  #attempt = 0;

  constructor(open: () => Promise<Transport>, onState: (state: ConnectionState) => void) {
    this.#open = open;
    this.#onState = onState;
  }

  start(): void {
    void this.#connect(undefined);
  }

  async #connect(lost: ErrorPayload | undefined): Promise<void> {
    this.#onState({ kind: 'connecting', lost });
    let transport: Transport;
    try {
      transport = await this.#open();
    } catch (error) {
      const reason = toErrorPayload(error);
      if (!reason.retryable) return this.#onState({ kind: 'refused', reason });
      return this.#retry(lost ?? reason);
    }
    this.#attempt = 0;
    const client = new RpcClient(transport);
    // Counted in our own turns and not by the clock: after a sleep, or in a hidden tab whose timers are held back, the
    // clock has moved on although nobody had the chance to answer.
    let unanswered = 0;
    let heardAt = client.lastHeardAt;
    const heartbeat = setInterval(() => {
      unanswered = client.lastHeardAt === heardAt ? unanswered + 1 : 0;
      heardAt = client.lastHeardAt;
      if (unanswered > MAX_UNANSWERED_PINGS) client.close();
      else client.ping();
    }, PING_EVERY_MS);
    client.onFailure((reason) => {
      clearInterval(heartbeat);
      this.#retry(reason);
    });
    this.#onState({ kind: 'ready', client });
  }

  #retry(reason: ErrorPayload): void {
    this.#onState({ kind: 'connecting', lost: reason });
    const wait = RETRY_MS[Math.min(this.#attempt++, RETRY_MS.length - 1)];
    setTimeout(() => void this.#connect(reason), wait);
  }
}

/** The way to the engine that this host offers. */
export function openTransport(bridge: HostBridge | undefined): () => Promise<Transport> {
  return bridge === undefined ? connectSocket : () => connectPort(bridge);
}
