/**
 * The one way to listen to the page: every message is checked for its sender (the main frame of our own page) and its
 * payload before a handler sees it, and neither event nor frame reaches the handler. Nothing else in electron/ may use
 * `ipcMain`.
 */
import type { z } from 'zod';
import { isOurUrl } from './security.ts';

/** The part of Electron's WebFrameMain that tells who speaks; null once the frame is gone. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: unknown;
}

interface IpcEvent {
  readonly senderFrame: SenderFrame | null;
}

/** The part of `ipcMain` that is used, so that tests can stand in for it. */
export interface IpcSource {
  handle(channel: string, listener: (event: IpcEvent, payload: unknown) => Promise<unknown>): void;
  on(channel: string, listener: (event: IpcEvent, payload: unknown) => void): unknown;
}

/** Why a sender is refused; undefined where it is our page's main frame. */
export function senderProblem(frame: SenderFrame | null): string | undefined {
  if (frame === null) return 'its frame is gone';
  if (frame.parent !== null) return 'it is not the main frame';
  if (!isOurUrl(frame.url)) return `it shows ${JSON.stringify(frame.url.slice(0, 100))}`;
  return undefined;
}

export class Ipc {
  readonly #source: IpcSource;
  readonly #log: (line: string) => void;

  constructor(source: IpcSource, log: (line: string) => void) {
    this.#source = source;
    this.#log = log;
  }

  /** A request with an answer; a refused one rejects in the page. */
  handle<S extends z.ZodType>(channel: string, schema: S, handler: (payload: z.infer<S>) => Promise<unknown>): void {
    this.#source.handle(channel, async (event, payload) => handler(this.#checked(channel, schema, event, payload)));
  }

  /** A message without an answer; a refused one is logged. */
  on<S extends z.ZodType>(channel: string, schema: S, handler: (payload: z.infer<S>) => void): void {
    this.#source.on(channel, (event, payload) => {
      let checked: z.infer<S>;
      try {
        checked = this.#checked(channel, schema, event, payload);
      } catch {
        return;
      }
      handler(checked);
    });
  }

  #checked<S extends z.ZodType>(channel: string, schema: S, event: IpcEvent, payload: unknown): z.infer<S> {
    const problem = senderProblem(event.senderFrame);
    const result = problem === undefined ? schema.safeParse(payload) : undefined;
    if (result?.success === true) return result.data;
    const issue = result?.error.issues[0];
    const reason = problem ?? `its payload is not what was expected (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`;
    this.#log(`Refused a message on ${channel}: ${reason}.`);
    throw new Error('The request was refused.');
  }
}
