/**
 * Electron's main process: one window, the menu, dialogs and the engine's life. It decides nothing that another file
 * here can decide without Electron, and once the page has its port to the engine no data passes through it.
 */
import path from 'node:path';
import process from 'node:process';
import {
  app,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  type BrowserWindow,
  type MenuItemConstructorOptions,
} from 'electron';
import { z } from 'zod';
import { parseAppArguments, READY_LINE } from './app_arguments.ts';
import { createAppSchemeHandler } from './app_scheme.ts';
import { CHANNELS } from './channels.ts';
import { Dialogs, pickLibrarySchema, saveFileSchema, type SystemDialogs } from './dialogs.ts';
import { EngineLife } from './engine_life.ts';
import { forkEngine, runScript, trainersOf } from './engine_process.ts';
import { Ipc } from './ipc.ts';
import { menuModel, type MenuEntry } from './menu.ts';
import { APP_SCHEME, APP_URL } from './security.ts';
import { createShellWindow, iconPath } from './shell_window.ts';

/** The folder of all built code, in the archive of an installed app too. */
const dist = path.resolve(import.meta.dirname, '..');
const TRAINER = path.join(dist, 'engine', 'trainer-process.js');
/** The engine gets this long to end by itself when the app quits. */
const STOP_WITHIN_MS = 2_000;

// A terminal that went away is no reason to show an error dialog.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const request = parseAppArguments(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd());
if (request.kind === 'cli') {
  runCli(request.args).catch(giveUp);
} else if (app.requestSingleInstanceLock()) {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
  runWindow(request.projectFolder).catch(giveUp);
} else {
  app.quit();
}

function giveUp(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  app.exit(1);
}

/** `puzzle-workbench --cli …`: no window; a utility process, because the packaged binary does not run as plain Node. */
async function runCli(args: readonly string[]): Promise<void> {
  app.dock?.hide();
  app.disableHardwareAcceleration();
  await app.whenReady();
  app.exit(await runScript(path.join(dist, 'engine', 'cli.js'), args, trainersOf(TRAINER)));
}

async function runWindow(projectFolder: string | undefined): Promise<void> {
  let window: BrowserWindow | undefined;
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  await app.whenReady();

  const engine = new EngineLife({
    fork: () => forkEngine(path.join(dist, 'engine', 'engine-process.js')),
    projectFolder,
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
    now: Date.now,
    trainers: trainersOf(TRAINER),
    onEnd: (reason) => {
      console.error(`Engine: ${reason.message}`);
      window?.webContents.send(CHANNELS.engineExit, reason);
    },
  });
  quitAfter(() => engine.stop());
  engine.start();

  const userData = app.getPath('userData');
  const dialogs = new Dialogs(systemDialogs(() => window), path.join(userData, 'dialogs.json'), (handle, file) =>
    engine.grant(handle, file),
  );
  const ipc = new Ipc(ipcMain, (line) => console.error(line));
  ipc.handle(CHANNELS.pickLibrary, pickLibrarySchema, (kind) => dialogs.pickLibrary(kind));
  ipc.handle(CHANNELS.saveFile, saveFileSchema, ({ suggestedName, bytes }) => dialogs.saveFile(suggestedName, bytes));
  ipc.on(CHANNELS.requestEnginePort, z.undefined(), () => {
    engine.connect('window', () => {
      const { port1, port2 } = new MessageChannelMain();
      window?.webContents.postMessage(CHANNELS.enginePort, undefined, [port2]);
      return port1;
    });
  });

  protocol.handle(APP_SCHEME, createAppSchemeHandler(path.join(dist, 'renderer')));
  Menu.setApplicationMenu(buildMenu((id) => window?.webContents.send(CHANNELS.command, id)));
  window = createShellWindow({
    preload: path.join(import.meta.dirname, 'preload.cjs'),
    icon: iconPath(dist),
    stateFile: path.join(userData, 'window.json'),
  });
  window.once('closed', () => {
    window = undefined;
    engine.forget('window');
  });
  window.webContents.once('did-finish-load', () => console.log(READY_LINE));
  await window.loadURL(APP_URL);
}

/** Lets `stop` finish, or run out of time, once the windows are closed and before the app is gone. */
function quitAfter(stop: () => Promise<void>): void {
  let stopped = false;
  app.on('will-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    const quit = (): void => {
      if (stopped) return;
      stopped = true;
      app.quit();
    };
    setTimeout(quit, STOP_WITHIN_MS);
    stop().then(quit, quit);
  });
}

function systemDialogs(window: () => BrowserWindow | undefined): SystemDialogs {
  const parent = (): BrowserWindow => {
    const current = window();
    if (current === undefined) throw new Error('The window is gone.');
    return current;
  };
  return {
    open: async ({ kind, defaultPath }) => {
      const answer = await dialog.showOpenDialog(parent(), {
        properties: [kind === 'file' ? 'openFile' : 'openDirectory'],
        ...(defaultPath === undefined ? {} : { defaultPath }),
      });
      return answer.canceled ? undefined : answer.filePaths[0];
    },
    save: async ({ defaultPath }) => {
      const answer = await dialog.showSaveDialog(parent(), { defaultPath });
      return answer.canceled ? undefined : answer.filePath;
    },
  };
}

function buildMenu(onCommand: (id: string) => void): Menu {
  const item = (entry: MenuEntry): MenuItemConstructorOptions => {
    switch (entry.kind) {
      case 'separator':
        return { type: 'separator' };
      case 'role':
        return { role: entry.role };
      case 'command':
        return {
          id: entry.id,
          label: entry.label,
          ...(entry.accelerator === undefined ? {} : { accelerator: entry.accelerator }),
          registerAccelerator: false,
          click: () => onCommand(entry.id),
        };
    }
  };
  const model = menuModel(process.platform, !app.isPackaged);
  return Menu.buildFromTemplate(
    model.map((top) => (top.kind === 'role' ? { role: top.role } : { label: top.label, submenu: top.entries.map(item) })),
  );
}
