/**
 * The wiring of main.ts and shell_window.ts against a stand-in for Electron: what is connected to what. Whether Electron
 * itself behaves so is for the scenario suite, where its binary exists.
 */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { READY_LINE } from './app_arguments.ts';
import { CHANNELS } from './channels.ts';

const fake = await vi.hoisted(async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  const calls: string[] = [];
  class FakeContents extends Emitter {
    sent: unknown[][] = [];
    openHandler: ((details: { url: string }) => unknown) | undefined;
    session = {
      setPermissionRequestHandler: vi.fn(),
      setPermissionCheckHandler: vi.fn(),
      setDevicePermissionHandler: vi.fn(),
    };
    send(...args: unknown[]): void {
      this.sent.push(args);
    }
    postMessage(...args: unknown[]): void {
      this.sent.push(args);
    }
    setWindowOpenHandler(handler: (details: { url: string }) => unknown): void {
      this.openHandler = handler;
    }
  }
  class FakeWindow extends Emitter {
    static all: FakeWindow[] = [];
    webContents = new FakeContents();
    options: Record<string, unknown>;
    loaded: string[] = [];
    constructor(options: Record<string, unknown>) {
      super();
      this.options = options;
      FakeWindow.all.push(this);
    }
    loadURL(url: string): Promise<void> {
      this.loaded.push(url);
      return Promise.resolve();
    }
    show(): void {}
    focus = vi.fn();
    isMinimized(): boolean {
      return false;
    }
  }
  class FakeEngine extends Emitter {
    posted: unknown[][] = [];
    pid: number | undefined;
    postMessage(...args: unknown[]): void {
      this.posted.push(args);
    }
    kill(): boolean {
      queueMicrotask(() => this.emit('exit', 0));
      return true;
    }
  }
  const app = Object.assign(new Emitter(), {
    isPackaged: false,
    userData: '',
    requestSingleInstanceLock: () => true,
    whenReady: () => (calls.push('ready'), Promise.resolve()),
    getPath: () => app.userData,
    quit: vi.fn(),
    exit: vi.fn(),
  });
  const engines: { script: string; child: FakeEngine }[] = [];
  const handlers = new Map<string, (...args: unknown[]) => unknown>();
  return { app, calls, engines, handlers, FakeWindow, FakeEngine, openExternal: vi.fn(), showOpenDialog: vi.fn() };
});

vi.mock('electron', () => ({
  app: fake.app,
  BrowserWindow: fake.FakeWindow,
  dialog: { showOpenDialog: fake.showOpenDialog, showSaveDialog: vi.fn() },
  ipcMain: {
    handle: (channel: string, listener: (...args: unknown[]) => unknown) => fake.handlers.set(channel, listener),
    on: (channel: string, listener: (...args: unknown[]) => unknown) => fake.handlers.set(channel, listener),
  },
  Menu: { setApplicationMenu: vi.fn(), buildFromTemplate: vi.fn((template: unknown) => template) },
  MessageChannelMain: class {
    port1 = 'engine end';
    port2 = 'page end';
  },
  protocol: {
    registerSchemesAsPrivileged: (schemes: { scheme: string }[]) => fake.calls.push(`scheme ${schemes[0]?.scheme}`),
    handle: (scheme: string) => fake.calls.push(`handle ${scheme}`),
  },
  screen: {
    getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } }),
    getAllDisplays: () => [],
  },
  shell: { openExternal: fake.openExternal },
  utilityProcess: {
    fork: (script: string) => {
      const child = new fake.FakeEngine();
      fake.engines.push({ script, child });
      return child;
    },
  },
}));

const OURS = { senderFrame: { url: 'app://workbench/index.html', parent: null } };
const log = vi.spyOn(console, 'log').mockImplementation(() => {});
const errors = vi.spyOn(console, 'error').mockImplementation(() => {});

beforeAll(async () => {
  fake.app.userData = mkdtempSync(path.join(os.tmpdir(), 'main-test-'));
  await import('./main.ts');
  await vi.waitFor(() => expect(fake.FakeWindow.all[0]?.loaded).toEqual(['app://workbench/index.html']));
});
afterAll(() => {
  log.mockRestore();
  errors.mockRestore();
  rmSync(fake.app.userData, { recursive: true });
});

const window = () => fake.FakeWindow.all[0]!;
const engine = () => fake.engines.at(-1)!;

