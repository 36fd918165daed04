/** Trainers of an engine inside Electron, against ports that behave as its do. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { PortLike } from '../parent_port.ts';
import { HostedTrainers } from './hosted_trainers.ts';

/** One end of a channel; what is posted before the other end started waits. */
class FakePort extends EventEmitter implements PortLike {
  peer: FakePort | undefined;
  #started = false;
  #waiting: unknown[] = [];

  postMessage(message: unknown): void {
    this.peer?.deliver(message);
  }
  deliver(data: unknown, ports: readonly PortLike[] = []): void {
    if (this.#started) this.emit('message', { data, ports });
    else this.#waiting.push(data);
  }
  start(): void {
    this.#started = true;
    for (const data of this.#waiting) this.emit('message', { data, ports: [] });
    this.#waiting = [];
  }
  close(): void {
    this.peer?.emit('close');
  }
}

function channel(): [FakePort, FakePort] {
  const [a, b] = [new FakePort(), new FakePort()];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** An engine's way to Electron's main process, and main's end of it. */
function setUp() {
  const [host, main] = channel();
  host.start();
  main.start();
  const asked: unknown[] = [];
  main.on('message', ({ data }: { data: unknown }) => asked.push(data));
  const tell = (data: unknown, port?: PortLike): void => host.deliver(data, port === undefined ? [] : [port]);
  return { trainers: new HostedTrainers(host), asked, tell, host };
}

describe('a trainer that the main process starts', () => {
  it('is asked for, and gets what was said to it before its port came', () => {
    const { trainers, asked, tell } = setUp();
    const trainer = trainers.create();
    const heard: unknown[] = [];
    trainer.onMessage((message) => heard.push(message));
    trainer.post({ type: 'start' });
    expect(asked).toEqual([{ type: 'fork-trainer', trainerId: 'trainer-1' }]);
    const [engine, own] = channel();
    const said: unknown[] = [];
    own.on('message', ({ data }: { data: unknown }) => said.push(data));
    own.start();
    tell({ type: 'trainer', trainerId: 'trainer-1' }, engine);
    trainer.post({ type: 'cancel' });
    expect(said).toEqual([{ type: 'start' }, { type: 'cancel' }]);
    own.postMessage({ type: 'cancelled' });
    expect(heard).toEqual([{ type: 'cancelled' }]);
  });

  it('is killed by name and told of when it is gone', () => {
    const { trainers, asked, tell } = setUp();
    const first = trainers.create();
    const second = trainers.create();
    const ends: string[] = [];
    first.onExit((how) => ends.push(`first ${how}`));
    second.onExit((how) => ends.push(`second ${how}`));
    second.kill();
    expect(asked.at(-1)).toEqual({ type: 'kill-trainer', trainerId: 'trainer-2' });
    tell({ type: 'trainer-gone', trainerId: 'trainer-2', how: 'with exit code 9' });
    expect(ends).toEqual(['second with exit code 9']);
  });

  it('is listened for only as long as there is one, so that a command line can end', () => {
    const { trainers, tell, host } = setUp();
    expect(host.listenerCount('message')).toBe(0);
    trainers.create();
    trainers.create();
    expect(host.listenerCount('message')).toBe(1);
    for (const trainerId of ['trainer-1', 'trainer-2']) tell({ type: 'trainer-gone', trainerId, how: 'with exit code 0' });
    expect(host.listenerCount('message')).toBe(0);
  });

  it('that was gone before its port came leaves no open port', () => {
    const { trainers, tell } = setUp();
    trainers.create();
    tell({ type: 'trainer-gone', trainerId: 'trainer-1', how: 'with exit code 1' });
    trainers.create();
    const [engine, own] = channel();
    let closed = false;
    own.on('close', () => {
      closed = true;
    });
    tell({ type: 'trainer', trainerId: 'trainer-1' }, engine);
    expect(closed).toBe(true);
  });
});
