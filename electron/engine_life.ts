/**
 * The life of the engine process as a state machine without Electron: starts it, waits until it says it is ready, hands
 * ports to it, and starts another after it ended, later and later while that keeps failing.
 */
import { z } from 'zod';
import { errorPayloadSchema, type ErrorPayload } from '../engine/protocol/errors.ts';
import type { HostToEngine } from '../engine/protocol/host_bridge.ts';
import type { Trainers } from './trainers.ts';

/** A running engine process. `Port` is whatever the platform sends along with a message. */
export interface EngineChild<Port> {
  post(message: HostToEngine, port?: Port): void;
  /** Asks it to end; `onExit` follows. */
  kill(): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (code: number) => void): void;
}

export interface EngineLifeOptions<Port> {
  readonly fork: () => EngineChild<Port>;
  readonly projectFolder: string | undefined;
  /** Runs `action` after `ms` unless the answer is called first. */
  readonly after: (ms: number, action: () => void) => () => void;
  readonly now: () => number;
  /** The process ended on its own; another one follows. */
  readonly onEnd: (reason: ErrorPayload) => void;
  /** Trainer processes for an engine that asks for them. */
  readonly trainers: Pick<Trainers<Port>, 'handle' | 'endAll'>;
}

const READY_WITHIN_MS = 30_000;
const RESTART_AFTER_MS = [200, 1_000, 5_000, 15_000];
/** An engine that ran this long was healthy: the next failure counts as the first. */
const HEALTHY_AFTER_MS = 60_000;

const fromEngineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), error: errorPayloadSchema }),
]);

type State<Port> =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly child: EngineChild<Port> }
  | { readonly kind: 'ready'; readonly child: EngineChild<Port>; readonly since: number }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'stopping'; readonly child: EngineChild<Port> };

export class EngineLife<Port> {
  readonly #options: EngineLifeOptions<Port>;
  #state: State<Port> = { kind: 'stopped' };
  #failures = 0;
  #clients = 0;
  #cancelTimer: () => void = () => {};
  /** Clients that asked while no engine was ready: the latest request of each. */
  readonly #waiting = new Map<string, () => Port>();
  #grants: (HostToEngine & { readonly type: 'grant' })[] = [];
  #lastError: ErrorPayload | undefined;
  #stopped: (() => void)[] = [];

  constructor(options: EngineLifeOptions<Port>) {
    this.#options = options;
  }

  get state(): State<Port>['kind'] {
    return this.#state.kind;
  }

  start(): void {
    if (this.#state.kind !== 'stopped' && this.#state.kind !== 'waiting') return;
    const child = this.#options.fork();
    this.#state = { kind: 'starting', child };
    this.#lastError = undefined;
    child.onMessage((message) => this.#heard(child, message));
    child.onExit((code) => this.#ended(child, code));
    const { projectFolder } = this.#options;
    child.post({ type: 'start', host: 'electron', ...(projectFolder === undefined ? {} : { projectFolder }) });
    this.#setTimer(READY_WITHIN_MS, () => {
      this.#lastError = { code: 'engine_gone', message: 'The engine did not get ready within 30 s.', retryable: true };
      child.kill();
    });
  }

  /** Connects `client` once an engine is ready. `open` makes the channel, keeps one end and gives the engine's. */
  connect(client: string, open: () => Port): void {
    if (this.#state.kind === 'ready') this.#handOver(this.#state.child, client, open);
    else this.#waiting.set(client, open);
  }

  /** Forgets what a closed window had asked for. */
  forget(client: string): void {
    this.#waiting.delete(client);
  }

  grant(handle: string, path: string): void {
    const message = { type: 'grant', handle, path } as const;
    if (this.#state.kind === 'ready') this.#state.child.post(message);
    else this.#grants.push(message);
  }

  /** Ends the engine for good; resolves when it is gone. */
  stop(): Promise<void> {
    this.#cancelTimer();
    this.#waiting.clear();
    const state = this.#state;
    if (state.kind === 'stopped' || state.kind === 'waiting') {
      this.#state = { kind: 'stopped' };
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#stopped.push(resolve);
      if (state.kind === 'stopping') return;
      this.#state = { kind: 'stopping', child: state.child };
      state.child.kill();
    });
  }

  #heard(child: EngineChild<Port>, message: unknown): void {
    if (this.#state.kind === 'ready' && this.#state.child === child) {
      this.#options.trainers.handle(message, (answer, port) => child.post(answer, port));
      return;
    }
    const parsed = fromEngineSchema.safeParse(message);
    if (!parsed.success || this.#state.kind !== 'starting' || this.#state.child !== child) return;
    if (parsed.data.type === 'failed') {
      this.#lastError = parsed.data.error;
      child.kill();
      return;
    }
    this.#cancelTimer();
    this.#state = { kind: 'ready', child, since: this.#options.now() };
    for (const grant of this.#grants) child.post(grant);
    this.#grants = [];
    for (const [client, open] of this.#waiting) this.#handOver(child, client, open);
    this.#waiting.clear();
  }

  #ended(child: EngineChild<Port>, code: number): void {
    const state = this.#state;
    if (state.kind === 'stopped' || state.kind === 'waiting' || state.child !== child) return;
    this.#cancelTimer();
    this.#options.trainers.endAll();
    if (state.kind === 'stopping') {
      this.#state = { kind: 'stopped' };
      for (const resolve of this.#stopped) resolve();
      this.#stopped = [];
      return;
    }
    const healthy = state.kind === 'ready' && this.#options.now() - state.since >= HEALTHY_AFTER_MS;
    this.#failures = healthy ? 1 : this.#failures + 1;
    const wait = RESTART_AFTER_MS[Math.min(this.#failures, RESTART_AFTER_MS.length) - 1] ?? 0;
    this.#state = { kind: 'waiting' };
    this.#setTimer(wait, () => this.start());
    this.#options.onEnd(
      this.#lastError ?? { code: 'engine_gone', message: `The engine ended unexpectedly (exit code ${code}).`, retryable: true },
    );
  }

  #handOver(child: EngineChild<Port>, client: string, open: () => Port): void {
    this.#clients += 1;
    child.post({ type: 'client', clientId: `${client}-${this.#clients}` }, open());
  }

  #setTimer(ms: number, action: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.after(ms, action);
  }
}
