import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { PortLike } from '../parent_port.ts';
import { portChannel } from './trainer_channel.ts';

class FakePort extends EventEmitter implements PortLike {
  readonly posted: unknown[] = [];
  readonly start = vi.fn();
  readonly close = vi.fn();

  postMessage(message: unknown): void {
    this.posted.push(message);
  }
}

describe("a trainer's way to an engine inside Electron", () => {
  it('is the port that the main process brings, and no later one', () => {
    const host = new FakePort();
    const channel = portChannel(host);
    const heard = vi.fn();
    channel.onMessage(heard);
    const port = new FakePort();
    host.emit('message', { data: undefined, ports: [port] });
    host.emit('message', { data: undefined, ports: [new FakePort()] });
    expect(port.start).toHaveBeenCalledTimes(1);
    port.emit('message', { data: { type: 'cancel' }, ports: [] });
    expect(heard).toHaveBeenCalledWith({ type: 'cancel' });
    channel.send({ type: 'cancelled' });
    expect(port.posted).toEqual([{ type: 'cancelled' }]);
  });

  it('tells when the engine is gone', () => {
    const host = new FakePort();
    const channel = portChannel(host);
    const gone = vi.fn();
    channel.onClose(gone);
    const port = new FakePort();
    host.emit('message', { data: undefined, ports: [port] });
    port.emit('close');
    expect(gone).toHaveBeenCalledTimes(1);
  });
});