describe('the main process', () => {
  it('registers its scheme before Electron is ready and serves it before the page loads', () => {
    expect(fake.calls).toEqual(['scheme app', 'ready', 'handle app']);
  });

  it('opens one sandboxed window with the preload', () => {
    expect(fake.FakeWindow.all).toHaveLength(1);
    expect(window().options['webPreferences']).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false });
    expect(window().options['webPreferences']).toMatchObject({ preload: expect.stringMatching(/preload\.cjs$/) });
  });

  it('tells the launcher once the page is there', () => {
    window().webContents.emit('did-finish-load');
    expect(log).toHaveBeenCalledWith(READY_LINE);
  });

  it('hands one end of a channel to the engine and the other to the page', () => {
    expect(engine().script).toMatch(/engine-process\.js$/);
    fake.handlers.get(CHANNELS.requestEnginePort)!(OURS, undefined);
    expect(window().webContents.sent).toEqual([]);
    engine().child.emit('message', { type: 'ready' });
    expect(engine().child.posted).toEqual([
      [{ type: 'start', host: 'electron' }, []],
      [{ type: 'client', clientId: 'window-1' }, ['engine end']],
    ]);
    expect(window().webContents.sent).toEqual([[CHANNELS.enginePort, undefined, ['page end']]]);
  });

  it('gives the page a handle and the engine the path', async () => {
    fake.showOpenDialog.mockResolvedValueOnce({ canceled: false, filePaths: ['/data/library.json'] });
    const picked = await fake.handlers.get(CHANNELS.pickLibrary)!(OURS, 'file');
    expect(picked).toEqual({ handle: expect.any(String), label: 'library.json' });
    expect(engine().child.posted.at(-1)?.[0]).toMatchObject({ type: 'grant', path: '/data/library.json' });
  });

  it('refuses a stranger', async () => {
    const stranger = { senderFrame: { url: 'https://evil.example/', parent: null } };
    await expect(fake.handlers.get(CHANNELS.pickLibrary)!(stranger, 'file')).rejects.toThrow('refused');
    expect(fake.showOpenDialog).toHaveBeenCalledTimes(1);
  });

  it('keeps the window on its page and sends known links to the browser', () => {
    const go = (url: string): boolean => {
      const event = Object.assign(new EventEmitter(), { url, preventDefault: vi.fn() });
      window().webContents.emit('will-navigate', event);
      return event.preventDefault.mock.calls.length === 0;
    };
    expect(go('app://workbench/index.html')).toBe(true);
    expect(go('https://arxiv.org/')).toBe(false);
    expect(window().webContents.openHandler?.({ url: 'https://arxiv.org/abs/2411.19146' })).toEqual({ action: 'deny' });
    expect(window().webContents.openHandler?.({ url: 'file:///etc/passwd' })).toEqual({ action: 'deny' });
    expect(fake.openExternal.mock.calls).toEqual([['https://arxiv.org/abs/2411.19146']]);
  });

  it('starts a trainer process for the engine and joins the two', () => {
    const own = engine();
    own.child.emit('message', { type: 'fork-trainer', trainerId: 'trainer-1' });
    const trainer = fake.engines.at(-1)!;
    expect(trainer.script).toMatch(/trainer-process\.js$/);
    expect(trainer.child.posted).toEqual([[undefined, ['engine end']]]);
    expect(own.child.posted.at(-1)).toEqual([{ type: 'trainer', trainerId: 'trainer-1' }, ['page end']]);
    trainer.child.emit('exit', 9);
    expect(own.child.posted.at(-1)).toEqual([{ type: 'trainer-gone', trainerId: 'trainer-1', how: 'with exit code 9' }, []]);
    fake.engines.pop();
  });

  it('kills a trainer process that is only about to start as soon as it has', () => {
    const own = engine();
    own.child.emit('message', { type: 'fork-trainer', trainerId: 'trainer-2' });
    const trainer = fake.engines.at(-1)!;
    const killed = vi.spyOn(process, 'kill').mockReturnValue(true);
    own.child.emit('message', { type: 'kill-trainer', trainerId: 'trainer-2' });
    expect(killed).not.toHaveBeenCalled();
    trainer.child.pid = 4711;
    trainer.child.emit('spawn');
    expect(killed).toHaveBeenCalledWith(4711, 'SIGKILL');
    killed.mockRestore();
    trainer.child.emit('exit', 9);
    fake.engines.pop();
  });

  it('tells the page when the engine ends, and starts another', async () => {
    engine().child.emit('exit', 134);
    expect(window().webContents.sent.at(-1)).toEqual([CHANNELS.engineExit, expect.objectContaining({ code: 'engine_gone' })]);
    await vi.waitFor(() => expect(fake.engines).toHaveLength(2));
  });

  it('shows its window when it is opened a second time', () => {
    fake.app.emit('second-instance');
    expect(window().focus).toHaveBeenCalled();
  });

  it('lets the engine end before it quits', async () => {
    const event = { preventDefault: vi.fn() };
    fake.app.emit('will-quit', event);
    expect(event.preventDefault).toHaveBeenCalled();
    await vi.waitFor(() => expect(fake.app.quit).toHaveBeenCalled());
    const again = { preventDefault: vi.fn() };
    fake.app.emit('will-quit', again);
    expect(again.preventDefault).not.toHaveBeenCalled();
  });
});
