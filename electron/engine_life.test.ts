import { describe, expect, it } from 'vitest';
import type { ErrorPayload } from '../engine/protocol/errors.ts';
import type { HostToEngine } from '../engine/protocol/host_bridge.ts';
import { EngineLife, type EngineChild } from './engine_life.ts';

class FakeChild implements EngineChild<string> {
  readonly posted: { readonly message: HostToEngine; readonly port: string | undefined }[] = [];
  killed = false;
  say: (message: unknown) => void = () => {};
  exit: (code: number) => void = () => {};

  post(message: HostToEngine, port?: string): void {
    this.posted.push({ message, port });
  }
  kill(): void {
    this.killed = true;
  }
  onMessage(listener: (message: unknown) => void): void {
    this.say = listener;
  }
  onExit(listener: (code: number) => void): void {
    this.exit = listener;
  }
  types(): readonly string[] {
    return this.posted.map(({ message }) => message.type);
  }
}

/** An engine life on a clock that only moves when told. */
function setUp(projectFolder?: string) {
  let now = 0;
  let timers: { readonly at: number; readonly action: () => void }[] = [];
  const children: FakeChild[] = [];
  const ends: ErrorPayload[] = [];
  const asked: unknown[] = [];
  const endings: string[] = [];
  const life = new EngineLife<string>({
    fork: () => {
      const child = new FakeChild();
      children.push(child);
      return child;
    },
    projectFolder,
    after: (ms, action) => {
      const timer = { at: now + ms, action };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    now: () => now,
    onEnd: (reason) => ends.push(reason),
    trainers: {
      handle(message, tell) {
        asked.push(message);
        tell({ type: 'trainer', trainerId: 't' }, 'trainer port');
        return true;
      },
      endAll: () => void endings.push('all'),
    },
  });
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    for (const timer of due) timer.action();
  };
  const last = (): FakeChild => children.at(-1)!;
  return { life, children, last, ends, pass, asked, endings };
}

describe('starting', () => {
  it('tells the engine its host and project first', () => {
    const { life, last } = setUp('/projects/one');
    life.start();
    expect(last().posted[0]?.message).toEqual({ type: 'start', host: 'electron', projectFolder: '/projects/one' });
    expect(life.state).toBe('starting');
  });

  it('starts one engine however often it is asked', () => {
    const { life, children } = setUp();
    life.start();
    life.start();
    expect(children).toHaveLength(1);
  });

  it('ends an engine that is not ready within 30 s and says so', () => {
    const { life, last, ends, pass } = setUp();
    life.start();
    pass(29_999);
    expect(last().killed).toBe(false);
    pass(1);
    expect(last().killed).toBe(true);
    last().exit(15);
    expect(ends[0]?.message).toContain('30 s');
    expect(life.state).toBe('waiting');
  });

  it('passes on why the engine could not start', () => {
    const { life, last, ends } = setUp();
    life.start();
    const error: ErrorPayload = { code: 'io', message: 'The project folder cannot be read.', retryable: false };
    last().say({ type: 'failed', error });
    expect(last().killed).toBe(true);
    last().exit(1);
    expect(ends).toEqual([error]);
  });

  it('ignores messages that it does not know', () => {
    const { life, last } = setUp();
    life.start();
    for (const message of [undefined, 'ready', { type: 'other' }, { type: 'failed', error: 'text' }]) last().say(message);
    expect(life.state).toBe('starting');
  });
});

