/**
 * Events of a job on their way out: a loop may take thousands of steps a second, so they leave in batches, at most twenty a
 * second, with only the latest of what replaces itself. Numbers that are not finite cannot cross and become one warning.
 */
import type { JobEvent } from '../../protocol/train.ts';

const INTERVAL_MS = 50;

export class EventBatch {
  readonly #send: (events: JobEvent[]) => void;
  readonly #now: () => number;
  #waiting: JobEvent[] = [];
  #sentAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #warned = new Set<string>();

  constructor(send: (events: JobEvent[]) => void, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  add(event: JobEvent): void {
    const sendable = this.#finite(event);
    if (sendable === undefined) return;
    // Curves keep every point; of the rest only the latest state matters.
    const earlier = sendable.kind === 'point' ? -1 : this.#waiting.findIndex((other) => replaces(sendable, other));
    if (earlier >= 0) this.#waiting.splice(earlier, 1);
    this.#waiting.push(sendable);
    const wait = this.#sentAt + INTERVAL_MS - this.#now();
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    this.#sentAt = this.#now();
    this.#send(events);
  }

  #finite(event: JobEvent): JobEvent | undefined {
    const numbers = event.kind === 'progress' ? [event.done, event.total] : event.kind === 'log' ? [] : [event.value];
    if (numbers.every(Number.isFinite)) return event;
    const what = event.kind === 'point' ? event.series : event.kind === 'cell' ? `layer ${event.layer}, ${event.target}` : event.kind;
    if (this.#warned.has(what)) return undefined;
    this.#warned.add(what);
    return { kind: 'log', level: 'warning', text: `${what} is not a finite number.` };
  }
}

function replaces(event: JobEvent, earlier: JobEvent): boolean {
  if (event.kind === 'progress') return earlier.kind === 'progress';
  if (event.kind !== 'cell' || earlier.kind !== 'cell') return false;
  return event.layer === earlier.layer && event.target === earlier.target && event.measure === earlier.measure;
}
