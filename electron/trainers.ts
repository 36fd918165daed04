/**
 * Trainer processes on behalf of an engine or command-line process, which cannot start utility processes itself: forks one
 * when asked, hands each side one end of a channel, tells of its end, and lets none outlive who asked. Without Electron.
 */
import { z } from 'zod';
import type { HostToEngine } from '../engine/protocol/host_bridge.ts';

/** A running trainer process. `Port` is whatever the platform sends along with a message. */
export interface TrainerChild<Port> {
  /** Hands over its end of the channel to the engine. */
  connect(port: Port): void;
  /** Ends it at once. */
  kill(): void;
  onExit(listener: (code: number) => void): void;
}

export interface TrainersOptions<Port> {
  readonly fork: () => TrainerChild<Port>;
  /** Two ends of a new channel. */
  readonly channel: () => readonly [Port, Port];
}

/** How to answer whoever asked. */
export type TellEngine<Port> = (message: HostToEngine, port?: Port) => void;

const requestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('fork-trainer'), trainerId: z.string() }),
  z.object({ type: z.literal('kill-trainer'), trainerId: z.string() }),
]);

export class Trainers<Port> {
  readonly #options: TrainersOptions<Port>;
  readonly #children = new Map<string, TrainerChild<Port>>();

  constructor(options: TrainersOptions<Port>) {
    this.#options = options;
  }

  /** Does what a message asks for; false where it asks for something else. */
  handle(message: unknown, tell: TellEngine<Port>): boolean {
    const parsed = requestSchema.safeParse(message);
    if (!parsed.success) return false;
    const { type, trainerId } = parsed.data;
    if (type === 'fork-trainer') this.#fork(trainerId, tell);
    else this.#children.get(trainerId)?.kill();
    return true;
  }

  /** Whoever asked for them is gone. */
  endAll(): void {
    const children = [...this.#children.values()];
    this.#children.clear();
    for (const child of children) child.kill();
  }

  #fork(trainerId: string, tell: TellEngine<Port>): void {
    let child: TrainerChild<Port>;
    try {
      child = this.#options.fork();
    } catch (error) {
      tell({ type: 'trainer-gone', trainerId, how: `as it could not be started (${error instanceof Error ? error.message : String(error)})` });
      return;
    }
    this.#children.set(trainerId, child);
    child.onExit((code) => {
      // After `endAll` there is nobody to tell.
      if (this.#children.get(trainerId) !== child) return;
      this.#children.delete(trainerId);
      tell({ type: 'trainer-gone', trainerId, how: `with exit code ${code}` });
    });
    const [own, engines] = this.#options.channel();
    child.connect(own);
    tell({ type: 'trainer', trainerId }, engines);
  }
}