describe('handing out ports', () => {
  it('waits until the engine is ready and opens one channel per client', () => {
    const { life, last } = setUp();
    life.start();
    let opened = 0;
    life.connect('window', () => (opened++, 'stale'));
    life.connect('window', () => (opened++, 'fresh'));
    expect(opened).toBe(0);
    last().say({ type: 'ready' });
    expect(opened).toBe(1);
    expect(last().posted.at(-1)).toMatchObject({ message: { type: 'client' }, port: 'fresh' });
  });

  it('gives every connection its own client id', () => {
    const { life, last } = setUp();
    life.start();
    last().say({ type: 'ready' });
    life.connect('window', () => 'a');
    life.connect('window', () => 'b');
    const ids = last().posted.flatMap(({ message }) => (message.type === 'client' ? [message.clientId] : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('opens nothing for a window that closed meanwhile', () => {
    const { life, last } = setUp();
    life.start();
    life.connect('window', () => 'port');
    life.forget('window');
    last().say({ type: 'ready' });
    expect(last().types()).toEqual(['start']);
  });

  it('keeps grants until the engine can take them, before any client', () => {
    const { life, last } = setUp();
    life.start();
    life.connect('window', () => 'port');
    life.grant('h1', '/a');
    last().say({ type: 'ready' });
    life.grant('h2', '/b');
    expect(last().types()).toEqual(['start', 'grant', 'client', 'grant']);
  });
});

describe('after the engine ended', () => {
  it('starts another one and serves who asked meanwhile', () => {
    const { life, children, last, ends, pass } = setUp();
    life.start();
    last().say({ type: 'ready' });
    last().exit(139);
    expect(ends[0]).toMatchObject({ code: 'engine_gone', retryable: true });
    expect(ends[0]?.message).toContain('139');
    life.connect('window', () => 'port');
    pass(200);
    expect(children).toHaveLength(2);
    last().say({ type: 'ready' });
    expect(last().types()).toEqual(['start', 'client']);
  });

  it('waits longer while it keeps failing, and starts afresh after a healthy run', () => {
    const { life, children, last, pass } = setUp();
    life.start();
    for (const wait of [200, 1_000, 5_000, 15_000, 15_000]) {
      const before = children.length;
      last().exit(1);
      pass(wait - 1);
      expect(children).toHaveLength(before);
      pass(1);
      expect(children).toHaveLength(before + 1);
    }
    last().say({ type: 'ready' });
    pass(60_000);
    const before = children.length;
    last().exit(1);
    pass(200);
    expect(children).toHaveLength(before + 1);
  });

  it('hears no more of the old process', () => {
    const { life, children, last, ends, pass } = setUp();
    life.start();
    last().exit(1);
    pass(200);
    children[0]!.say({ type: 'ready' });
    children[0]!.exit(1);
    expect(life.state).toBe('starting');
    expect(ends).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('resolves when the process is gone and starts no other', async () => {
    const { life, children, last, ends, pass } = setUp();
    life.start();
    last().say({ type: 'ready' });
    const stopped = Promise.all([life.stop(), life.stop()]);
    expect(last().killed).toBe(true);
    last().exit(0);
    await stopped;
    pass(100_000);
    expect(children).toHaveLength(1);
    expect(ends).toEqual([]);
    expect(life.state).toBe('stopped');
  });

  it('is at once while waiting for a restart', async () => {
    const { life, children, last, pass } = setUp();
    life.start();
    last().exit(1);
    await life.stop();
    pass(100_000);
    expect(children).toHaveLength(1);
  });
});

describe('trainer processes', () => {
  it('are asked for by a ready engine, which gets the answer with its port', () => {
    const { life, last, asked } = setUp();
    life.start();
    const request = { type: 'fork-trainer', trainerId: 't' };
    last().say(request);
    expect(asked, 'one that is not ready asks in vain').toEqual([]);
    last().say({ type: 'ready' });
    last().say(request);
    expect(asked).toEqual([request]);
    expect(last().posted.at(-1)).toEqual({ message: { type: 'trainer', trainerId: 't' }, port: 'trainer port' });
  });

  it('end with their engine, however it ends', async () => {
    const { life, last, pass, endings } = setUp();
    life.start();
    last().say({ type: 'ready' });
    last().exit(139);
    expect(endings).toEqual(['all']);
    pass(200);
    last().say({ type: 'ready' });
    const stopped = life.stop();
    last().exit(0);
    await stopped;
    expect(endings).toEqual(['all', 'all']);
  });
});
