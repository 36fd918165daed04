import { describe, expect, it } from 'vitest';
import type { HostToEngine } from '../engine/protocol/host_bridge.ts';
import { Trainers, type TrainerChild } from './trainers.ts';

class FakeTrainer implements TrainerChild<string> {
  readonly ports: string[] = [];
  killed = false;
  exit: (code: number) => void = () => {};

  connect(port: string): void {
    this.ports.push(port);
  }
  kill(): void {
    this.killed = true;
  }
  onExit(listener: (code: number) => void): void {
    this.exit = listener;
  }
}

function setUp({ broken = false } = {}) {
  const children: FakeTrainer[] = [];
  const told: { readonly message: HostToEngine; readonly port: string | undefined }[] = [];
  let channels = 0;
  const trainers = new Trainers<string>({
    fork: () => {
      if (broken) throw new Error('no such file');
      const child = new FakeTrainer();
      children.push(child);
      return child;
    },
    channel: () => [`own ${++channels}`, `engine ${channels}`],
  });
  const ask = (type: string, trainerId: string): boolean => trainers.handle({ type, trainerId }, (message, port) => told.push({ message, port }));
  return { trainers, children, told, ask };
}

describe('trainer processes of the shell', () => {
  it('get one end of a channel, the engine the other', () => {
    const { children, told, ask } = setUp();
    expect(ask('fork-trainer', 'a')).toBe(true);
    expect(children[0]!.ports).toEqual(['own 1']);
    expect(told).toEqual([{ message: { type: 'trainer', trainerId: 'a' }, port: 'engine 1' }]);
  });

  it('are told of when they end', () => {
    const { children, told, ask } = setUp();
    ask('fork-trainer', 'a');
    ask('fork-trainer', 'b');
    children[1]!.exit(134);
    expect(told.at(-1)).toEqual({ message: { type: 'trainer-gone', trainerId: 'b', how: 'with exit code 134' }, port: undefined });
  });

  it('are killed by name, unknown ones not at all', () => {
    const { children, ask } = setUp();
    ask('fork-trainer', 'a');
    ask('fork-trainer', 'b');
    ask('kill-trainer', 'b');
    ask('kill-trainer', 'c');
    expect(children.map(({ killed }) => killed)).toEqual([false, true]);
  });

  it('do not outlive who asked for them, and then have nobody to tell', () => {
    const { trainers, children, told, ask } = setUp();
    ask('fork-trainer', 'a');
    trainers.endAll();
    expect(children[0]!.killed).toBe(true);
    children[0]!.exit(9);
    expect(told).toHaveLength(1);
  });

  it('that cannot be started are gone at once', () => {
    const { told, ask } = setUp({ broken: true });
    ask('fork-trainer', 'a');
    expect(told[0]?.message).toMatchObject({ type: 'trainer-gone', trainerId: 'a', how: expect.stringContaining('no such file') });
  });

  it('are not what other messages are about', () => {
    const { ask, children } = setUp();
    expect(ask('ready', 'a')).toBe(false);
    expect(children).toEqual([]);
  });
});
